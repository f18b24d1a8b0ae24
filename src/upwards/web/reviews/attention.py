"""The attention that reviews take, in the form that all kinds of initiative share."""

from __future__ import annotations

import datetime

from django.db.models import Q

from upwards.web.attention import Initiative
from upwards.web.reviews.models import Review, State

BEGUN = (State.UNDER_WAY, State.DRAFTED, State.AGREED)


def running(first: datetime.date, last: datetime.date) -> list[Initiative]:
    """Return the reviews that a school hosted on any day from the first to the last, until it agreed.

    Nobody says their hours, and a review states no aim.
    """
    rows = Review.objects.filter(state__in=BEGUN, first_day__lte=last)
    rows = rows.filter(Q(agreed_on=None) | Q(agreed_on__gte=first)).order_by("first_day", "pk")
    return [Initiative(one.school, "review", "Review by peers", None, None) for one in rows]
