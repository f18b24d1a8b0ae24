"""Answers by program: the figures of the pages, for the same readers, computed by the same jobs."""

from __future__ import annotations

import json
import uuid

import pytest
from django.urls import reverse

from tests.reports.small_country import make_country
from tests.web.api_of_trust import program_of
from tests.web.partnerships_of_trust import coaching_of_cast
from tests.web.practices_of_trust import practice
from tests.web.test_answer_pages import finished, rows_of
from upwards.web import answers
from upwards.web.api.answers_of import router
from upwards.web.api.shown import _fit, show
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import BUG, run_job

pytestmark = pytest.mark.django_db
ASKED_BY_NAME = ("value-added", "disparity", "stage", "bright-spots", "plan")
ANYWHERE_ELSE = ("Birch", "Cedar", "Damson")


# What a teacher's own figure is measured against: of use to that page alone.
OF_PAGES_ALONE = {"teaching-spread"}


def test_every_question_of_the_pages_can_be_asked():
    asked = {path.strip("/") for path in router.path_operations}
    assert asked == set(answers.QUESTIONS) - OF_PAGES_ALONE


def test_an_answer_that_is_not_computed_is_a_job_that_leads_to_it(people, monkeypatch):
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())

    def not_yet(*_):
        raise answers.NotYetComputed("not yet")

    with monkeypatch.context() as during:
        during.setattr(answers, "compute", not_yet)
        program = program_of(people["owner"])
        waiting = program.get("answers/disparity")
        assert waiting.status_code == 202
        assert int(waiting.headers["Retry-After"]) > 0
        assert waiting.headers["Location"] == f"/api/v1/jobs/{waiting.json()['id']}"
        assert waiting.headers["Cache-Control"] == "private, no-store"
        assert program.get("answers/disparity").json()["id"] == waiting.json()["id"]
    job = program.get(f"jobs/{waiting.json()['id']}")
    assert (job.json()["state"], job.json()["question"]) == ("waiting", "answer")
    assert "ETag" not in job.headers
    run_job.call(waiting.json()["id"])
    answer = program.get("answers/disparity")
    assert answer.status_code == 200
    assert answer.json()["schema"].startswith("upwards.disparity/")
    assert answer.headers["ETag"]
    assert [one["state"] for one in program.get("jobs").json()["items"]] == ["done"]


@pytest.mark.parametrize("who", ["owner", "school_lead", "coach", "teacher", "governor"])
def test_a_program_gets_the_figures_that_the_page_shows_and_no_other(who, people, browser_of):
    browser = browser_of(who)
    finished(browser, reverse("where_are_we"))
    page = rows_of(browser.get(reverse("where_are_we") + "?format=csv&table=added"))
    columns = page[0]
    answer = program_of(people[who]).finished("answers/value-added")
    assert answer.status_code == 200
    units = [{**one, "of": one["level"]} for fit in answer.json()["answers"] for one in fit["units"]]
    assert len(units) == len(page) - 1
    told = {(one["school"], fit["subject"], one["level"]): one["effect"]
            for fit in answer.json()["answers"] for one in fit["units"]}  # fmt: skip
    for row in page[1:]:
        said = dict(zip(columns, row, strict=True))
        shown = float(said["beyond expectation, points"])
        assert told[said["school"], said["subject"], said["of"]] == pytest.approx(shown, abs=0.01)


@pytest.mark.parametrize("question", ASKED_BY_NAME)
def test_another_school_is_hidden_from_who_reads_of_the_own(question, people):
    for who in ("coach", "governor"):
        answer = program_of(people[who]).finished(f"answers/{question}")
        assert answer.status_code == 200, answer.content
        text = answer.content.decode()
        if question != "plan":  # a line of the plan names the partner
            assert not any(name in text for name in ANYWHERE_ELSE)
        else:
            lines = answer.json()["lines"]
            assert all("Alder" in (one["provider_school"], one["recipient_school"]) for one in lines)
            assert all(one["school"] == "Alder" for one in answer.json()["unserved"])
            assert answer.json()["text"] == answer.json()["limits_used"] == []


def test_another_school_cannot_be_asked_for(people):
    program = program_of(people["teacher"])
    assert program.get("answers/stage", {"schools": "Birch"}).status_code == 403
    assert program.get("answers/stage", {"schools": "Nowhere"}).status_code == 403
    assert program.get("schools/Birch").status_code == 404
    assert program.get("schools/Nowhere").status_code == 404
    assert [one["name"] for one in program.get("schools").json()["items"]] == ["Alder"]


def test_a_token_for_one_school_sees_that_one_only(people):
    program = program_of(people["owner"], schools=("Birch",))
    assert [one["name"] for one in program.get("schools").json()["items"]] == ["Birch"]
    assert program.get("answers/stage", {"schools": "Alder"}).status_code == 403
    answer = program.finished("answers/value-added")
    assert {one["school"] for fit in answer.json()["answers"] for one in fit["units"]} == {"Birch"}
    plan = program.finished("answers/plan").json()
    assert plan["text"] == []
    assert all("Birch" in (one["provider_school"], one["recipient_school"]) for one in plan["lines"])


def test_an_unknown_school_is_refused_to_who_sees_all(people):
    answer = program_of(people["owner"]).finished("answers/stage", {"schools": "Aldr"})
    assert answer.status_code == 422
    assert "Alder" in answer.json()["detail"]


def test_a_school_names_the_answers_about_it(people):
    program = program_of(people["owner"])
    found = program.get("schools/Alder").json()
    assert found["answers"]["stage"] == "/api/v1/answers/stage?schools=Alder"
    answer = program.finished(found["answers"]["stage"].removeprefix("/api/v1/"))
    assert {one["school"] for one in answer.json()["schools"]} == {"Alder"}
    assert "bright-spots" not in program_of(people["teacher"]).get("schools/Alder").json()["answers"]


def test_teams_that_are_not_on_the_list_are_counted_and_not_named(people):
    answer = program_of(people["owner"]).finished("answers/bright-spots").json()
    assert set(answer["teams"][0]) == {"school", "subject", "stage", "status", "certainty"}
    assert sum(answer["counts"].values()) > len(answer["teams"])
    assert "not likely enough" in answer["counts"]
    assert "Damson" not in json.dumps(answer["teams"])


def test_small_groups_and_small_counts_are_not_told():
    fit = {
        "by": {"subject": "reading", "stage": "year 6"}, "coverage": 1.0, "intake": [], "notes": [],
        "warnings": [], "refusal": None, "withheld": {"personal units": 3, "other": 0}, "origin": None,
        "units": [],
        "fit": {
            "left_out": {"no score": 5, "no prior": 6}, "method": "reml", "n_pupils": 90, "n_left_out": 11,
            "log_likelihood": -1.0, "converged": True, "variance_components": [],
            "coefficients": [{"term": "prior"}, {"term": "ethnicity: x"}, {"term": "sen: k"}],
        },
    }  # fmt: skip
    shown = _fit(fit, 5)
    assert shown["left_out"] == {"no score": None, "no prior": 6}
    assert shown["withheld"] == {"personal units": None, "other": 0}
    assert [one["term"] for one in shown["model"]["coefficients"]] == ["prior"]
    assert "n_left_out" not in shown["model"]
    assert _fit({**fit, "fit": None, "refusal": "too few"}, 5)["model"] is None


def test_a_plan_takes_the_limits_that_the_page_takes(people):
    program = program_of(people["owner"])
    program.finished("answers/plan")
    team = "Birch / mathematics / year 6"
    answer = program.finished("answers/plan", {"total_hours": 18, "asks": [team]})
    assert answer.status_code == 200
    assert sum(one["hours"] for one in answer.json()["lines"]) <= 18
    wrong = program.get("answers/plan", {"money": 5, "stage_order": "year 9"})
    assert wrong.status_code == 422
    assert {one["where"] for one in wrong.json()["errors"]} == {"query.cost_per_hour", "query.stage_order"}
    assert program_of(people["coach"]).get("answers/plan", {"total_hours": 18}).status_code == 403


def test_a_plan_with_limits_waits_for_what_its_limits_rest_on(people, monkeypatch):
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())

    def not_yet(*_):
        raise answers.NotYetComputed("not yet")

    monkeypatch.setattr(answers, "compute", not_yet)
    assert program_of(people["owner"]).get("answers/plan", {"total_hours": 18}).status_code == 202


@pytest.mark.parametrize(("message", "status"), [("No plan fits.", 422), (BUG, 500)])
def test_an_answer_that_failed_says_why_and_can_be_asked_again(message, status, people, monkeypatch):
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    program = program_of(people["owner"])

    def not_yet(*_):
        raise answers.NotYetComputed("not yet")

    monkeypatch.setattr(answers, "compute", not_yet)
    job = Job.objects.get(pk=program.get("answers/disparity").json()["id"])
    job.state, job.message = State.FAILED, message
    job.save()
    answer = program.get("answers/disparity")
    assert (answer.status_code, answer.json()["detail"]) == (status, message)
    assert answer.json()["job"] == str(job.pk)
    again = program.post(f"jobs/{job.pk}/again")
    assert again.status_code == 202
    assert again.json()["id"] != str(job.pk)
    assert program.post(f"jobs/{again.json()['id']}/again").status_code == 200


def test_practices_are_given_as_published_without_anybody_s_name(people):
    card = practice(school="Alder", author=people["teacher"])
    (said,) = program_of(people["governor"], "read:practice").get("practices").json()["items"]
    assert (said["id"], said["school"], said["title"]) == (card.pk, "Alder", card.live.title)
    assert "ask_person" not in said
    assert program_of(people["owner"], schools=("Birch",)).get("practices").json()["items"] == []
    assert program_of(people["reviewer"]).get("practices").status_code == 403


def test_who_asks_too_much_is_told_when_to_ask_again(people, monkeypatch):
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())

    def not_yet(*_):
        raise answers.NotYetComputed("not yet")

    monkeypatch.setattr(answers, "compute", not_yet)
    program = program_of(people["owner"])
    got = [program.get(f"answers/{one}") for one in ("value-added", "disparity", "stage", "coverage")]
    assert [one.status_code for one in got] == [202, 202, 202, 429]
    assert int(got[-1].headers["Retry-After"]) > 0


def job_about(question: str, **other) -> Job:
    asked = {"question": question, "arguments": other}
    return Job.objects.create(question="answer", key=uuid.uuid4().hex, arguments=asked)


def test_a_job_is_watched_only_by_who_may_ask_it(people):
    teacher, owner = program_of(people["teacher"]), program_of(people["owner"])
    of_alder = job_about("stage", schools=["Alder"])
    hidden = [
        job_about("stage", schools=None),
        job_about("stage", schools=["Alder", "Birch"]),
        job_about("bright-spots", schools=["Alder"]),
        job_about("nonsense"),
        Job.objects.create(question="import-upload", key="i", asked_by=people["owner"]),
        Job.objects.create(question="mail", key="m", asked_by=people["teacher"]),
    ]
    assert teacher.get(f"jobs/{of_alder.pk}").status_code == 200
    assert [teacher.get(f"jobs/{one.pk}").status_code for one in hidden] == [404] * len(hidden)
    assert teacher.get(f"jobs/{uuid.uuid4()}").status_code == 404
    assert owner.get(f"jobs/{hidden[4].pk}").status_code == 404  # no scope opens imports
    assert owner.get(f"jobs/{hidden[0].pk}").status_code == 200


def test_a_job_tells_how_far_it_is_and_nothing_of_what_was_given(people):
    job = job_about("stage", schools=["Alder"])
    job.state, job.message, job.done, job.total = State.RUNNING, "Drawing", 2, 5
    job.save()
    found = program_of(people["teacher"]).get(f"jobs/{job.pk}").json()
    assert (found["state"], found["message"], found["done"], found["total"]) == ("running", "Drawing", 2, 5)
    assert "Alder" not in str(found)


def test_a_token_of_one_school_reads_the_coverage_of_that_school(people):
    found = program_of(people["owner"], schools=("Alder",)).finished("answers/coverage").json()
    assert {one["school"] for one in found["by_school"]} == {"Alder"}


def test_coverage_states_and_tables_are_described_without_rows(people):
    program = program_of(people["governor"], "read:data")
    coverage = program.finished("answers/coverage").json()
    assert {one["school"] for one in coverage["by_school"]} == {"Alder"}
    (state,) = program.get("snapshots").json()["items"]
    assert state["standing"] == "current"
    assert state["tables"]["results"] == 720
    tables = {one["name"]: one for one in program.get("tables").json()["items"]}
    assert tables["results"]["rows"] == 720
    pupil = next(one for one in tables["results"]["columns"] if one["name"] == "pupil")
    assert pupil["identifier"] == "pupil"
    changes = program.finished("answers/snapshot-changes", {"after": state["id"]})
    assert changes.json()["tables"][0]["added"] == 720
    assert program.get("answers/snapshot-changes", {"after": "000000-none"}).status_code == 404


def test_a_researcher_sees_no_school_by_name(people):
    program = program_of(people["researcher"])
    coverage = program.finished("answers/coverage").json()
    assert coverage["by_school"] == []
    assert coverage["by_subject"]
    (state,) = program.get("snapshots").json()["items"]
    changes = program.finished("answers/snapshot-changes", {"after": state["id"]})
    assert "Alder" not in changes.content.decode()
    assert changes.json()["tables"][0]["schools_added"] == 4


def test_partnerships_are_told_by_school_with_hours_for_those_who_lead_one(people):
    one = coaching_of_cast("running")
    held = sum(visit.hours for visit in one.sessions.filter(outcome="held"))
    for who, sees in (("owner", True), ("school_lead", True), ("coach", True), ("teacher", True)):
        answer = program_of(people[who]).get("partnerships")
        (said,) = answer.json()["items"]
        assert said["hours_promised"] == (one.hours if sees else None)
        assert said["hours_delivered"] == (held if sees else None)
        text = answer.content.decode()
        assert one.aim not in text
        assert not [user for user in people.values() if user.name in text or user.email in text]
        assert not one.notes.exclude(text="").filter(text__in=[text]).exists()
    assert program_of(people["governor"]).get("partnerships").status_code == 403
    assert program_of(people["owner"], schools=("Damson",)).get("partnerships").json()["items"] == []


def test_a_colleague_sees_what_is_worked_on_and_no_hours(people, appointed):
    from upwards.web.roles import Role

    coaching_of_cast("running")
    (said,) = program_of(appointed("mary", Role.TEACHER, "Alder")).get("partnerships").json()["items"]
    assert said["hours_promised"] is None
    assert said["starts"] is None
    assert said["provider"]["school"]


def test_an_answer_that_no_page_narrows_is_given_whole():
    found = {"schema": "x", "measures": []}
    assert show(None, "record", found) == found
    assert show(None, "record", found) is not found


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory):
    return make_country(tmp_path_factory.mktemp("country") / "w")


def test_the_public_record_is_answered_too(country, settings, people):
    settings.UPWARDS_WORKSPACE = country
    program = program_of(people["owner"], "read:figures")
    measure = program.finished("answers/record").json()["measures"][0]["measure"]
    following = program.finished("answers/convergence", {"measure": measure}).json()
    assert following["answers"][0]["state"]
    assert program.finished("answers/groups").json()["n_eligible"] == 30
    scores = program.finished("answers/school-scores", {"measures": measure, "schools": ["100000", "100001"]})
    assert {one["school"] for one in scores.json()["schools"]} == {"100000", "100001"}
    assert b"rank" not in scores.content
    years = {"measures": measure, "schools": "100000", "years": "2017-2019"}
    assert program.finished("answers/school-scores", years).json()["years"] == [2017, 2018, 2019]
    assert program.finished("answers/regions").json()["region"] == "London"
    assert program.get("answers/convergence", {"measure": "ks2.nothing"}).status_code == 422
    assert program_of(people["teacher"]).get("answers/groups").status_code == 403
