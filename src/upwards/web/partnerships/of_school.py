"""What a school works on with others, for its own page."""

from __future__ import annotations

from typing import Any

from upwards.web.access import Reader
from upwards.web.partnerships import readers
from upwards.web.partnerships.models import OPEN, Partnership


def of_school(reader: Reader, school: str) -> dict[str, Any]:
    """Return the open partnerships of one school that the reader may see; nobody's name is in them.

    ``{% include "partnerships/of_school.html" %}`` asks for it itself, by ``reader`` and ``school``.
    """
    sees = reader.may("see_partnerships")
    here = Partnership.objects.filter(readers.in_schools([school]), state__in=OPEN)
    return {
        "sees": sees,
        "rows": list(readers.seen_by(reader).filter(pk__in=here)) if sees else [],
        "may_propose": reader.may("change_partnerships", school),
    }
