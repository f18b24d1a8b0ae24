"""Who signs for which controller, and which agreements somebody may see."""

from __future__ import annotations

from django.db.models import Q

from upwards.web.access import Reader
from upwards.web.controllers.models import Controller, Sharing, SharingQuerySet, Signatory
from upwards.web.roles import GROUP, Role


def signs_for(reader: Reader) -> list[Controller]:
    """Return the controllers for which the reader signs.

    Who keeps the house signs for the workspace's own controller and never for another; of another one,
    those named for it who still lead one of its schools.
    """
    if reader.user is None:
        return []
    if reader.roles & GROUP:
        return list(Controller.objects.filter(is_own=True))
    named = Signatory.objects.filter(user=reader.user, controller__schools__school__in=_led(reader))
    return list(Controller.objects.filter(pk__in=named.values("controller")))


def controllers_of(reader: Reader) -> list[int]:
    """Return the controllers whose schools the reader leads."""
    schools = _led(reader)
    theirs = Controller.objects.filter(schools__school__in=schools)
    found = set(theirs.values_list("pk", flat=True))
    elsewhere = set(theirs.values_list("schools__school", flat=True))
    if schools - elsewhere:
        found |= set(Controller.objects.filter(is_own=True).values_list("pk", flat=True))
    return sorted(found)


def seen_sharings(reader: Reader) -> SharingQuerySet:
    """Return the agreements of the reader's controllers; who keeps the house sees all."""
    rows = Sharing.objects.select_related("giver", "receiver")
    if reader.roles & GROUP:
        return rows
    own = controllers_of(reader)
    return rows.filter(Q(giver__in=own) | Q(receiver__in=own))


def _led(reader: Reader) -> set[str]:
    return {school for role, school in reader.appointments if role == Role.SCHOOL_LEAD}
