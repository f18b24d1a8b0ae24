"""The practices that the whole group may read."""

from __future__ import annotations

from django.db.models import QuerySet

from upwards.web.access import Reader
from upwards.web.practices.models import Practice


def published(reader: Reader) -> QuerySet[Practice]:
    """Return what is published now, latest first; what each says is in its ``live`` edition.

    Nobody's name is to be read from an edition: `contacts.who_to_ask` says whom to show.
    """
    if not reader.may("see_practice"):
        return Practice.objects.none()
    return (
        Practice.objects.filter(live__isnull=False, archived__isnull=True)
        .select_related("live")
        .order_by("-live__published", "-pk")
    )
