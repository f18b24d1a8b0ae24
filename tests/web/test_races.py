"""Of two who change the same thing at one moment, the second sees what the first did."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.web.initiatives_of_trust import pilot, programme
from tests.web.partnerships_of_trust import coaching_of_cast, partnership
from tests.web.reviews_of_trust import written
from upwards.web.partnerships import readers
from upwards.web.partnerships.models import Participant
from upwards.web.reviews import readers as reviews

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate().isoformat()
CHANGES = {
    "observation_add": (pilot, {"date": TODAY, "text": "More words"}),
    "partnership_ask": (lambda: partnership("proposed"), {"person": "coach", "side": "provider"}),
    "partnership_edit": (
        coaching_of_cast,
        {"aim": "More talk", "hours": "9", "starts": TODAY, "ends": TODAY},
    ),
    "partnership_answer": (lambda: partnership("proposed"), {"answer": "agreed", "side": "provider"}),
    "partnership_state": (coaching_of_cast, {"state": "ended"}),
    "pilot_state": (pilot, {"do": "undo"}),
    "pilot_decide": (pilot, {"decision": "adopt", "reached": "yes", "reason": "It works"}),
    "programme_state": (programme, {"do": "end"}),
}


@pytest.mark.parametrize("route", CHANGES)
def test_what_is_changed_is_read_and_locked_inside_the_transaction(route, people, school_lead):
    make, given = CHANGES[route]
    made = make()
    given = {name: people[said].pk if name == "person" else said for name, said in given.items()}
    with CaptureQueriesContext(connection) as asked:
        answer = school_lead.post(reverse(route, args=[made.pk]), given)
    assert answer.status_code == 302
    said = [one["sql"] for one in asked.captured_queries]
    begun = next(n for n, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    table = f'FROM "{made._meta.db_table}"'
    (first, *_) = [n for n, sql in enumerate(said) if table in sql]
    assert begun < first
    assert "FOR UPDATE" in said[first] or not connection.features.has_select_for_update


def test_of_two_who_offer_to_take_one_place_the_second_is_refused(people, monkeypatch, school_lead):
    made = partnership("proposed")
    find = readers.find

    def meanwhile(*given, lock=False, **more):
        """Another is quicker, and done before the lock is given."""
        assert lock
        Participant.objects.create(partnership=made, user=people["coach"], side="provider", answer="agreed")
        return find(*given, lock=lock, **more)

    monkeypatch.setattr(readers, "find", meanwhile)
    answer = school_lead.post(
        reverse("partnership_answer", args=[made.pk]), {"answer": "agreed", "side": "provider"}
    )
    assert answer.status_code == 403
    assert not made.participants.filter(user=people["school_lead"]).exists()


def test_nobody_is_asked_who_was_asked_meanwhile(people, monkeypatch, school_lead):
    made = partnership("proposed")
    find = readers.find

    def meanwhile(*given, **more):
        Participant.objects.create(partnership=made, user=people["coach"], side="recipient", answer="asked")
        return find(*given, **more)

    monkeypatch.setattr(readers, "find", meanwhile)
    given = {"person": people["coach"].pk, "side": "provider"}
    assert school_lead.post(reverse("partnership_ask", args=[made.pk]), given).status_code == 422
    assert not made.participants.exists()


def test_who_mends_a_word_of_a_partnership_does_not_open_again_what_ended_meanwhile(people, school_lead):
    made = coaching_of_cast()
    given = {"aim": "More talk", "hours": "9", "starts": TODAY, "ends": TODAY}
    with CaptureQueriesContext(connection) as asked:
        assert school_lead.post(reverse("partnership_edit", args=[made.pk]), given).status_code == 302
    sent = [one["sql"] for one in asked.captured_queries]
    (update,) = [sql for sql in sent if sql.startswith(f'UPDATE "{made._meta.db_table}"')]
    assert '"aim"' in update
    assert '"state"' not in update


def test_who_mends_a_word_of_a_pilot_does_not_undo_what_was_decided_meanwhile(people, school_lead):
    made = pilot()
    said = {"tried": "Daily", "hours_a_week": "2", "ends": TODAY, "lead": people["teacher"].pk}
    with CaptureQueriesContext(connection) as asked:
        assert school_lead.post(reverse("pilot_edit", args=[made.pk]), said).status_code == 302
    sent = [one["sql"] for one in asked.captured_queries]
    (update,) = [sql for sql in sent if sql.startswith('UPDATE "innovation_pilot"')]
    assert '"tried"' in update
    assert '"state"' not in update
    first = next(sql for sql in sent if 'FROM "innovation_pilot"' in sql)
    assert "FOR UPDATE" in first or not connection.features.has_select_for_update


@pytest.mark.parametrize("route", ["review_activity", "review_activity_edit", "review_report"])
def test_nothing_is_written_into_a_report_that_was_agreed_meanwhile(route, people, reviewer, monkeypatch):
    made = written("drafted")
    find = reviews.find

    def meanwhile(*given, **more):
        """The school agrees after the page was found, and before the lock is given."""
        found = find(*given, **more)
        type(made).objects.filter(pk=made.pk).update(state="agreed")
        return found

    monkeypatch.setattr(reviews, "find", meanwhile)
    row = made.activities.get()
    pk = row.pk if route == "review_activity_edit" else made.pk
    answer = reviewer.post(reverse(route, args=[pk]), {"report": "Another", "kind": "observe"})
    assert answer.status_code == 422
    assert "stays as both agreed" in answer.content.decode()
