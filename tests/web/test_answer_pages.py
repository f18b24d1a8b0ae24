"""Pages of answers: a plain sentence, a chart with its table, the statistics, for whom they are."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest
from django.test import Client
from django.urls import reverse

from upwards.actions.import_data import import_data
from upwards.web import answers
from upwards.web.answer_pages.views import PAGES
from upwards.web.jobs.models import OPEN, Job, State
from upwards.web.jobs.queue import run_job
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
ROUTES = ("where_are_we", "spread", "who_knows_how", "plan", "schools")


def finished(client: Client, address: str):
    """Read a page as a browser does that waits for what is computed."""
    for _ in range(8):
        answer = client.get(address)
        if answer.status_code != 202 or Job.objects.filter(state=State.FAILED).exists():
            return answer
        for job in Job.objects.filter(state__in=OPEN):
            run_job.call(str(job.pk))
    raise AssertionError(f"{address} is never done")


def text_of(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def charts_of(answer) -> list[str]:
    return [one.replace("&amp;", "&") for one in re.findall(r'<img src="([^"]+)"', answer.content.decode())]


@pytest.mark.parametrize("route", ROUTES)
def test_a_page_waits_for_its_answer_and_then_shows_it_without_javascript(route, owner):
    answer = finished(owner, reverse(route))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("<h1") == 1
    assert not re.search(r"style=|<script>|onclick|onload", page)
    assert page.count("<table") == page.count("<caption>")
    assert set(re.findall(r"<(?:form|select|input|button)[^>]*hx-", page)) == set()


def test_a_page_that_is_not_computed_says_so_and_asks_again_by_itself(owner, monkeypatch):
    from upwards.actions.workspace_answer import NotYetComputed

    def not_yet(*_):
        raise NotYetComputed("not yet")

    monkeypatch.setattr(answers, "compute", not_yet)
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    waiting = owner.get(reverse("spread"))
    assert waiting.status_code == 202
    assert '<meta http-equiv="refresh"' in waiting.content.decode()


def test_coverage_stands_before_any_score(owner):
    text = text_of(finished(owner, reverse("where_are_we")))
    assert text.index("Can the results be trusted?") < text.index("What did each school add?")
    assert "Settings used, with reasons" in text


@pytest.mark.parametrize("route", ROUTES)
def test_words_that_shame_are_not_used(route, owner):
    text = text_of(finished(owner, reverse(route))).lower()
    assert not re.search(r"\b(bottom|weak|weakest|failing|worst|lowest)\b", text)


def test_schools_stand_by_name_and_never_by_result(owner):
    finished(owner, reverse("where_are_we"))
    rows = rows_of(owner.get(reverse("where_are_we") + "?format=csv&table=added"))[1:]
    names = [row[0] for row in rows]
    assert names == sorted(names)
    assert set(names) == {"Alder", "Birch", "Cedar", "Damson"}


def test_a_filter_is_kept_in_the_address_of_charts_and_files(owner):
    answer = finished(owner, reverse("where_are_we") + "?subject=reading")
    assert "mathematics" not in text_of(answer).split("What did each school add?")[1].split("What this")[0]
    assert charts_of(answer)
    assert all("subject=reading" in one for one in charts_of(answer))
    assert "?subject=reading&amp;format=csv&amp;table=added" in answer.content.decode()
    rows = rows_of(owner.get(reverse("where_are_we") + "?subject=reading&format=csv&table=added"))
    assert {row[1] for row in rows[1:]} == {"reading"}


def test_a_filter_that_names_nothing_is_refused_with_what_is_near(owner):
    finished(owner, reverse("where_are_we"))
    answer = owner.get(reverse("where_are_we") + "?subject=redding")
    assert answer.status_code == 422
    assert "did you mean" in text_of(answer)


def test_a_teacher_sees_the_own_school_only(teacher):
    text = text_of(finished(teacher, reverse("where_are_we")))
    assert "Alder" in text
    assert not re.search("Birch|Cedar|Damson", text)
    assert teacher.get(reverse("where_are_we") + "?school=Birch").status_code == 422
    assert "Birch" not in text_of(finished(teacher, reverse("spread")))
    assert "Birch" not in text_of(finished(teacher, reverse("schools")))


@pytest.mark.parametrize(("who", "chosen", "said"), [
    ("owner", None, "At least 61% of the results of Orchard Trust"),
    ("owner", "Alder", "At least 40% of the results of Alder"),
    ("governor", None, "At least 40% of the results of your school"),
])  # fmt: skip
def test_how_much_can_be_used_is_said_of_the_schools_that_are_shown(who, chosen, said, people):
    from upwards.web.access import reader_for
    from upwards.web.answer_pages.where_are_we import _lead

    shown = {"school": "Alder", "level": "school", "effect": 1.0, "lower": 0.5, "coverage": 0.4}
    fits = [{"coverage": 0.61}, {"coverage": 0.9}]
    assert _lead("Orchard Trust", fits, [shown], reader_for(people[who]), chosen)[0].startswith(said)


@pytest.mark.parametrize(("who", "said"), [
    ("owner", "these results do not show who knows how"),
    ("governor", "No team of your schools is on the list"),
])  # fmt: skip
def test_an_empty_list_says_of_whom_it_speaks(who, said, people):
    from upwards.web.access import reader_for
    from upwards.web.answer_pages.who_knows_how import _nobody

    assert said in _nobody(reader_for(people[who]), narrowed=False)
    assert "other filters" in _nobody(reader_for(people[who]), narrowed=True)


def test_one_pupil_alone_is_told_what_to_do_and_not_counted(owner, workspace, tmp_path):
    file = tmp_path / "one.csv"
    file.write_text("pupil,school,subject,stage,year,score\nP1,Alder,reading,year 6,2024,99\n")
    import_data([file], as_table="results", workspace=workspace, accept_doubts=True)
    text = text_of(finished(owner, reverse("spread")))
    assert "Fewer than 30 results have a score: too few to tell anything." in text
    assert "bring in more results" in text
    assert "(results, 1 row)" in text


def test_figures_of_all_schools_are_said_to_be_so_where_one_school_is_shown(owner, governor):
    assert "those of all schools together" in text_of(finished(governor, reverse("where_are_we")))
    assert "those of all schools together" not in text_of(finished(owner, reverse("where_are_we")))


def test_a_lead_of_the_group_sees_the_departments_of_all_schools(school_lead):
    text = text_of(finished(school_lead, reverse("where_are_we")))
    assert all(name in text for name in ("Alder", "Birch", "Cedar", "Damson"))


def test_classes_of_single_teachers_are_in_no_table(owner):
    finished(owner, reverse("where_are_we"))
    rows = rows_of(owner.get(reverse("where_are_we") + "?format=csv&table=added"))
    assert not [row for row in rows if "class" in row[3] or "T-Alder" in " ".join(row)]


def test_who_knows_how_lists_those_who_do_and_counts_the_rest(owner):
    answer = finished(owner, reverse("who_knows_how"))
    listed = rows_of(owner.get(reverse("who_knows_how") + "?format=csv&table=teams"))
    assert [row[0:2] for row in listed[1:]] == [["Alder", "mathematics"]]
    assert "8 teams were looked at" in text_of(answer)


def test_who_knows_how_says_so_where_nobody_of_those_chosen_does(owner):
    finished(owner, reverse("who_knows_how"))
    assert "Choose other filters" in text_of(owner.get(reverse("who_knows_how") + "?school=Birch"))


def test_gaps_inside_schools_follow_the_subject(owner):
    from upwards.web.answer_pages import spread

    one = {"school": "Alder", "n_teams": 2, "gap": 0.3, "lower": 0.1, "upper": 0.5, "p_even": 0.1}
    rows = [{**one, "subject": None}, {**one, "subject": "art", "gap": 0.4}]
    found = {"schools": rows, "settings": {"share_within.gap": {"value": 0.2}}}
    (table,) = spread._inside(found, {"subject": "art"}).tables
    assert [row["gap"] for row in table.rows] == [0.4]
    assert len(charts_of(finished(owner, reverse("spread")))) == 2


def test_schools_are_found_by_a_part_of_the_name_and_by_stage(owner):
    finished(owner, reverse("schools"))
    assert [row[0] for row in rows_of(owner.get(reverse("schools") + "?q=ALD&format=csv"))[1:]] == ["Alder"]
    nothing = owner.get(reverse("schools") + "?q=zzz")
    assert "No school matches" in text_of(nothing)
    assert owner.get(reverse("schools") + "?stage=nonsense").status_code == 200
    inside = rows_of(owner.get(reverse("schools") + "?stage=share+within&format=csv"))
    assert all(row[1] == "share within" for row in inside[1:])


def test_a_school_s_page_brings_together_what_is_known(owner):
    text = text_of(finished(owner, reverse("school", args=["Alder"])))
    for part in ("Its stage, and the reason", "What it adds", "Where its spread is", "What it can give",
                 "What it needs"):  # fmt: skip
        assert part in text
    assert "Who knows how at Alder" in text
    assert charts_of(finished(owner, reverse("school", args=["Birch"])))


@pytest.mark.parametrize("name", ["Elsewhere", "Birch/../Alder", "alder"])
def test_there_is_no_page_of_an_unknown_school(owner, name):
    assert finished(owner, reverse("school", args=[name])).status_code == 404


def test_another_school_s_page_is_not_there_for_a_teacher(teacher):
    assert teacher.get(reverse("school", args=["Birch"])).status_code == 404
    own = text_of(finished(teacher, reverse("school", args=["Alder"])))
    assert "What it can give" not in own  # a teacher sees neither the plan nor who knows how
    assert not re.search("Birch|Cedar|Damson", own)


def test_a_school_s_address_cannot_be_turned_to_another_by_a_filter(teacher):
    answer = finished(teacher, reverse("school", args=["Alder"]) + "?school=Birch")
    assert "Birch" not in text_of(answer)


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_gets_no_chart(page, stranger):
    answer = stranger.get(reverse("chart", args=[page, "coverage"]))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_login"))


def test_charts_are_for_those_who_may_see_the_page(owner, teacher, researcher, reviewer):
    chart = charts_of(finished(owner, reverse("plan")))[0]
    assert owner.get(chart).status_code == 200
    assert [who.get(chart).status_code for who in (teacher, researcher, reviewer)] == [403, 403, 403]


def test_a_chart_is_an_image_that_is_not_sent_twice(owner):
    chart = charts_of(finished(owner, reverse("where_are_we")))[0]
    first = owner.get(chart)
    assert (first.status_code, first.headers["Content-Type"]) == (200, "image/svg+xml")
    assert first.content.startswith(b"<svg")
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = owner.get(chart, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_teacher_s_chart_of_the_same_address_holds_the_own_school_only(owner, teacher):
    address = reverse("chart", args=["school", "added"]) + "?school=Birch"
    assert finished(owner, address).status_code == 200
    assert teacher.get(address).status_code == 404


@pytest.mark.parametrize(
    "address", ["where-are-we/none.svg", "nowhere/coverage.svg", "where-are-we/coverage.svg?width=9999",
                "where-are-we/coverage.svg?width=wide"],
)  # fmt: skip
def test_there_is_no_chart_of_that_name_or_width(owner, address):
    finished(owner, reverse("where_are_we"))
    assert owner.get(f"/chart/{address}").status_code == 404


def test_every_chart_and_file_of_a_page_is_there(owner):
    for route in ROUTES:
        answer = finished(owner, reverse(route))
        files = re.findall(r'href="(\?[^"]*format=[^"]*)"', answer.content.decode())
        assert files
        for address in charts_of(answer):
            assert owner.get(address).status_code == 200
        for query in {one.replace("&amp;", "&") for one in files}:
            assert owner.get(reverse(route) + query).status_code == 200, query


def test_a_workbook_has_all_tables_and_says_what_they_are(owner):
    import fastexcel

    finished(owner, reverse("who_knows_how"))
    answer = owner.get(reverse("who_knows_how") + "?format=xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="who-knows-how.xlsx"'
    names = fastexcel.read_excel(answer.content).sheet_names
    assert names[0] == "About"
    assert {"certainty", "teams", "statuses", "settings"} <= set(names)


def test_what_is_taken_away_is_in_the_trail(owner, people):
    finished(owner, reverse("spread"))
    owner.get(reverse("spread") + "?format=csv")
    entry = AuditEntry.objects.get(what="exported")
    assert entry.who == people["owner"]
    assert entry.detail.startswith("spread-parts, csv, ")


@pytest.mark.parametrize("query", ["?format=pdf", "?format=csv&table=none"])
def test_there_is_no_other_file(owner, query):
    finished(owner, reverse("spread"))
    assert owner.get(reverse("spread") + query).status_code == 404


@pytest.mark.parametrize("route", ROUTES)
def test_answers_are_only_read(route, owner):
    assert owner.post(reverse(route)).status_code == 405


@pytest.mark.parametrize("route", ["convergence", "groups"])
def test_without_the_public_record_a_page_says_how_to_import_it(route, owner):
    text = text_of(owner.get(reverse(route)))
    assert "upwards import england --as england" in text
    assert "Nothing to show yet" in text


def test_without_results_a_page_says_what_to_import(owner, teacher, settings, tmp_path):
    from upwards.actions.init_workspace import init_workspace

    init_workspace(tmp_path / "new", name="New Trust")
    settings.UPWARDS_WORKSPACE = tmp_path / "new"
    assert "upwards import RESULTS.csv" in text_of(owner.get(reverse("where_are_we")))
    assert "Ask whoever leads the group" in text_of(teacher.get(reverse("spread")))
