"""Jobs end done, or failed with a reason, whatever happens to the worker."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from django.urls import reverse
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from upwards.core.errors import UserError
from upwards.web.jobs import registry, worker
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import BUG, run_job, start_job
from upwards.web.jobs.work_again import ATTEMPTS, put_back_lost
from upwards.web.jobs.worker import only_worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def some_work(monkeypatch):
    def double(arguments: dict[str, Any], progress: registry.Progress) -> Any:
        progress("doubling", 1, 2)
        if arguments["n"] == 13:
            raise UserError("13 is not doubled here.")
        return 2 * arguments["n"]

    monkeypatch.setitem(registry._WORK, "double", double)


def run(job: Job) -> Job:
    run_job.call(str(job.pk))
    job.refresh_from_db()
    return job


def claim(job: Job) -> DBTaskResult:
    """Take it as a worker does that then dies."""
    row = DBTaskResult.objects.get(status=TaskResultStatus.READY, args_kwargs__args=[str(job.pk)])
    row.claim("a worker")
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=job.attempts + 1)
    job.refresh_from_db()
    return row


def test_a_job_does_what_is_asked():
    job = run(start_job("double", {"n": 21}))
    assert (job.state, job.result, job.percent, job.attempts) == (State.DONE, 42, 50, 1)


def test_the_same_question_twice_is_one_job():
    assert start_job("double", {"n": 1}) == start_job("double", {"n": 1})
    assert DBTaskResult.objects.count() == 1


def test_once_ended_it_can_be_asked_again():
    first = run(start_job("double", {"n": 1}))
    assert start_job("double", {"n": 1}) != first


def test_a_mistake_of_the_user_is_told_in_its_own_words():
    job = run(start_job("double", {"n": 13}))
    assert (job.state, job.message) == (State.FAILED, "13 is not doubled here.")


def test_a_bug_is_told_without_what_it_worked_on():
    job = run(start_job("double", {}))
    assert (job.state, job.message) == (State.FAILED, BUG)


def test_unknown_work_is_refused_at_once():
    with pytest.raises(LookupError, match="did you mean 'double'"):
        start_job("doubel", {})


def test_what_a_vanished_worker_held_is_put_back():
    job = start_job("double", {"n": 2})
    claim(job)
    assert put_back_lost() == 1
    job.refresh_from_db()
    assert job.state == State.WAITING
    assert run(job).result == 4
    assert not DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING)


def test_what_still_waits_is_left_alone():
    start_job("double", {"n": 2})
    assert put_back_lost() == 0
    assert DBTaskResult.objects.filter(status=TaskResultStatus.READY).count() == 1


def test_after_three_vanished_workers_it_fails_with_a_reason():
    job = start_job("double", {"n": 2})
    for _ in range(ATTEMPTS):
        claim(job)
        put_back_lost()
        job.refresh_from_db()
    assert job.state == State.FAILED
    assert "stopped 3 times" in job.message


def test_a_job_that_ended_is_not_run_again():
    job = run(start_job("double", {"n": 2}))
    assert run(job).attempts == 1


def test_there_is_one_worker_until_its_process_dies(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from upwards.web.jobs.worker import only_worker\n"
        f"with only_worker(Path({str(tmp_path)!r})) as alone: print(alone, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with only_worker(tmp_path) as alone:
            assert not alone
        other.kill()
        other.wait()
    with only_worker(tmp_path) as alone:
        assert alone


def test_a_job_is_watched_by_who_asked_and_by_the_group_s_leads(people, browser_of):
    job = Job.objects.create(question="double", key="k", asked_by=people["coach"])
    seen = {
        who: browser_of(who).get(reverse("job", args=[job.pk])).status_code
        for who in ("coach", "owner", "teacher")
    }
    assert seen == {"coach": 200, "owner": 200, "teacher": 403}


def test_a_job_that_is_done_leads_on_but_never_out_of_the_house(people, owner):
    job = Job.objects.create(question="double", key="k", state=State.DONE, asked_by=people["owner"])
    address = reverse("job", args=[job.pk])
    assert owner.get(address, {"then": "/invitations/"}).headers["Location"] == "/invitations/"
    by_htmx = owner.get(address, {"then": "/invitations/"}, headers={"HX-Request": "true"})
    assert by_htmx.headers["HX-Redirect"] == "/invitations/"
    assert owner.get(address, {"then": "https://elsewhere.test/"}).status_code == 200


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_a_page_whose_turn_comes_after_another_s_goes_on_whatever_became_of_that(people, owner, state):
    job = Job.objects.create(question="double", key="k", state=state, asked_by=people["owner"])
    answer = owner.get(reverse("job", args=[job.pk]), {"then": "/spread/", "after": "1"})
    assert answer.headers["Location"] == "/spread/"


@pytest.mark.parametrize(
    "then",
    [
        *(
            "//elsewhere.test/",
            "/\\elsewhere.test/",
            "/\t/elsewhere.test/",
            "/\n/elsewhere.test",
            "\t//elsewhere.test",
        ),
        *(
            "http:///elsewhere.test",
            "http://testserver/plan/",
            "http://testserver//elsewhere.test",
            "javascript:1",
        ),
        *("plan/", " /plan/", "\\\\elsewhere.test", "///elsewhere.test", ""),
    ],
)
def test_what_is_not_an_address_of_this_house_is_not_followed(people, owner, then):
    job = Job.objects.create(question="double", key="k", state=State.DONE, asked_by=people["owner"])
    assert owner.get(reverse("job", args=[job.pk]), {"then": then}).status_code == 200
    again = owner.post(reverse("job_again", args=[job.pk]), {"then": then})
    assert again.headers["Location"] == reverse("job", args=[job.pk])


def test_only_who_may_still_ask_asks_again(people, browser_of, teacher, group_lead, monkeypatch):
    monkeypatch.setitem(registry._CAPABILITIES, "double", "see_trail")
    job = Job.objects.create(question="double", key="k", state=State.FAILED, asked_by=people["teacher"])
    assert teacher.post(reverse("job_again", args=[job.pk])).status_code == 403
    monkeypatch.delitem(registry._CAPABILITIES, "double")
    assert browser_of("owner").post(reverse("job_again", args=[job.pk])).status_code == 403
    assert not DBTaskResult.objects.exists()


def test_an_answer_is_asked_again_by_who_may_ask_it(teacher, coach, other_lead, governor):
    def failed(question: str, **arguments: Any) -> str:
        asked = {"question": question, "arguments": arguments}
        job = Job.objects.create(question="answer", key=str(asked), state=State.FAILED, arguments=asked)
        return reverse("job_again", args=[job.pk])

    whole, own = failed("disparity", schools=None), failed("disparity", schools=["Alder"])
    assert [teacher.post(whole).status_code, other_lead.post(whole).status_code] == [403, 302]
    assert [teacher.post(own).status_code, teacher.post(own).status_code] == [302, 302]
    assert [
        teacher.post(failed("plan")).status_code,
        coach.post(failed("plan", schools=["Alder"])).status_code,
    ] == [
        403,
        302,
    ]
    assert governor.post(failed("plan", total_hours=9)).status_code == 403
    assert DBTaskResult.objects.count() == 3


def test_a_failed_job_can_be_tried_again(people, owner, monkeypatch):
    monkeypatch.setitem(registry._CAPABILITIES, "double", "see_trail")
    job = run(start_job("double", {"n": 13}, asked_by=people["owner"].pk))
    owner.post(reverse("job_again", args=[job.pk]))
    assert Job.objects.filter(key=job.key, state=State.WAITING).count() == 1


def test_an_unknown_job_is_not_found(owner):
    assert owner.get("/jobs/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_the_worker_gives_way_alone_and_as_a_session():
    said = (
        "import os, pathlib; from upwards.web.jobs import worker; worker.give_way(); print(os.nice(0));"
        "found = worker.OF_THE_SESSION; print(found.read_text().strip() if found.exists() else 'nice 19')"
    )
    command = [sys.executable, "-c", said]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True)
    own, session = done.stdout.splitlines()
    assert own == "19"
    assert session.endswith("nice 19")


@pytest.mark.parametrize("leads", [True, False])
def test_the_worker_gives_way_and_leaves_a_session_of_others_alone(monkeypatch, tmp_path, leads):
    asked: list[int] = []
    group = tmp_path / "autogroup"
    monkeypatch.setattr(os, "nice", asked.append)
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid() if leads else os.getppid())
    monkeypatch.setattr(worker, "OF_THE_SESSION", group)
    worker.give_way()
    assert asked == [19]
    assert group.exists() == leads


def test_a_system_without_groups_of_sessions_is_no_hindrance(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "nice", lambda _: None)
    monkeypatch.setattr(os, "getsid", lambda _: os.getpid())
    monkeypatch.setattr(worker, "OF_THE_SESSION", tmp_path / "no" / "autogroup")
    worker.give_way()
