"""The programmes in which a school takes part, for its own page."""

from __future__ import annotations

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.doing import Doing
from upwards.web.programmes.models import OPEN, ProgrammeSchool
from upwards.web.programmes.readers import seen_by


def of_school(reader: Reader, school: str) -> list[Doing]:
    """Return the open programmes of one school that the reader may see."""
    if not reader.may("attend_programmes"):
        return []
    here = ProgrammeSchool.objects.filter(school=school).values("programme")
    return [
        Doing(
            one.title,
            f"{one.get_state_display().lower()}, until {one.ends:%-d %B %Y}",
            reverse("programme", args=[one.pk]),
        )
        for one in seen_by(reader).filter(pk__in=here, state__in=OPEN)
    ]
