"""What a school works on with others, for its own page."""

from __future__ import annotations

from typing import Any

from upwards.web.access import Reader
from upwards.web.partnerships import readers


def of_school(reader: Reader, school: str) -> dict[str, Any]:
    """Return what ``partnerships/of_school.html`` shows: open partnerships of one school, nobody's name.

    Use as ``render(request, "…", {**of_school(reader, school), …})`` and
    ``{% include "partnerships/of_school.html" %}``.
    """
    found = []
    if reader.may("see_partnerships"):
        rows = readers.seen_by(reader).filter(state__in=["proposed", "agreed", "running"])
        found = [one for one in rows if school in one.schools]
    return {
        "school_of_partnerships": school,
        "partnerships_of_school": found,
        "may_propose_partnership": reader.may("change_partnerships", school),
        "sees_partnerships": reader.may("see_partnerships"),
    }
