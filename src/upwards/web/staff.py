"""Who works where today, as every app that offers colleagues asks it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from upwards.web.accounts.models import Appointment, User
from upwards.web.roles import STAFF


def staff_of(schools: Iterable[str] | None) -> QuerySet[User]:
    """Return who works in some schools (None: anywhere) today."""
    held = Appointment.objects.on(timezone.localdate()).filter(role__in=STAFF)
    if schools is not None:
        held = held.filter(school__in=[*schools, ""])
    return User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("name", "email")
