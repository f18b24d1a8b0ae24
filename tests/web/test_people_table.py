"""Staff on record become the table of people, the plan counts on their hours, and erasure reaches them."""

from __future__ import annotations

import csv
import datetime
import io
import json
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import partnership
from tests.web.test_answer_pages import finished, text_of
from upwards.actions.describe_workspace import describe_workspace, workspace_state
from upwards.actions.export_table import export_table
from upwards.actions.import_data import import_data, undo_last_import
from upwards.actions.make_plan import make_plan
from upwards.core.errors import UserError
from upwards.web.access import reader_for
from upwards.web.api import shapes
from upwards.web.api.shown import SHOWN
from upwards.web.jobs.registry import find_work
from upwards.web.keeping.models import Backup
from upwards.web.keeping.retention import remove_what_is_over
from upwards.web.oversight.work import erase_person
from upwards.web.partnerships import handover
from upwards.web.partnerships.models import Handover
from upwards.web.people import staff_table
from upwards.web.people.models import Person, Standing, Term, TermHours, Training
from upwards.web.people.staff_table import planned_term
from upwards.web.roles import Role

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
COACH = "Trained as a coach"


@pytest.fixture
def own_workspace(trust_workspace: Path, tmp_path: Path, settings: Any) -> Path:
    settings.UPWARDS_WORKSPACE = Path(shutil.copytree(trust_workspace, tmp_path / "own"))
    return Path(settings.UPWARDS_WORKSPACE)


def member(
    name: str = "Tom Smith", hours: float | None = 12, *, trained: bool = True, **other: Any
) -> Person:
    """Somebody who teaches mathematics at Alder."""
    about = {"school": "Alder", "subjects": "Mathematics", "posts": "Head of year", "joined": "2020-09-01"}
    one = Person.objects.create(name=name, **about | other)
    if trained:
        day = timezone.localdate() - 400 * DAY
        Training.objects.create(person=one, standing=Standing.TRAINED, provider="University", day=day)
    if hours is not None:
        says(one, hours)
    return one


def says(one: Person, hours: float) -> None:
    term = planned_term(timezone.localdate())
    TermHours.objects.update_or_create(
        person=one, year=term.year, term=term.term, defaults={"hours": Decimal(str(hours))}
    )


def given() -> list[dict[str, str]]:
    """Read the table of people as the data hold it now."""
    path = Path(str(handover.settings.UPWARDS_WORKSPACE)) / "people.csv"
    export_table(handover.settings.UPWARDS_WORKSPACE, table="people", to=path, for_research=False)
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))


def held_anywhere(folder: Path, school: str = "Alder") -> int:
    """Count rows of people in every snapshot and kept import."""
    import polars as pl

    places = [*folder.glob("snapshots/*/people.parquet"), *folder.glob("imports/people-*.parquet")]
    return sum(pl.read_parquet(one).filter(pl.col("school") == school).height for one in places)


def test_staff_on_record_become_the_table_of_people_without_names(own_workspace):
    one = member(staff_code="T-9")
    handover.hand_over()
    (row,) = given()
    assert (row["school"], row["role"], row["subjects"]) == ("Alder", "Head of year", "Mathematics")
    assert (row["training"], row["term_hours"]) == (COACH, "12.0")
    assert row["term"] == str(planned_term(timezone.localdate()))
    assert len(row["person"]) == 32
    text = handover.as_csv("people", handover.recorded_staff().values())
    assert not [word for word in (one.name, "T-9") if word in text]


def test_only_who_works_in_a_school_of_the_data_is_given(own_workspace):
    today = timezone.localdate()
    member("Left", left=today - DAY)
    member("Not yet", joined=today + DAY)
    member("Nowhere", school="")
    member("Elsewhere", school="Elm")
    member("Erased", erased=timezone.now())
    assert handover.recorded_staff() == {}
    assert handover.hand_over() is None


def test_training_counts_while_it_is_valid_and_makes_a_coach(own_workspace):
    one, today = member(trained=False, hours=None), timezone.localdate()
    about = {"person": one, "provider": "University"}
    Training.objects.create(**about, standing=Standing.OTHER, day=today - DAY)
    Training.objects.create(**about, standing=Standing.TRAINED, day=today - 9 * DAY, ends=today - DAY)
    (row,) = handover.recorded_staff().values()
    assert (row["training"], row["term_hours"], row["term"]) == ("", "", "")
    Training.objects.create(**about, standing=Standing.EXPERT, day=today)
    Training.objects.create(**about, standing=Standing.TRAINED, day=today)
    (row,) = handover.recorded_staff().values()
    assert row["training"] == "Trained as a coach, Accredited as an expert coach"


@pytest.mark.parametrize(
    ("today", "term"),
    [
        ("2026-09-01", (2027, Term.AUTUMN)),
        ("2026-11-18", (2027, Term.AUTUMN)),
        ("2026-11-22", (2027, Term.SPRING)),
        ("2027-07-20", (2027, Term.SUMMER)),
        ("2027-07-25", (2028, Term.AUTUMN)),
    ],
)
def test_the_term_that_is_planned_for_is_that_of_the_middle_of_a_cycle(today, term):
    found = planned_term(datetime.date.fromisoformat(today))
    assert (found.year, found.term) == term


def test_given_twice_nothing_changes_and_a_change_is_another_state(own_workspace):
    one = member()
    first = handover.hand_over()
    state, tables = workspace_state(own_workspace), describe_workspace(own_workspace)["tables"]
    assert (first.n_staff, tables["people"]) == (1, 1)
    assert handover.hand_over() == first
    assert workspace_state(own_workspace) == state
    says(one, 20)
    second = handover.hand_over()
    assert second.snapshot != first.snapshot
    assert workspace_state(own_workspace) != state
    assert [row["term_hours"] for row in given()] == ["20.0"]


def test_what_was_undone_comes_back_with_the_next_night(own_workspace):
    member()
    handover.hand_over()
    undo_last_import(own_workspace)
    assert "people" not in describe_workspace(own_workspace)["tables"]
    handover.hand_over()
    assert describe_workspace(own_workspace)["tables"]["people"] == 1


def test_who_leaves_or_moves_is_taken_back(own_workspace):
    leaves, moves = member("Leaves"), member("Moves", hours=15)
    handover.hand_over()
    leaves.left, moves.school = timezone.localdate() - DAY, "Birch"
    leaves.save()
    moves.save()
    made = handover.hand_over()
    assert made.n_staff == 1
    said = {(row["school"], row["subjects"], row["training"], row["term_hours"]) for row in given()}
    assert said == {("Alder", "", "", ""), ("Birch", "Mathematics", COACH, "15.0")}
    assert handover.hand_over() == made


@pytest.mark.parametrize("also_results", [True, False])
def test_erasing_somebody_reaches_every_state_of_the_table(own_workspace, also_results):
    gone, stays = member("Gone", staff_code="T-9"), member("Stays", hours=15)
    handover.hand_over()
    says(gone, 20)
    handover.hand_over()
    assert held_anywhere(own_workspace) == 8
    before = workspace_state(own_workspace)
    asked = {"person": gone.pk, "user": None, "also_results": also_results}
    assert erase_person(asked, lambda *_: None) == {"rows_in_results": 4}
    assert held_anywhere(own_workspace) == 4
    assert workspace_state(own_workspace) != before
    made = handover.hand_over()
    assert [row["term_hours"] for row in given()] == ["15.0"]
    assert made.staff == [[stays.pk, "Alder"]]
    assert erase_person(asked, lambda *_: None) == {"rows_in_results": 0}


def test_who_could_not_be_erased_in_the_table_is_still_on_record_to_be_erased(own_workspace, monkeypatch):
    one = member()
    handover.hand_over()

    def busy(*_: object, **__: object) -> None:
        raise UserError("Somebody else is writing.")

    monkeypatch.setattr(staff_table, "erase", busy)
    asked = {"person": one.pk, "user": None, "also_results": False}
    with pytest.raises(UserError, match="else is writing"):
        erase_person(asked, lambda *_: None)
    one.refresh_from_db()
    assert (one.name, one.erased) == ("Tom Smith", None)


@pytest.mark.django_db(transaction=True)
def test_the_list_beside_the_backups_says_at_once_that_the_table_was_erased_too(own_workspace, tmp_path):
    one = member()
    handover.hand_over()
    Backup.objects.create(made=timezone.now(), folder=str(tmp_path), name="one.zip", size=1, sha256="0" * 64)
    erase_person({"person": one.pk, "user": None, "also_results": False}, lambda *_: None)
    (listed,) = tmp_path.glob("erasures-*.json")
    assert {said["kind"] for said in json.loads(listed.read_text())["erased"]} == {"person", "teacher"}


def test_who_left_long_ago_is_erased_in_the_table_too(own_workspace):
    one = member(left=timezone.localdate())
    handover.hand_over()
    assert held_anywhere(own_workspace)
    Person.objects.filter(pk=one.pk).update(left="2021-01-01")
    remove_what_is_over(lambda *_: None)
    assert not held_anywhere(own_workspace)


def test_erasing_leaves_the_data_alone_where_nobody_was_ever_given(own_workspace):
    one, before = member(), workspace_state(own_workspace)
    erase_person({"person": one.pk, "user": None, "also_results": False}, lambda *_: None)
    assert workspace_state(own_workspace) == before
    assert not (own_workspace / "erased.json").exists()


def test_the_page_counts_people_and_its_job_gives_them(owner, own_workspace):
    assert "nobody is on record" in owner.get(reverse("hand_over")).content.decode()
    member()
    assert "1 of people" in text_of(owner.get(reverse("hand_over")))
    owner.post(reverse("hand_over"))
    assert find_work("hand over")({}, lambda *_: None) == {"partnerships": 0, "sessions": 0, "people": 1}
    page = text_of(owner.get(reverse("hand_over")))
    assert "Given last" in page
    assert "Tom" not in page


def test_partnerships_are_given_as_before_beside_people(own_workspace):
    partnership()
    member()
    made = handover.hand_over()
    assert (made.n_partnerships, made.n_sessions, made.n_staff) == (1, 0, 1)
    assert Handover.objects.count() == 1


def test_a_researcher_s_file_leaves_out_what_somebody_wrote_of_a_role(own_workspace, tmp_path):
    member()
    handover.hand_over()
    path = tmp_path / "people.csv"
    export_table(own_workspace, table="people", to=path, for_research=True)
    (row,) = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    assert "role" not in row
    assert "Alder" not in row.values()


def test_a_plan_counts_on_the_hours_that_are_recorded_and_leads_read_whose(
    own_workspace, group_lead, other_lead, school_lead, governor, coach
):
    assert len(make_plan(own_workspace)["lines"]) == 2
    member(hours=12)
    handover.hand_over()
    answer = make_plan(own_workspace)
    assert len(answer["lines"]) == 1
    assert "people.coaches_trained" in answer["settings"]
    said = "Mathematics at Alder has 12 hours of 1 person"
    for lead in (group_lead, school_lead):
        page = text_of(finished(lead, reverse("plan")))
        assert page.count(said) >= 2  # at the line, and at the team that stays without
        assert "would need 18" in page
        assert "Hours that people have" in page
    for reader in (governor, coach, other_lead):
        page = text_of(finished(reader, reverse("plan")))
        assert said not in page
        assert "Hours that people have" not in page
        assert "of 1 person" not in page
        assert "more would do" not in page


def test_a_trustee_reads_the_limits_of_a_plan_without_whose_hours_are_used_up(own_workspace, appointed):
    member(hours=12)
    handover.hand_over()
    limit = '<th scope="row">people&#x27;s hours</th>'
    for role, reads in ((Role.GOVERNOR, False), (Role.GROUP_LEAD, True)):
        client = Client()
        client.force_login(appointed(str(role), role, ""))
        shown = finished(client, reverse("plan")).content.decode()
        assert '<th scope="row">total hours</th>' in shown
        assert (limit in shown) == reads


def test_without_recorded_hours_a_plan_holds_to_the_usual_limit_and_says_so(own_workspace, group_lead):
    member(hours=None)
    handover.hand_over()
    assert len(make_plan(own_workspace)["lines"]) == 2
    page = text_of(finished(group_lead, reverse("plan")))
    assert "No hours of people are recorded for mathematics at Alder" in page
    assert "Hours of people are recorded for 0 of" in page


def test_a_program_reads_no_hours_of_people(own_workspace, people):
    member(hours=12)
    handover.hand_over()
    reader = reader_for(people["group_lead"])
    found = shapes.Plan.model_validate({**SHOWN["plan"](reader, make_plan(own_workspace))})
    assert "12 hours of" not in found.model_dump_json()
    assert "people's hours" not in {one["name"] for one in found.model_dump()["limits_used"]}


def from_file(folder: Path, *rows: str) -> None:
    path = folder.parent / "staff.csv"
    path.write_text("\n".join(["person,school,subjects,training,hours", *rows, ""]), encoding="utf-8")
    import_data([path], as_table="people", workspace=folder, accept_doubts=True)


def test_who_is_recorded_here_and_in_a_file_counts_once(own_workspace, group_lead):
    from_file(own_workspace, "T-9,Alder,mathematics,expert,1", "T-8,Cedar,mathematics,expert,1")
    (alder,) = make_plan(own_workspace)["hours_of_people"]
    assert (alder["school"], alder["hours"], alder["n_people"]) == ("Alder", 12, 1)
    member(staff_code="T-9", hours=12)
    handover.hand_over()
    assert describe_workspace(own_workspace)["tables"]["people"] == 3
    answer = make_plan(own_workspace)
    (alder,) = answer["hours_of_people"]
    assert (alder["hours"], alder["n_people"], alder["n_unrecorded"]) == (12, 1, 0)
    note = "1 row of people from files is not counted: hours of its school are recorded in the application."
    assert note in answer["notes"]
    page = text_of(finished(group_lead, reverse("plan")))
    assert "so that nobody counts twice" in page
    assert note in page


def test_a_file_counts_again_once_no_hours_are_recorded_here_any_more(own_workspace):
    from_file(own_workspace, "T-9,Alder,mathematics,expert,1.5")
    one = member(hours=12)
    handover.hand_over()
    one.left = timezone.localdate() - DAY
    one.save()
    handover.hand_over()
    answer = make_plan(own_workspace)
    assert [row["hours"] for row in answer["hours_of_people"]] == [18]
    assert not any("from files" in note for note in answer["notes"])
