"""A review of Alder by the cast's reviewer, and an audit of its four capitals."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

SEEN = "Pupils explain how they found an answer"


def review_of_alder(state: str = "planned", *, reviewers: tuple[str, ...] = ("reviewer",), **given: Any):
    from upwards.web.accounts.models import User
    from upwards.web.reviews.models import Allocation, JointActivity, Review

    today = timezone.localdate()
    about = {"school": "Alder", "first_day": today, "last_day": today + datetime.timedelta(days=1)}
    made = Review.objects.create(state=state, **{**about, **given})
    for name in reviewers:
        user = User.objects.get(email=f"{name}@orchard.test")
        Allocation.objects.create(review=made, user=user)
    JointActivity.objects.create(
        review=made, kind="observe", day=today, with_post="Head of mathematics", notes=SEEN
    )
    return made


def written(state: str = "drafted", **given: Any):
    """Make a review with a report and a word for each area."""
    from upwards.web.reviews.models import Area, AreaGrade

    made = review_of_alder(state, report="We saw a calm school.\n\nIt listens.", **given)
    for area in Area:
        AreaGrade.objects.create(review=made, area=area, grade="effective", why="What we saw together")
    return made


def capitals_of(school: str = "Alder", *, closed: bool = False, replies: tuple[int, ...] = (), who: Any = ()):
    """Make an audit; each reply has one number for every statement."""
    from upwards.web.reviews.capitals import CAPITALS, STATEMENTS
    from upwards.web.reviews.models import CapitalsAudit, CapitalsReply

    today = timezone.localdate()
    made = CapitalsAudit.objects.create(school=school, closed=today if closed else None)
    for user, mark in zip(who, replies, strict=True):
        CapitalsReply.objects.create(
            audit=made,
            user=user,
            marks=dict.fromkeys(STATEMENTS, mark),
            evidence={one.key: f"evidence of {one.key}" for one in CAPITALS[:1]},
        )
    return made
