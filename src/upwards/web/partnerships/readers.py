"""Who sees what of a partnership: those in it, those who lead its schools, colleagues; and nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from django.db.models import Q, QuerySet
from django.http import Http404

from upwards.web.access import Reader
from upwards.web.accounts.models import User
from upwards.web.partnerships.models import (
    Answer,
    Note,
    Participant,
    Partnership,
    Side,
    State,
)
from upwards.web.people.models import Person


class View(IntEnum):
    """How much a reader sees, from little to all but the notes of others."""

    NOTHING = 0
    COLLEAGUE = 1  # what will be worked on
    LEAD = 2  # hours, dates and kind too
    PART = 3  # and what is written for those who take part


def seen_by(reader: Reader) -> QuerySet[Partnership]:
    """Return the partnerships that `view_of` opens: of the reader's schools, and with the reader in them.

    What was stopped is there for those who lead one of its schools, and for those who took part.
    """
    rows = Partnership.objects.prefetch_related("recipients", "sessions")
    own, led = reader.schools_for("see_partnerships"), led_schools(reader)
    if led is None:
        return rows
    near = ~Q(state=State.STOPPED)
    if own is not None:
        near &= Q(pk__in=_of_schools(own))
    return rows.filter(near | Q(pk__in=_of_schools(led)) | Q(pk__in=_parts(reader)))


def mine(reader: Reader) -> QuerySet[Partnership]:
    rows = Partnership.objects.filter(pk__in=_parts(reader))
    return rows.prefetch_related("recipients", "sessions", "participants", "follow_ups")


def in_schools(schools: Iterable[str]) -> Q:
    named = list(schools)
    return Q(provider_school__in=named) | Q(recipients__school__in=named)


def _of_schools(schools: Iterable[str]) -> QuerySet[Partnership, int]:
    return Partnership.objects.filter(in_schools(schools)).order_by().values_list("pk", flat=True)


def led_schools(reader: Reader) -> frozenset[str] | None:
    """Return the schools that the reader leads; None for all."""
    return reader.schools_for("change_people")


def leads_any(reader: Reader, schools: Iterable[str]) -> bool:
    led = led_schools(reader)
    return led is None or bool(led & set(schools))


def view_of(reader: Reader, partnership: Partnership) -> View:
    if part_of(reader, partnership) is not None:
        return View.PART
    if leads_any(reader, partnership.schools):
        return View.LEAD
    own = reader.schools_for("see_partnerships")
    is_near = own is None or bool(own & set(partnership.schools))
    return View.COLLEAGUE if is_near and partnership.state != State.STOPPED else View.NOTHING


def find(reader: Reader, pk: int, at_least: View = View.COLLEAGUE, *, lock: bool = False) -> Partnership:
    """Return a partnership that the reader may see this much of; any other is not there (404).

    With a lock, others who change it wait until the caller's transaction is over.
    """
    rows = Partnership.objects.prefetch_related("recipients", "participants__user", "sessions", "follow_ups")
    found = (rows.select_for_update() if lock else rows).filter(pk=pk).first()
    if found is None or view_of(reader, found) < at_least:
        raise Http404
    return found


def part_of(reader: Reader, partnership: Partnership) -> Participant | None:
    """Return the reader's own place in it; none for who declined."""
    if reader.user is None:
        return None
    places = partnership.participants.all()
    return next((one for one in places if one.user_id == reader.user.pk and _takes_part(one)), None)


def may_log(reader: Reader, partnership: Partnership) -> bool:
    """Say whether the reader has agreed to take part: only they log visits and write notes."""
    own = part_of(reader, partnership)
    return own is not None and own.answer == Answer.AGREED and partnership.is_under_way


def may_change(reader: Reader, partnership: Partnership) -> bool:
    """Say whether the reader leads one of the schools, or proposed it, or is its provider."""
    if not reader.may("change_partnerships"):
        return False
    if leads_any(reader, partnership.schools):
        return True
    own = part_of(reader, partnership)
    return own is not None and own.answer == Answer.AGREED and own.side == Side.PROVIDER


def may_answer(reader: Reader, partnership: Partnership) -> bool:
    """Say whether the reader may tell if the practice lives on."""
    own = part_of(reader, partnership)
    return (own is not None and own.answer == Answer.AGREED) or leads_any(
        reader, partnership.recipient_schools
    )


def notes_for(reader: Reader, partnership: Partnership) -> QuerySet[Note]:
    """Return what was written for the reader, and never anything else: no role opens it.

    Who has become the line manager of somebody who takes part, wrote or reads, reads nothing any more.
    """
    if reader.user is None or not may_read_notes(reader, partnership):
        return Note.objects.none()
    notes = partnership.notes.all()
    private = Q(pk__in=notes.values("author")) | Q(pk__in=notes.values("readers"))
    if manages_any(reader.user, {*partnership.agreed_users(), *User.objects.filter(private)}):
        return Note.objects.none()
    return notes.filter(readers=reader.user).exclude(text="").select_related("author", "session")


def may_read_notes(reader: Reader, partnership: Partnership) -> bool:
    own = part_of(reader, partnership)
    return own is not None and own.answer == Answer.AGREED


def note_readers(partnership: Partnership) -> list[User]:
    """Return for whom something written today is: those who agreed, without anyone who manages another."""
    taking_part = partnership.agreed_users()
    return [one for one in taking_part if not manages_any(one, taking_part)]


def manages(manager: User, managed: User) -> bool:
    """Say whether one is in the line above the other, directly or further up; see `Person.line_manager`."""
    one, seen = Person.objects.filter(user=managed).first(), set[int]()
    while one is not None and one.line_manager is not None and one.pk not in seen:
        seen.add(one.pk)
        one = one.line_manager
        if one.user_id == manager.pk:
            return True
    return False


def manages_any(manager: User, others: Iterable[User]) -> bool:
    return any(one.pk != manager.pk and manages(manager, one) for one in others)


def line_clash(partnership: Partnership, user: User, side: str) -> bool:
    """Say whether somebody's joining would put a line manager over those who receive."""
    for one in partnership.participants.all():
        if one.user_id == user.pk or not _takes_part(one):
            continue
        receives, other_receives = side == Side.RECIPIENT, one.side == Side.RECIPIENT
        if other_receives and manages(user, one.user):
            return True
        if receives and manages(one.user, user):
            return True
    return False


def schools_of_staff(reader: Reader) -> frozenset[str] | None:
    """Return the schools in which the reader works; None for the whole group."""
    return reader.schools_for("see_partnerships")


def fresh(partnership: Partnership) -> Partnership:
    """Return it as the database has it now."""
    return Partnership.objects.prefetch_related("recipients", "participants__user").get(pk=partnership.pk)


def _parts(reader: Reader) -> QuerySet[Participant, int]:
    user = reader.user.pk if reader.user is not None else None
    held = Participant.objects.filter(user=user).exclude(answer=Answer.DECLINED)
    return held.values_list("partnership", flat=True)


def _takes_part(place: Participant) -> bool:
    return place.answer != Answer.DECLINED
