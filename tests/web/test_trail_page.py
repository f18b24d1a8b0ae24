"""For owners: the audit trail, what is held about somebody, and erasing it."""

from __future__ import annotations

import csv
import datetime
import json
import shutil
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import coaching_of_cast
from upwards.actions.describe_classes import describe_classes
from upwards.web.accounts.models import Appointment, Invitation, User
from upwards.web.jobs.models import Job
from upwards.web.jobs.registry import find_work
from upwards.web.people.models import Agreement, ClassCheck, Person, TermHours, Training, Wish
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry, write_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_workspace(trust_workspace: Path, tmp_path: Path, settings) -> Path:
    folder = tmp_path / "orchard"
    shutil.copytree(trust_workspace, folder)
    settings.UPWARDS_WORKSPACE = folder
    return folder


@pytest.fixture
def nia(people) -> Person:
    """Somebody about whom every kind of row is held."""
    one = Person.objects.create(
        name="Nia", school="Alder", subjects="reading", user=people["teacher"], staff_code="T-Alder-1"
    )
    Training.objects.create(person=one, standing="trained", provider="A house", day=datetime.date(2025, 1, 1))
    TermHours.objects.create(person=one, year=2027, term="1", hours=10)
    Wish.objects.create(person=one, direction="share", topic="routines")
    Agreement.objects.create(person=one, school="Alder", subject="reading", stage="year 6")
    ClassCheck.objects.create(
        person=one, school="Alder", subject="reading", year=2024, class_name="9X", verdict="mine"
    )
    return one


def listed(client, **query: object) -> list[str]:
    answer = client.get(reverse("trail"), query)
    return [str(one) for one in answer.context["page"]]


def test_the_trail_is_filtered_by_person_date_and_kind(people, owner):
    write_entry("did", "something", 1, who=people["coach"].pk)
    write_entry("read", "something else", 2, who=people["teacher"].pk)
    old = AuditEntry.objects.get(kind="something")
    AuditEntry.objects.filter(pk=old.pk).update(at=timezone.now() - datetime.timedelta(days=40))
    assert listed(owner, who=people["teacher"].pk) == ["read something else 2"]
    assert listed(owner, kind="something") == ["did something 1"]
    day = timezone.localdate(timezone.now() - datetime.timedelta(days=40)).isoformat()
    assert listed(owner, since=day, until=day) == ["did something 1"]
    assert "did something 1" not in listed(owner, since=timezone.localdate().isoformat())
    assert listed(owner, what="did") == ["did something 1"]


def test_a_filter_that_cannot_be_read_shows_nothing_and_says_why(owner):
    answer = owner.get(reverse("trail"), {"since": "2026-05-02", "until": "2026-05-01"})
    assert "before the first" in answer.content.decode()
    assert "Nothing fits" in answer.content.decode()


def test_long_trails_come_in_pages(owner):
    for number in range(130):
        write_entry("did", "many", number)
    answer = owner.get(reverse("trail"), {"kind": "many", "page": 2})
    assert len(answer.context["page"]) == 30
    assert "kind=many&amp;page=1" in answer.content.decode()


def test_the_trail_is_taken_away_as_csv_and_no_cell_runs(people, owner):
    write_entry("did", "many", "=1+1", detail="@SUM(A1)")
    answer = owner.get(reverse("trail"), {"kind": "many", "format": "csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [(row["number"], row["detail"]) for row in rows] == [("'=1+1", "'@SUM(A1)")]
    assert AuditEntry.objects.filter(what="exported", kind="audit trail", who=people["owner"]).exists()


def test_only_owners_oversee(nia, group_lead, school_lead, governor):
    for client in (group_lead, school_lead, governor):
        for route in ("trail", "held"):
            assert client.get(reverse(route)).status_code == 403
        for route in ("held_about", "held_export"):
            assert client.get(reverse(route, args=["person", nia.pk])).status_code == 403
        assert client.post(reverse("held_erase", args=["person", nia.pk])).status_code == 403


def test_somebody_is_found_by_name(nia, people, owner):
    shown = owner.get(reverse("held"), {"q": "ni"}).content.decode()
    assert "Nia, Alder" in shown
    assert "Coach (sign-in only)" in owner.get(reverse("held")).content.decode()
    assert "Nobody of that name" in owner.get(reverse("held"), {"q": "zzz"}).content.decode()


def test_subject_access_gives_every_row_without_secrets(nia, people, owner):
    answer = owner.get(reverse("held_export", args=["person", nia.pk]))
    found = json.loads(answer.content)
    kinds = {"people.person", "people.training", "people.termhours", "people.wish", "people.agreement"}
    assert kinds | {"people.classcheck", "accounts.user", "accounts.appointment"} <= set(found["rows"])
    assert "password" not in found["rows"]["accounts.user"][0]
    assert len(found["results"]["classes"]) == 6
    assert "upwards erase" in found["results"]["command"]
    assert AuditEntry.objects.filter(what="exported", kind="people.person", object_id=str(nia.pk)).exists()


def test_what_is_held_is_counted_on_the_page(nia, owner, people):
    shown = owner.get(reverse("held_about", args=["person", nia.pk])).content.decode()
    assert "people.training" in shown
    assert "are in the file" in shown
    other = owner.get(reverse("held_about", args=["user", people["coach"].pk])).content.decode()
    assert "No code in the files" in other


def test_everybody_takes_away_their_own(nia, teacher, governor):
    found = json.loads(teacher.get(reverse("own_held")).content)
    assert found["rows"]["people.wish"][0]["topic"] == "routines"
    assert "people.person" not in json.loads(governor.get(reverse("own_held")).content)["rows"]


def test_free_text_between_two_is_given_to_the_person_alone(people, owner):
    note = coaching_of_cast().notes.first()
    author = note.author
    secret = "only between us"
    note.text = secret
    note.save()
    exported = owner.get(reverse("held_export", args=["user", author.pk])).content.decode()
    assert secret not in exported
    assert "given to the person alone" in exported
    own = Client()
    own.force_login(author)
    assert secret in own.get(reverse("own_held")).content.decode()


def test_a_results_folder_that_cannot_be_read_is_said(nia, owner, settings, tmp_path):
    from upwards.actions.init_workspace import init_workspace

    init_workspace(tmp_path / "new", name="New")
    settings.UPWARDS_WORKSPACE = tmp_path / "new"
    found = json.loads(owner.get(reverse("held_export", args=["person", nia.pk])).content)
    assert "empty" in found["results"]["classes"]


def test_what_somebody_proposed_to_another_is_not_told_with_the_other(nia, people, owner):
    Wish.objects.create(person=nia, direction="help", topic="fractions", proposed_by=people["school_lead"])
    address = reverse("held_export", args=["user", people["school_lead"].pk])
    found = json.loads(owner.get(address).content)["rows"]["people.wish"]
    assert "fractions" not in str(found)
    assert found[0]["made"]


@pytest.mark.parametrize("address", [("person", 999), ("user", 999), ("pupil", 1)])
def test_a_bad_id_is_no_page(owner, address):
    assert owner.get(reverse("held_about", args=address)).status_code == 404
    assert owner.post(reverse("held_erase", args=address)).status_code == 404


def erase(client, person: Person, **given: str):
    return client.post(reverse("held_erase", args=["person", person.pk]), {"word": "erase", **given})


def run_jobs() -> None:
    for job in Job.objects.filter(question="erase_person"):
        find_work("erase_person")(job.arguments, lambda *_: None)


def test_erasing_needs_the_word_and_an_owner_cannot_erase_themselves(nia, people, owner):
    answer = erase(owner, nia, word="yes")
    assert answer.status_code == 422
    assert "nothing was erased" in answer.content.decode()
    own = owner.post(reverse("held_erase", args=["user", people["owner"].pk]), {"word": "erase"})
    assert "cannot erase yourself" in own.content.decode()
    assert not Job.objects.exists()


def test_erasing_leaves_a_tombstone_without_a_name(nia, people, owner, teacher):
    email = people["teacher"].email
    Invitation.make(role=Role.COACH, email=email)
    assert erase(owner, nia).status_code == 302
    run_jobs()
    run_jobs()  # a killed worker's job is done again
    nia.refresh_from_db()
    assert (nia.name, nia.subjects, nia.staff_code, nia.user) == ("Erased person", "", "", None)
    assert nia.erased is not None
    held = [
        model.objects.filter(person=nia).count()
        for model in (Training, TermHours, Wish, Agreement, ClassCheck)
    ]
    assert held == [0, 0, 0, 0, 0]
    user = User.objects.get(pk=people["teacher"].pk)
    assert (user.name, user.is_active) == ("Erased person", False)
    assert not Appointment.objects.filter(user=user).exists()
    assert not Invitation.objects.filter(email=email).exists()
    assert teacher.get(reverse("own_roles")).status_code == 302
    assert AuditEntry.objects.filter(kind="erasure", object_id=f"person {nia.pk}").count() == 1
    assert owner.get(reverse("held_about", args=["person", nia.pk])).status_code == 404
    assert "Erased person" not in owner.get(reverse("people")).content.decode()


def test_erasing_reaches_results_and_rosters_when_asked(nia, owner, own_workspace):
    assert describe_classes("T-Alder-1", own_workspace)["classes"]
    erase(owner, nia, also_results="on")
    assert "T-Alder-1" not in str(Job.objects.get().arguments)
    run_jobs()
    assert describe_classes("T-Alder-1", own_workspace)["classes"] == []


def test_a_sign_in_without_a_person_is_erased(people, owner):
    owner.post(reverse("held_erase", args=["user", people["coach"].pk]), {"word": "Erase"})
    run_jobs()
    assert not User.objects.get(pk=people["coach"].pk).is_active


def test_whom_somebody_manages_is_told_without_their_rows(nia, people, owner):
    boss = Person.objects.create(name="Boss", school="Alder")
    nia.line_manager = boss
    nia.save()
    text = owner.get(reverse("held_export", args=["person", boss.pk])).content.decode()
    assert json.loads(text)["rows"]["people.person"][1] == {"id": nia.pk, "line_manager_id": boss.pk}
    assert "T-Alder-1" not in text


def test_erasing_offers_results_first_and_blanks_what_was_written(nia, people, owner):
    assert "checked" in str(owner.get(reverse("held_about", args=["person", nia.pk])).context["form"])
    made = coaching_of_cast()
    theirs = made.notes.filter(author=people["teacher"]).count()
    other = Person.objects.create(name="Other", school="Alder")
    made.notes.create(text="mine", author=people["teacher"]).readers.add(people["coach"])
    wish = Wish.objects.create(
        person=other, direction="help", topic="fractions", note="words", proposed_by=people["teacher"]
    )
    erase(owner, nia)
    run_jobs()
    wish.refresh_from_db()
    assert wish.note == ""
    assert made.notes.filter(author=people["teacher"], text="").count() == theirs + 1
    assert not made.notes.filter(author=people["teacher"]).exclude(text="").exists()
