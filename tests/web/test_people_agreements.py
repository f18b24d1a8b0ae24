"""Agreement to be named: by the person alone, withdrawn at once, and read live for every audience."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable

import pytest
from django.urls import reverse

from upwards.web.access import audience, reader_for
from upwards.web.people.agreements import Agreement
from upwards.web.people.models import ClassCheck, Person

pytestmark = pytest.mark.django_db
TEAM = ("Alder", "mathematics", "year 6")


@pytest.fixture
def team(people, appointed) -> list[Person]:
    """The three who taught mathematics in Alder, each of whom confirmed the latest year."""
    found = []
    for number in range(3):
        user = people["teacher"] if number == 0 else appointed(f"t{number}")
        one = Person.objects.create(
            name=f"T{number}",
            school="Alder",
            subjects="Mathematics",
            user=user,
            staff_code=f"T-Alder-{number}",
        )
        confirm(one, number)
        found.append(one)
    return found


def confirm(person: Person, number: int, **rest: object) -> ClassCheck:
    place = {"school": "Alder", "subject": "mathematics", "stage": "year 6", "year": 2024}
    return ClassCheck.objects.create(
        **{**place, "person": person, "class_name": f"Alder-2024-{number}", "verdict": "mine", **rest}
    )


def agree(*people: Person) -> None:
    for one in people:
        Agreement.objects.create(person=one, school=TEAM[0], subject=TEAM[1], stage=TEAM[2])


@pytest.fixture
def agreed(people) -> Callable[[], frozenset[tuple[str, str, str]]]:
    return lambda: audience(reader_for(people["group_lead"])).agreed


def test_a_team_is_named_once_everybody_who_taught_it_agreed(team, agreed):
    agree(*team[:2])
    assert agreed() == frozenset()
    agree(team[2])
    assert agreed() == {TEAM}


def test_a_withdrawal_holds_at_once(team, agreed, teacher):
    agree(*team)
    own = team[0].agreements.get()
    assert teacher.post(reverse("agreement_withdraw", args=[own.pk])).status_code == 302
    assert agreed() == frozenset()


def test_who_has_not_confirmed_the_latest_year_is_not_named(team, agreed):
    agree(*team)
    check = team[1].class_checks.get()
    check.year = 2023
    check.save()
    assert agreed() == frozenset()


def test_who_did_not_teach_it_agrees_for_nobody(team, agreed):
    agree(*team)
    check = team[1].class_checks.get()
    check.verdict = "not_mine"
    check.save()
    assert agreed() == frozenset()


def test_a_colleague_of_the_subject_who_has_not_agreed_is_not_named_with_the_others(team, agreed):
    agree(*team)
    Person.objects.create(name="New", school="Alder", subjects="mathematics, art")
    assert agreed() == frozenset()


def test_who_has_left_no_longer_agrees(team, agreed):
    agree(*team)
    team[0].left = datetime.date(2026, 1, 1)
    team[0].joined = datetime.date(2020, 1, 1)
    team[0].save()
    assert agreed() == frozenset()


def test_a_team_that_the_results_do_not_have_is_not_named(team, agreed):
    Agreement.objects.create(person=team[0], school="Alder", subject="art", stage="year 6")
    assert agreed() == frozenset()


def test_the_text_is_shown_before_and_the_box_is_not_ticked(team, teacher):
    shown = teacher.get(reverse("agreement")).content.decode()
    assert shown.index("What never follows") < shown.index("I have read this")
    assert "checked" not in shown
    chosen = {"team": json.dumps(TEAM)}
    assert teacher.post(reverse("agreement"), chosen).status_code == 200
    assert not Agreement.objects.exists()


def test_somebody_agrees_withdraws_and_the_history_stays(team, people, teacher):
    given = {"team": json.dumps(TEAM), "agrees": "on"}
    assert teacher.post(reverse("agreement"), given).status_code == 302
    said = Agreement.objects.get()
    assert (said.person, said.given_by, said.text_version) == (team[0], people["teacher"], "2026-11-22")
    assert "There is no further team" in teacher.get(reverse("agreement")).content.decode()
    for _ in range(2):  # twice is once
        teacher.post(reverse("agreement_withdraw", args=[said.pk]))
    shown = teacher.get(reverse("agreement")).content.decode()
    assert "You have not agreed to be named" in shown
    assert "Agreements given and withdrawn" in shown
    teacher.post(reverse("agreement"), given)
    assert Agreement.objects.count() == 2


def test_a_team_not_confirmed_cannot_be_chosen(team, teacher):
    other = {"team": json.dumps(["Birch", "reading", "year 6"]), "agrees": "on"}
    assert teacher.post(reverse("agreement"), other).status_code == 200
    team[0].class_checks.get().delete()
    assert "Look at my classes" in teacher.get(reverse("agreement")).content.decode()


def test_nobody_agrees_or_withdraws_for_another(team, school_lead, owner, people):
    agree(team[0])
    own = team[0].agreements.get()
    for client in (school_lead, owner):
        assert client.post(reverse("agreement_withdraw", args=[own.pk])).status_code == 404
        assert "not linked" in client.get(reverse("agreement")).content.decode().replace(
            "has linked", "not linked"
        )
    own.refresh_from_db()
    assert own.withdrawn is None
