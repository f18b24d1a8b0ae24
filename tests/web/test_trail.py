"""Every change is written down, by name of field and never by value."""

from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.urls import reverse

from upwards.web.accounts.models import Appointment
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry, What
from upwards.web.trail.record import record

pytestmark = pytest.mark.django_db


def entries() -> list[tuple[str, str, str]]:
    return [(one.what, one.kind, one.detail) for one in AuditEntry.objects.order_by("pk")]


def test_making_changing_and_removing_a_row_are_written_down(appointed):
    appointment = Appointment.objects.create(user=appointed("mary"), role=Role.COACH, school="Alder")
    appointment.school = "Birch"
    appointment.save()
    appointment.save()  # nothing changed: nothing is written
    appointment.delete()
    kind = "accounts.appointment"
    assert entries() == [("created", kind, ""), ("changed", kind, "school"), ("deleted", kind, "")]


def test_a_view_writes_down_that_personal_data_were_read(appointed):
    request = RequestFactory().get("/")
    request.user = appointed("mary")
    record(request, What.READ, request.user)
    record(request, What.EXPORTED, "table of sessions", detail="csv")
    assert entries() == [("read", "accounts.user", ""), ("exported", "table of sessions", "csv")]
    assert AuditEntry.objects.filter(who=request.user).count() == 2


def test_an_entry_is_never_changed(appointed):
    request = RequestFactory().get("/")
    request.user = appointed("mary")
    record(request, What.READ, request.user)
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError, match="never changed"):
        entry.save()


def test_a_sign_in_and_one_that_failed_are_written_down_without_what_was_typed(appointed, client):
    mary = appointed("mary")

    def sign_in(login: str, password: str) -> None:
        client.post(reverse("account_login"), {"login": login, "password": password})

    sign_in("mary@orchard.test", "a wrong secret")
    sign_in("nobody@orchard.test", "another secret")
    sign_in("mary@orchard.test", "correct horse battery")
    found = [
        (one.who, one.what, one.kind, one.object_id, one.detail)
        for one in AuditEntry.objects.filter(kind="sign-in").order_by("pk")
    ]
    failed = (None, "did", "sign-in", str(mary.pk), "failed")
    assert found == [failed, (*failed[:3], "", "failed"), (mary, "did", "sign-in", str(mary.pk), "")]
    assert client.session["_auth_user_id"] == str(mary.pk)
