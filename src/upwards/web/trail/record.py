"""The one line that a view writes when it shows or gives out personal data."""

from __future__ import annotations

from django.db import models
from django.http import HttpRequest

from upwards.web.trail.models import What, write_entry


def record(
    request: HttpRequest, what: What, thing: models.Model | str, object_id: object = "", *, detail: str = ""
) -> None:
    """Write down that the reader of `request` did `what` with a row, or with a kind of thing named in words.

    Never put a person's name or a score into `detail`.
    """
    who = request.user.pk if request.user.is_authenticated else None
    if isinstance(thing, models.Model):
        write_entry(what, thing._meta.label_lower, thing.pk, detail=detail, who=who)
    else:
        write_entry(what, thing, object_id, detail=detail, who=who)
