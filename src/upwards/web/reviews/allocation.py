"""Who could review a school: from elsewhere, those first who have done it least."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone

from upwards.web.access import WHOLE_GROUP
from upwards.web.accounts.models import Appointment, User
from upwards.web.reviews.models import Allocation, Review
from upwards.web.reviews.readers import is_of, own_schools
from upwards.web.roles import Role

VISITORS = (Role.SCHOOL_LEAD, Role.COACH)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who could review a school.

    Attributes
    ----------
    user
        Who.
    school
        Where they come from; blank for somebody from outside.
    n_before
        Reviews to which they were allocated so far.
    swaps
        Whether somebody of the school to be reviewed has reviewed theirs.
    """

    user: User
    school: str
    n_before: int
    swaps: bool

    def __str__(self) -> str:
        times = "1 review" if self.n_before == 1 else f"{self.n_before or 'no'} reviews"
        said = f"{self.user}, {self.school or 'from outside'}: {times} so far"
        return f"{said}; would be a direct swap" if self.swaps else said


def candidates(review: Review) -> list[Candidate]:
    """Return who could be allocated, the least used first and direct swaps last."""
    held = Appointment.objects.on(timezone.localdate())
    visiting = held.filter(role__in=VISITORS).exclude(school__in=[review.school, WHOLE_GROUP])
    invited = held.filter(role=Role.REVIEWER, school__in=[review.school, WHOLE_GROUP])
    asked = {*visiting.values_list("user", flat=True), *invited.values_list("user", flat=True)}
    asked -= set(review.allocations.values_list("user", flat=True))
    counted = Counter(Allocation.objects.filter(user__in=asked).values_list("user", flat=True))
    swapped = set(
        Allocation.objects.filter(from_school=review.school).values_list("review__school", flat=True)
    )
    found = [
        _candidate(one, counted[one.pk], swapped)
        for one in User.objects.filter(pk__in=asked, is_active=True)
        if not is_of(one, review.school)
    ]
    return sorted(found, key=lambda one: (one.swaps, one.n_before, str(one.user).casefold()))


def _candidate(user: User, n_before: int, swapped: set[str]) -> Candidate:
    own = own_schools(user)
    return Candidate(user, min(own, default=""), n_before, bool(own & swapped))
