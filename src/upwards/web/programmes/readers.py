"""Who sees what of a programme: its schools what it is, leads their own people, facilitators the register."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from upwards.web.access import Reader
from upwards.web.programmes.models import Participant, Programme, Session
from upwards.web.roles import GROUP


def seen_by(reader: Reader) -> QuerySet[Programme]:
    """Return the programmes of the reader's schools, and those in which the reader takes part."""
    rows = Programme.objects.prefetch_related("schools")
    own = reader.schools_for("see_programmes")
    if own is None:
        return rows
    user = reader.user.pk if reader.user is not None else None
    mine = Programme.objects.filter(
        Q(schools__school__in=own) | Q(participants__user=user) | Q(sessions__facilitator=user)
    )
    return rows.filter(pk__in=mine.values("pk"))


def find(reader: Reader, pk: int, *, lock: bool = False) -> Programme:
    """Return a programme that the reader sees; any other is not there (404)."""
    rows = seen_by(reader)
    return get_object_or_404(rows.select_for_update() if lock else rows, pk=pk)


def led(reader: Reader) -> frozenset[str] | None:
    return reader.schools_for("change_programmes")


def may_change(reader: Reader, programme: Programme) -> bool:
    """Say whether the reader leads all its schools: nobody decides for another's."""
    own = led(reader)
    return own is None or (bool(own) and set(programme.school_names) <= own)


def find_to_change(reader: Reader, pk: int, *, lock: bool = False) -> Programme:
    found = find(reader, pk, lock=lock)
    if not may_change(reader, found):
        raise Http404
    return found


def led_in(reader: Reader, programme: Programme) -> list[str]:
    """Return its schools that the reader leads: those whose people the reader names for it."""
    own = led(reader)
    return [one for one in programme.school_names if own is None or one in own]


def facilitators_from(reader: Reader, programme: Programme) -> list[str] | None:
    """Return the schools whose staff the reader is shown to choose a facilitator from; None for all."""
    return None if reader.roles & GROUP else programme.school_names


def sees_costs(reader: Reader, programme: Programme) -> bool:
    return any(reader.may("see_programmes", one) for one in programme.school_names)


def people_of(reader: Reader, programme: Programme) -> QuerySet[Participant]:
    """Return those of its participants whom the reader may see by name."""
    rows = programme.participants.select_related("user")
    return rows.filter(school__in=led_in(reader, programme))


def own_place(reader: Reader, programme: Programme) -> Participant | None:
    return None if reader.user is None else programme.participants.filter(user=reader.user).first()


def facilitates(reader: Reader, session: Session) -> bool:
    return reader.user is not None and session.facilitator_id == reader.user.pk


def register_of(reader: Reader, session: Session) -> list[Participant]:
    """Return whom the reader may mark at a session: all as its facilitator, as a lead the own schools'."""
    rows = session.programme.participants.select_related("user")
    if not facilitates(reader, session):
        rows = people_of(reader, session.programme)
    return [one for one in rows if one.is_in(session.date)]


def may_mark(reader: Reader, session: Session) -> bool:
    return facilitates(reader, session) or bool(led_in(reader, session.programme))


def find_session(reader: Reader, pk: int) -> Session:
    found = get_object_or_404(Session.objects.select_related("programme", "facilitator"), pk=pk)
    find(reader, found.programme_id)
    return found
