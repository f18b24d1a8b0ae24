"""Who sees what of a review: those allocated to it, the school, the group, its governors; nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone

from upwards.web.access import WHOLE_GROUP, Reader, beyond
from upwards.web.accounts.models import User
from upwards.web.people.models import Person
from upwards.web.reviews.models import WRITTEN, Allocation, CapitalsAudit, Review, ReviewAction, State
from upwards.web.roles import GROUP, Role
from upwards.web.rules import days


@dataclass(frozen=True, slots=True)
class Part:
    """What a reader is to one review.

    Attributes
    ----------
    plans
        Leads the group: plans it and says who reviews.
    reviews
        Is allocated to it: writes notes, grades and report.
    hosts
        Leads the school: puts forward, comments, agrees.
    governs
        Reads it once it is agreed.
    """

    plans: bool = False
    reviews: bool = False
    hosts: bool = False
    governs: bool = False

    @property
    def sees(self) -> bool:
        return self.plans or self.reviews or self.hosts or self.governs

    def reads_report(self, review: Review) -> bool:
        """Say whether what is written is shown: to visitors always, to others once it is handed over."""
        return self.reviews or (self.sees and review.is_written)

    def follows_up(self, review: Review) -> bool:
        return (self.plans or self.hosts) and review.is_written


def own_schools(user: User) -> frozenset[str]:
    """Return where somebody belongs; a blank is the whole group. A reviewer's role says where one reviews."""
    held = user.appointments.on(timezone.localdate()).exclude(role=Role.REVIEWER)
    works = Person.objects.working().filter(user=user).values_list("school", flat=True)
    return frozenset([*held.values_list("school", flat=True), *works])


def is_of(user: User, school: str) -> bool:
    """Say whether it would be a review of the own school."""
    return bool(own_schools(user) & {school, WHOLE_GROUP})


def part_of(reader: Reader, review: Review) -> Part:
    return parts_of(reader, [review])[0]


def parts_of(reader: Reader, rows: Iterable[Review]) -> list[Part]:
    """Return what the reader is to each of several reviews; of many, fetch the allocations beforehand."""
    if reader.user is None or not reader.may("see_reviews"):
        return [Part() for _ in rows]
    own, hidden = own_schools(reader.user), beyond(reader)
    return [_part(reader, reader.user.pk, own, one, near=one.school not in hidden) for one in rows]


def _part(reader: Reader, user: int, own: frozenset[str], review: Review, *, near: bool) -> Part:
    allocated = reader.may("review") and any(one.user_id == user for one in review.allocations.all())
    if allocated and not own & {review.school, WHOLE_GROUP}:
        return Part(reviews=True)
    governs = near and bool({review.school, WHOLE_GROUP} & _where(reader, Role.GOVERNOR))
    return Part(
        plans=near and bool(reader.roles & GROUP),
        hosts=review.school in _where(reader, Role.SCHOOL_LEAD),
        governs=governs and review.state == State.AGREED,
    )


def seen_by(reader: Reader) -> QuerySet[Review]:
    """Return the reviews of which the reader sees anything."""
    hidden = beyond(reader)
    if reader.roles & GROUP:
        return Review.objects.exclude(school__in=hidden)
    hosts, governs = _where(reader, Role.SCHOOL_LEAD), _where(reader, Role.GOVERNOR)
    governed = Q(state=State.AGREED)
    if WHOLE_GROUP not in governs:
        governed &= Q(school__in=governs)
    seen = Q(school__in=hosts)
    if governs:
        seen |= governed & ~Q(school__in=hidden)
    if reader.user is not None and reader.may("review"):
        mine = Allocation.objects.filter(user=reader.user).values("review")
        own = own_schools(reader.user)
        if WHOLE_GROUP not in own:
            seen |= Q(pk__in=mine) & ~Q(school__in=own)
    return Review.objects.filter(seen)


def find(reader: Reader, pk: int) -> tuple[Review, Part]:
    """Return a review and what the reader is to it; any other is not there (404)."""
    found = Review.objects.filter(pk=pk).first()
    part = part_of(reader, found) if found is not None else Part()
    if found is None or not part.sees:
        raise Http404
    return found, part


def actions_due(reader: Reader) -> list[ReviewAction]:
    """Return the actions that are due soon, or late, in the schools that the reader leads."""
    soon = timezone.localdate() + days("reminders.days_ahead")
    rows = ReviewAction.objects.filter(done=None, due__lte=soon, review__state__in=WRITTEN)
    rows = rows.exclude(review__school__in=beyond(reader)).select_related("review")
    return list(rows if reader.roles & GROUP else rows.filter(review__school__in=hosted_by(reader)))


def hosted_by(reader: Reader) -> frozenset[str]:
    """Return the schools that the reader leads: a review there waits for their word."""
    return _where(reader, Role.SCHOOL_LEAD)


def allocated_to(reader: Reader) -> QuerySet[Review]:
    """Return the reviews that the reader makes; never of the own school."""
    own = own_schools(reader.user) if reader.user is not None else frozenset({WHOLE_GROUP})
    if WHOLE_GROUP in own or not reader.may("review"):
        return Review.objects.none()
    return Review.objects.filter(allocations__user=reader.user).exclude(school__in=own)


def audits_seen_by(reader: Reader) -> QuerySet[CapitalsAudit]:
    """Return the audits of the reader's schools, and those of the whole group."""
    schools = reader.schools_for("see_audits")
    rows = CapitalsAudit.objects.exclude(school__in=beyond(reader))
    return rows if schools is None else rows.filter(school__in=[*schools, WHOLE_GROUP])


def _where(reader: Reader, role: Role) -> frozenset[str]:
    return frozenset(school for held, school in reader.appointments if held == role)
