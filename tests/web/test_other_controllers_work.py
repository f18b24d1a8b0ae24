"""What is done in another controller's school is seen there, and by a group's trustee once it is shared."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot
from tests.web.practices_of_trust import draft, practice
from tests.web.reviews_of_trust import capitals_of, written
from tests.web.sharing_of_trust import DAY, agreement, birch_by_itself
from tests.web.test_pulse import an_open_pulse, closed, tally
from upwards.web.access import beyond, reader_for
from upwards.web.accounts.models import User
from upwards.web.controllers.models import Sharing
from upwards.web.health.contents import health_contents
from upwards.web.health.pulse_views import shown_units
from upwards.web.innovation.readers import View, view_of
from upwards.web.innovation.reminders import lead_reminders
from upwards.web.people.models import Person, Training
from upwards.web.practices import readers as practices
from upwards.web.reviews import readers as reviews
from upwards.web.reviews.models import ReviewAction
from upwards.web.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def trustee(appointed, people) -> User:
    return appointed("trustee", Role.GOVERNOR)


@pytest.fixture(params=["trustee", "group_lead", "owner"])
def whole(request, trustee, people) -> User:
    """Somebody with a role over the whole group."""
    return trustee if request.param == "trustee" else people[request.param]


def test_reviews_audits_pilots_and_cards_of_another_controller_are_not_there(whole, client):
    review = written("agreed", school="Birch")
    today = timezone.localdate()
    ReviewAction.objects.create(review=review, what="More talk", post="Head", due=today)
    audit, unborn, seen = capitals_of("Birch"), draft("Birch"), practice("Birch")
    tried = pilot(school="Birch")
    own = written("agreed", school="Alder")
    client.force_login(whole)
    assert set(reviews.seen_by(reader_for(whole))) == {review, own}
    birch_by_itself()
    reader = reader_for(whole)
    assert beyond(reader) == {"Birch"}
    assert set(reviews.seen_by(reader)) == {own}
    assert reviews.actions_due(reader) == []
    assert audit not in reviews.audits_seen_by(reader)
    assert view_of(reader, tried) == View.GROUP
    assert not practices.in_circle(reader, unborn)
    assert not practices.being_written(reader).exists()
    for route, pk in (("review", review.pk), ("capitals_picture", audit.pk), ("practice_card", unborn.pk)):
        assert client.get(reverse(route, args=[pk])).status_code == 404
    assert client.get(reverse("practice_card", args=[seen.pk])).status_code == 200


def test_who_plans_reviews_plans_none_in_another_controller_s_school(group_lead):
    made = written(school="Birch")
    birch_by_itself()
    assert "Birch" not in group_lead.get(reverse("review_new")).content.decode()
    assert group_lead.get(reverse("review_edit", args=[made.pk])).status_code == 404
    assert group_lead.post(reverse("review_allocate", args=[made.pk])).status_code == 404
    place = made.allocations.get()
    assert group_lead.post(reverse("review_release", args=[place.pk])).status_code == 404
    assert "Birch" not in group_lead.get(reverse("pilot_new")).content.decode()


def test_an_audit_of_the_four_capitals_is_opened_in_the_own_controller_s_schools(group_lead):
    where = reverse("capitals_open")
    birch_by_itself()
    assert "Birch" not in group_lead.get(reverse("capitals")).content.decode()
    assert group_lead.post(where, {"place": "Birch"}).status_code == 403
    assert group_lead.post(where, {"place": "Alder"}).status_code == 302


def test_system_health_counts_nothing_of_another_controller_s_school(whole):
    today = timezone.localdate()
    for school in ("Alder", "Birch", ""):
        one = Person.objects.create(name="A coach", school=school)
        Training.objects.create(person=one, standing="trained", provider="P", day=today)
        practice(school)
    assert _now(whole) == (3, 3)
    birch_by_itself()
    assert _now(whole) == (2, 2)
    assert "Birch" not in health_contents(reader_for(whole), today).about["whose"]
    agreement()
    assert _now(whole) == ((2, 2) if is_trustee(whole) else (3, 3))


def _now(whole: User) -> tuple[int, int]:
    """Return how many coaches, and how many practices of this term, somebody is told of."""
    (terms,) = health_contents(reader_for(whole), timezone.localdate()).sections[0].tables
    row = terms.rows[-1]
    return row["coaches"], row["shared"]


def test_monday_says_nothing_of_pilots_in_another_controller_s_school(whole):
    today = timezone.localdate()
    pilot(school="Birch", leader="other_lead", starts=today - 9 * DAY, ends=today - DAY)
    assert len(lead_reminders(reader_for(whole), today)) == (0 if is_trustee(whole) else 1)
    birch_by_itself()
    assert lead_reminders(reader_for(whole), today) == []


def is_trustee(whole: User) -> bool:
    return reader_for(whole).roles == {Role.GOVERNOR}


def test_nobody_says_that_another_controller_s_school_uses_a_practice(group_lead, people):
    seen = practice("Alder")
    assert "Birch" in practices.schools_to_use(reader_for(people["group_lead"]), seen)
    birch_by_itself()
    assert "Birch" not in practices.schools_to_use(reader_for(people["group_lead"]), seen)


def test_the_pulse_and_attention_of_another_controller_s_school_are_not_shown(whole, client):
    pulse = an_open_pulse()
    for school in ("Alder", "Birch", ""):
        tally(pulse, school, *[4] * 7)
    closed(pulse)
    birch_by_itself()
    names = [one.name for one in shown_units(reader_for(whole), pulse)]
    assert "Birch" not in names
    assert "Staff of the whole group" in names
    client.force_login(whole)
    assert "Birch" not in client.get(reverse("attention")).content.decode()


@pytest.mark.parametrize("whole", ["group_lead", "owner"], indirect=True)
def test_what_is_shared_is_seen_and_its_end_holds_at_once(whole):
    review = written("agreed", school="Birch")
    made = agreement()
    assert review in reviews.seen_by(reader_for(whole))
    Sharing.objects.filter(pk=made.pk).update(withdrawn=timezone.now())
    assert review not in reviews.seen_by(reader_for(whole))


def test_the_head_of_that_school_sees_it_as_before(people):
    review, tried = written("agreed", school="Birch"), pilot(school="Birch")
    birch_by_itself()
    head = reader_for(people["other_lead"])
    assert review in reviews.seen_by(head)
    assert view_of(head, tried) == View.SCHOOL
