"""Of two who change the same thing at one moment, the second sees what the first did."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.web.initiatives_of_trust import pilot, programme
from tests.web.partnerships_of_trust import coaching_of_cast, partnership
from upwards.web.partnerships import readers
from upwards.web.partnerships.models import Participant

pytestmark = pytest.mark.django_db

CHANGES = {
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
