"""A class that a teacher adds counts once a lead of the school confirms it, and not before."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from upwards.web.access import reader_for
from upwards.web.jobs.models import Job
from upwards.web.jobs.registry import find_work
from upwards.web.people.models import ClassCheck, Person
from upwards.web.rosters.claims import claims_waiting
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
CLAIM = {"class_name": "Alder-2024-2", "subject": "reading", "year": "2024", "verdict": "mine"}


@pytest.fixture
def claim(people, teacher) -> ClassCheck:
    """The teacher claims a colleague's class."""
    Person.objects.create(name="Nia", school="Alder", user=people["teacher"], staff_code="T-Alder-1")
    assert teacher.post(reverse("my_class_add"), CLAIM).status_code == 302
    return ClassCheck.objects.get()


def answer(client, claim: ClassCheck, said: str = "confirm") -> int:
    seen = ClassCheck.objects.get(pk=claim.pk).said.isoformat()
    about = {"answer": said, "said": seen}
    status: int = client.post(reverse("class_claim_answer", args=[claim.pk]), about).status_code
    return status


def test_a_lead_confirms_what_was_shown_and_nothing_said_since(claim, teacher, school_lead):
    shown = re.search(
        r'name="said" value="([^"]+)"', school_lead.get(reverse("class_claims")).content.decode()
    )
    assert shown is not None
    teacher.post(reverse("my_class_add"), {**CLAIM, "verdict": "shared", "percent": "50"})
    address = reverse("class_claim_answer", args=[claim.pk])
    for said in ({"said": shown[1]}, {}):
        page = school_lead.post(address, {"answer": "confirm", **said})
        assert page.status_code == 422
        assert "since you opened the page" in page.content.decode()
    assert not ClassCheck.objects.counting().exists()
    assert answer(school_lead, claim) == 302


def test_a_claim_starts_nothing_and_does_not_count(claim, teacher):
    assert not Job.objects.exists()
    assert not ClassCheck.objects.counting().exists()
    assert find_work("roster_corrections")({"checks": [claim.pk]}, lambda *_: None) == {"rows": 0}
    assert "waits for a lead of the school" in teacher.get(reverse("my_classes")).content.decode()


def test_a_lead_of_the_school_confirms_it_and_it_is_handed_in(claim, people, school_lead):
    page = school_lead.get(reverse("class_claims")).content.decode()
    assert "Alder-2024-2, reading, 2024" in page
    assert "Nia says: I taught it alone" in page
    assert answer(school_lead, claim) == 302
    claim.refresh_from_db()
    assert claim.answered_by == people["school_lead"]
    assert Job.objects.get(question="roster_corrections").arguments["checks"] == [claim.pk]
    assert list(ClassCheck.objects.counting()) == [claim]
    assert "Nothing waits" in school_lead.get(reverse("class_claims")).content.decode()
    assert answer(school_lead, claim) == 404
    assert AuditEntry.objects.filter(kind="people.classcheck", what="read", object_id=claim.pk).exists()


def test_one_agrees_to_be_named_with_a_class_of_one_s_own_once_it_is_confirmed(claim, teacher, school_lead):
    def offered() -> str:
        return teacher.get(reverse("agreement")).content.decode()

    assert "reading, year 6, Alder" not in offered()
    answer(school_lead, claim)
    assert "reading, year 6, Alder" in offered()
    ClassCheck.objects.update(stage="")  # added before the stage was kept: it is of no team
    assert "Alder" not in offered()


def test_a_refused_claim_never_counts_and_the_teacher_sees_it(claim, teacher, group_lead):
    assert answer(group_lead, claim, "refuse") == 302
    assert not Job.objects.exists()
    assert not ClassCheck.objects.counting().exists()
    assert "not confirmed by a lead" in teacher.get(reverse("my_classes")).content.decode()
    teacher.post(reverse("my_class_add"), CLAIM)  # said again, it waits again
    assert ClassCheck.objects.waiting().count() == 1


def test_a_confirmed_class_that_is_claimed_with_another_share_waits_again(claim, teacher, school_lead):
    answer(school_lead, claim)
    teacher.post(reverse("my_class_add"), {**CLAIM, "verdict": "shared", "percent": "50"})
    assert ClassCheck.objects.waiting().count() == 1


def test_leads_of_other_schools_and_the_teacher_answer_for_nothing(claim, other_lead, teacher, people):
    assert answer(other_lead, claim) == 404
    assert "Nothing waits" in other_lead.get(reverse("class_claims")).content.decode()
    assert answer(teacher, claim) == 403
    people["teacher"].appointments.update(role="school_lead")  # leads now, and still not for the own class
    assert answer(teacher, claim) == 404


@pytest.mark.parametrize("said", ["", "maybe"])
def test_an_answer_that_is_none_is_404(claim, school_lead, said):
    assert answer(school_lead, claim, said) == 404


def test_monday_says_that_one_waits(claim, people, school_lead):
    assert "1 class that a teacher added waits" in school_lead.get(reverse("monday")).content.decode()
    assert "Nia" not in school_lead.get(reverse("monday")).content.decode()
    assert claims_waiting(reader_for(people["other_lead"])) == []
    ClassCheck.objects.create(
        person=claim.person,
        school="Alder",
        subject="art",
        year=2024,
        class_name="x",
        verdict="mine",
        is_added=True,
    )
    assert "2 classes" in claims_waiting(reader_for(people["school_lead"]))[0].said
