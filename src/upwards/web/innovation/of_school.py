"""What a school tries out, for its own page."""

from __future__ import annotations

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.doing import Doing
from upwards.web.innovation.models import Pilot, State


def of_school(reader: Reader, school: str) -> list[Doing]:
    """Return the running pilots of one school; the whole group sees their titles."""
    if not reader.may("see_innovation"):
        return []
    return [
        Doing(one.title, f"until {one.ends:%-d %B %Y}", reverse("pilot", args=[one.pk]))
        for one in Pilot.objects.filter(school=school, state=State.RUNNING)
    ]
