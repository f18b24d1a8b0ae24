"""The reviews of a school, for its own page."""

from __future__ import annotations

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.doing import Doing
from upwards.web.reviews.readers import seen_by


def of_school(reader: Reader, school: str) -> list[Doing]:
    """Return the reviews of one school that the reader may see, never what they say."""
    if not reader.may("see_reviews"):
        return []
    return [
        Doing(
            f"Review from {one.first_day:%-d %B %Y}",
            one.get_state_display().lower(),
            reverse("review", args=[one.pk]),
        )
        for one in seen_by(reader).filter(school=school)
    ]
