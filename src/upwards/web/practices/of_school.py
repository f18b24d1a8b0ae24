"""What a school shares, and what it took up from another, for its own page."""

from __future__ import annotations

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.doing import Doing
from upwards.web.practices.models import Use
from upwards.web.practices.published import published
from upwards.web.practices.readers import sees_users


def shared_by(reader: Reader, school: str) -> list[Doing]:
    """Return the practices that one school shares with the group."""
    return [
        Doing(
            str(one),
            f"since {one.shared:%-d %B %Y}" if one.shared else "",
            reverse("practice_card", args=[one.pk]),
        )
        for one in published(reader).filter(school=school)
    ]


def taken_up_by(reader: Reader, school: str) -> list[Doing]:
    """Return the practices of others that one school uses now, to who may see which schools do."""
    if not sees_users(reader):
        return []
    rows = Use.objects.filter(school=school, ended=None, practice__in=published(reader))
    return [
        Doing(
            str(one.practice),
            f"{one.get_manner_display().lower()}, from {one.practice.place}",
            reverse("practice_card", args=[one.practice_id]),
        )
        for one in rows.select_related("practice__live")
    ]
