"""Whom a reader sees, and how much: leads their schools, everybody themselves, colleagues a little."""

from __future__ import annotations

from django.db.models import Q
from django.http import Http404

from upwards.web.access import Reader
from upwards.web.people.models import OFFERS, Person, PersonQuerySet, Wish


def seen_people(reader: Reader) -> PersonQuerySet:
    """Return the people whom a reader may find: own schools, and who offers something to the whole group."""
    here = Person.objects.filter(erased__isnull=True)
    own = reader.schools_for("see_colleagues")
    if own is None:
        return here
    offering = Wish.objects.filter(accepted__isnull=False, ended__isnull=True, direction__in=OFFERS)
    found = Q(school__in=own) | Q(pk__in=offering.values("person"))
    if reader.user is not None:
        found |= Q(user=reader.user)
    return here.filter(found)


def find_person(reader: Reader, pk: int) -> Person:
    """Return somebody whom the reader may find; a stranger to the reader does not exist for them."""
    found = seen_people(reader).select_related("user", "line_manager").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_self(reader: Reader, person: Person) -> bool:
    return reader.user is not None and person.user_id == reader.user.pk


def leads(reader: Reader, person: Person) -> bool:
    """Say whether the reader leads this person's school, and so sees and changes the whole row."""
    return reader.may("change_people", person.school)


def seen_wishes(reader: Reader, person: Person) -> list[Wish]:
    """Return open wishes: colleagues see what is offered, leads and the person also what is asked for."""
    everything = [wish for wish in person.wishes.all() if wish.is_open]
    if leads(reader, person) or is_self(reader, person):
        return everything
    return [wish for wish in everything if wish.is_offer]


def own_row(reader: Reader) -> Person | None:
    """Return the reader's own row, if a lead has linked one to their sign-in."""
    return None if reader.user is None else Person.objects.filter(user=reader.user).first()
