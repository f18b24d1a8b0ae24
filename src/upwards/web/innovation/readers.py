"""Who sees how much of a pilot: staff of its school all of it, staff of the group what came of it."""

from __future__ import annotations

from enum import IntEnum

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from upwards.web.access import Reader, beyond
from upwards.web.innovation.models import Observation, Pilot, Reference


class View(IntEnum):
    """How much a reader sees, from little to all."""

    GROUP = 1  # title, state, decision
    GOVERNOR = 2  # and measure, days and hours
    SCHOOL = 3  # and who leads it, and the log


def view_of(reader: Reader, pilot: Pilot) -> View:
    if pilot.school in beyond(reader):
        return View.GROUP
    if reader.may("change_innovation", pilot.school):
        return View.SCHOOL
    return View.GOVERNOR if reader.may("see_innovation", pilot.school) else View.GROUP


def find(reader: Reader, pk: int, at_least: View = View.GROUP, *, lock: bool = False) -> Pilot:
    """Return a pilot of which the reader may see this much; any other is not there (404)."""
    rows = Pilot.objects.select_related("lead", "decided_by")
    found = get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=pk)
    if view_of(reader, found) < at_least:
        raise Http404
    return found


def may_change(reader: Reader, pilot: Pilot) -> bool:
    """Say whether the reader leads the pilot or its school: they begin it and decide on it."""
    if not reader.may("change_innovation", pilot.school):
        return False
    own = reader.user is not None and pilot.lead_id == reader.user.pk
    return own or reader.may("change_people", pilot.school)


def find_to_change(reader: Reader, pk: int, *, lock: bool = False) -> Pilot:
    found = find(reader, pk, View.SCHOOL, lock=lock)
    if not may_change(reader, found):
        raise Http404
    return found


def log_of(reader: Reader, pilot: Pilot) -> QuerySet[Observation]:
    if view_of(reader, pilot) < View.SCHOOL:
        return Observation.objects.none()
    return pilot.observations.select_related("author")


def may_remove(reader: Reader, one: Observation) -> bool:
    own = reader.user is not None and one.author_id == reader.user.pk
    return own or reader.may("change_people", one.pilot.school)


def may_edit(reader: Reader, one: Reference) -> bool:
    """Say whether the reader added it, or leads a school."""
    own = reader.user is not None and one.added_by_id == reader.user.pk
    return reader.may("change_innovation") and (own or reader.may("change_people"))
