"""The same row open in two windows: the second to keep it sees that it is another by now."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.web.routes.objects import (
    a_closure,
    a_partnership,
    a_person,
    a_pilot,
    a_programme,
    a_programme_session,
    a_review,
    a_visit,
    an_activity,
)
from upwards.web.form_meanwhile import MEANWHILE

pytestmark = pytest.mark.django_db
OPEN = {
    "partnership_edit": (a_partnership, "coach", "aim"),
    "visit": (a_visit, "coach", "hours"),
    "pilot_edit": (a_pilot, "teacher", "tried"),
    "person_edit": (a_person, "school_lead", "subjects"),
    "programme_edit": (a_programme, "school_lead", "purpose"),
    "programme_session": (a_programme_session, "school_lead", "title"),
    "closure_edit": (a_closure, "group_lead", "name"),
    "review_edit": (a_review, "group_lead", "focus"),
    "review_activity_edit": (an_activity, "reviewer", "notes"),
}


def shown_in(form) -> dict[str, object]:
    """What a browser would send back."""
    given = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in given.items() if value is not None}


@pytest.mark.parametrize("route", OPEN)
def test_what_somebody_else_kept_meanwhile_is_not_overwritten_unseen(route, browser_of):
    make, who, field = OPEN[route]
    client = browser_of(who)
    address = reverse(route, args=make())
    page = client.get(address)
    form = page.context["form"]
    assert f'value="{form.held}"' in page.content.decode()
    first, row = shown_in(form), form.instance
    other = "3.5" if field == "hours" else "Somebody else wrote this"
    setattr(row, field, other)
    row.save()
    answer = client.post(address, {**first, field: "2.5" if field == "hours" else "I wrote this"})
    assert MEANWHILE in answer.content.decode()
    row.refresh_from_db()
    assert str(getattr(row, field)) == other
    again = shown_in(answer.context["form"])
    assert client.post(address, again).status_code == 302
    row.refresh_from_db()
    assert str(getattr(row, field)) != other
