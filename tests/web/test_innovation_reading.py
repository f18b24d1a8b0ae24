"""Reading is added once, says how far one may build on it, and is linked to what is tried."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot, reference
from tests.web.practices_of_trust import draft, practice
from upwards.web.innovation.models import Reference
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
GIVEN = {
    "title": "Test-enhanced learning",
    "authors": "Roediger, Karpicke",
    "year": "2006",
    "study": "trial",
    "standing": "agreed",
    "found": "Recalling beats reading again.",
    "link": "example.org/paper",
    "doi": "https://doi.org/10.1000/xyz(1)",
}


def test_something_to_read_is_added_and_shown_with_its_links(teacher, other_lead):
    answer = teacher.post(reverse("reference_new"), GIVEN)
    made = Reference.objects.get()
    assert answer.headers["Location"] == reverse("reference", args=[made.pk])
    assert (made.link, made.doi) == ("https://example.org/paper", "10.1000/xyz(1)")
    page = other_lead.get(reverse("reference", args=[made.pk])).content.decode()
    assert 'href="https://doi.org/10.1000/xyz%281%29"' in page
    assert "Several good studies agree" in page
    assert "Trial with chance" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"link": "javascript:alert(1)"}, "valid URL"),
        ({"link": "ftp://example.org/a"}, "valid URL"),
        ({"doi": "11.1/a"}, "A DOI begins with 10"),
        ({"doi": '10.1000/"><script>'}, "A DOI begins with 10"),
        ({"year": "1066"}, "greater than or equal"),
        ({"found": "x" * 2001}, "at most 2000"),
        ({"standing": "certain"}, "valid choice"),
    ],
)
def test_a_wrong_address_number_or_year_is_refused(teacher, changes, said):
    answer = teacher.post(reverse("reference_new"), {**GIVEN, **changes})
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Reference.objects.exists()


def test_the_same_doi_is_not_added_twice(teacher):
    reference(doi="10.1000/xyz(1)")
    answer = teacher.post(reverse("reference_new"), {**GIVEN, "doi": "10.1000/XYZ(1)"})
    assert "in the list already" in answer.content.decode()
    assert teacher.post(reverse("reference_new"), {**GIVEN, "doi": ""}).status_code == 302
    assert teacher.post(reverse("reference_new"), {**GIVEN, "doi": ""}).status_code == 302


def test_reading_added_from_a_pilot_is_linked_to_it_and_taken_away_again(teacher, other_lead):
    made = pilot()
    address = f"{reverse('reference_new')}?pilot={made.pk}"
    assert other_lead.get(address).status_code == 404
    for odd in ("²", "9" * 5000, "-1"):
        assert teacher.get(f"{reverse('reference_new')}?pilot={odd}").status_code == 200
    assert teacher.post(address, GIVEN).headers["Location"] == reverse("pilot", args=[made.pk])
    row = made.reading.get()
    assert "Five questions" in other_lead.get(reverse("reference", args=[row.pk])).content.decode()
    link = reverse("pilot_reading", args=[made.pk])
    teacher.post(link, {"reference": row.pk, "do": "remove"})
    assert not made.reading.exists()
    teacher.post(link, {"reference": row.pk})
    assert made.reading.get() == row
    answer = teacher.post(link, {"reference": "999999"}, follow=True)
    assert "Choose something from the list" in answer.content.decode()
    assert AuditEntry.objects.filter(kind="innovation.pilot", detail="reading").count() == 3


def test_who_added_it_or_leads_a_school_changes_it(teacher, coach, other_lead, governor):
    row = reference()
    address = reverse("reference_edit", args=[row.pk])
    assert coach.get(address).status_code == 403
    assert governor.get(address).status_code == 403
    assert teacher.post(address, {**GIVEN, "standing": "mixed"}).status_code == 302
    assert other_lead.get(address).status_code == 200
    row.refresh_from_db()
    assert row.standing == "mixed"
    assert "Change" in teacher.get(reverse("reference", args=[row.pk])).content.decode()
    assert teacher.post(address, {**GIVEN, "title": ""}).status_code == 200
    assert teacher.get(reverse("reference_edit", args=[999_999])).status_code == 404


def test_reading_is_found_by_words_and_standing(teacher, governor):
    assert "Add what you have read" in teacher.get(reverse("reading")).content.decode()
    assert "Staff add" in governor.get(reverse("reading")).content.decode()
    reference()
    reference(title="Learning styles", found="Nothing.", standing="not repeated")
    page = teacher.get(reverse("reading"), {"q": "recalling karpicke"}).content.decode()
    assert "Test-enhanced" in page
    assert "Learning styles" not in page
    page = teacher.get(reverse("reading"), {"standing": "not repeated"}).content.decode()
    assert "Test-enhanced" not in page
    assert "Learning styles" in page
    assert "None that fits" in teacher.get(reverse("reading"), {"q": "zebra"}).content.decode()
    assert teacher.get(reverse("reading"), {"q": "x" * 200}).status_code == 200


def test_reading_is_linked_to_a_practice_of_the_library(teacher, other_lead):
    shared, hidden = practice(), draft()
    address = reverse("reference_new")
    assert "valid choice" in teacher.post(address, {**GIVEN, "practice": hidden.pk}).content.decode()
    teacher.post(address, {**GIVEN, "practice": shared.pk})
    row = Reference.objects.get()
    page = reverse("reference", args=[row.pk])
    assert reverse("practice_card", args=[shared.pk]) in other_lead.get(page).content.decode()
    shared.archived = timezone.localdate()
    shared.save()
    assert "Practice that it is about" not in other_lead.get(page).content.decode()
    teacher.post(reverse("reference_edit", args=[row.pk]), {**GIVEN, "practice": shared.pk})
    row.refresh_from_db()
    assert row.practice == shared
