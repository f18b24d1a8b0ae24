"""Who may link a row to a sign-in, and what falls away when the row is another person's from now on."""

from __future__ import annotations

from django.utils import timezone

from upwards.web.access import Reader
from upwards.web.directory.seen import is_self
from upwards.web.partnerships.models import OPEN, Answer, Participant
from upwards.web.people.models import Person
from upwards.web.roles import Role


def may_link(reader: Reader, person: Person) -> bool:
    """Say whether the reader may set sign-in and code: once linked an owner alone, and nobody their own."""
    if person.user_id is None:
        return True
    return Role.OWNER in reader.roles and not is_self(reader, person)


def forget_earlier(person: Person) -> None:
    """Withdraw what an earlier sign-in agreed to, and drop what it said of classes."""
    for agreement in person.agreements.filter(withdrawn__isnull=True):
        agreement.withdrawn = timezone.now()
        agreement.save()
    for check in person.class_checks.all():
        check.delete()


def works_within_line(person: Person) -> bool:
    """Say whether an open partnership holds two people whose line goes through this row as it is kept."""
    above, below = _above(person), _below(person)
    own = {person.user_id} - {None}
    return _meet(above, own | below) or _meet(own, below)


def _above(person: Person) -> set[int | None]:
    seen: set[int] = {person.pk}
    found: set[int | None] = set()
    one = person.line_manager
    while one is not None and one.pk not in seen:
        seen.add(one.pk)
        found.add(one.user_id)
        one = one.line_manager
    return found - {None}


def _below(person: Person) -> set[int | None]:
    seen, level = {person.pk}, [person.pk]
    while level:
        managed = Person.objects.filter(line_manager__in=level).exclude(pk__in=seen)
        level = list(managed.values_list("pk", flat=True))
        seen.update(level)
    rows = Person.objects.filter(pk__in=seen - {person.pk}, user__isnull=False)
    return set(rows.values_list("user", flat=True))


def _meet(some: set[int | None], others: set[int | None]) -> bool:
    """Say whether somebody of each set takes part in the same open partnership."""
    places = Participant.objects.filter(partnership__state__in=OPEN).exclude(answer=Answer.DECLINED)
    shared = places.filter(user__in=some).values("partnership")
    return places.filter(user__in=others, partnership__in=shared).exists()
