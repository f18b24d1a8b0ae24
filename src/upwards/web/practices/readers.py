"""Who reads a practice: the whole group what is published, the school's staff and group leads the rest."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404

from upwards.web.access import Reader, beyond, schools_near
from upwards.web.practices.models import Edition, Practice


def in_circle(reader: Reader, practice: Practice) -> bool:
    """Say whether the reader works in the school that shares: only these see what is not published."""
    return reader.may("change_practice", practice.school) and practice.school not in beyond(reader)


def find(reader: Reader, pk: int) -> Practice:
    """Return a practice that the reader may read; any other is not there (404)."""
    found = Practice.objects.select_related("live", "author").filter(pk=pk).first()
    if found is None or not (found.is_published or in_circle(reader, found)):
        raise Http404
    return found


def find_in_circle(reader: Reader, pk: int) -> Practice:
    found = find(reader, pk)
    if not in_circle(reader, found):
        raise Http404
    return found


def being_written(reader: Reader) -> QuerySet[Edition]:
    """Return what is written, or waits for review, in the reader's schools."""
    own = reader.schools_for("change_practice")
    rows = Edition.objects.filter(number__isnull=True, practice__archived__isnull=True)
    rows = (
        rows.select_related("practice", "written_by").prefetch_related("reviews").order_by("-changed", "-pk")
    )
    return (
        rows.exclude(practice__school__in=beyond(reader))
        if own is None
        else rows.filter(practice__school__in=own)
    )


def archived(reader: Reader) -> QuerySet[Practice]:
    own = reader.schools_for("change_practice")
    rows = Practice.objects.filter(archived__isnull=False, live__isnull=False).select_related("live")
    return rows.exclude(school__in=beyond(reader)) if own is None else rows.filter(school__in=own)


def may_write(reader: Reader, practice: Practice) -> bool:
    """Say whether the reader wrote it, and works there still, or leads the school."""
    is_author = reader.user is not None and practice.author_id == reader.user.pk
    return in_circle(reader, practice) and (is_author or may_publish(reader, practice))


def may_publish(reader: Reader, practice: Practice) -> bool:
    return reader.may("publish_practice", practice.school)


def sees_users(reader: Reader) -> bool:
    """Say whether the reader sees which schools use a practice; others see how many."""
    return reader.may("change_practice")


def schools_to_share(reader: Reader) -> list[tuple[str, str]]:
    """Return schools for which the reader may write, as choices; blank is the whole group."""
    near = [(one, one) for one in schools_near(reader, "change_practice")]
    return [*near, ("", "The whole group")] if reader.schools_for("change_practice") is None else near


def schools_to_use(reader: Reader, practice: Practice) -> list[str]:
    """Return schools for which the reader may say that they use it; who shares it does so anyway."""
    return [one for one in schools_near(reader, "adopt_practice") if one != practice.school]
