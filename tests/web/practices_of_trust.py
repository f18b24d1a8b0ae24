"""A practice of Alder's mathematics, published, and what can be made beside it."""

from __future__ import annotations

from typing import Any

CARD = {
    "title": "Questions at the door",
    "need": "Pupils forget what they learned a week ago",
    "for_whom": "Year 6, mathematics",
    "done": "Each pupil answers one question about last week before sitting down.",
    "ingredients": "Retrieval\nNo marks",
    "hours": 6.0,
    "money": 0.0,
    "standing": "seen",
    "evidence": "Three teachers saw fewer forgotten methods.",
    "knowledge": "best practice",
    "origin": "internal",
    "area": "Memory",
    "subject": "mathematics",
    "stage": "year 6",
    "ask_department": "Mathematics, Alder",
}


def draft(school: str = "Alder", author: Any = None, **changes: Any):
    """Make a practice that is still being written."""
    from upwards.web.practices.models import Edition, Practice

    made = Practice.objects.create(school=school, author=author)
    Edition.objects.create(practice=made, written_by=author, **{**CARD, **changes})
    return made


def practice(school: str = "Alder", author: Any = None, **changes: Any):
    """Make a practice that the whole group can read."""
    from upwards.web.practices.lifecycle import publish

    made = draft(school, author, **changes)
    publish(made, author)
    made.refresh_from_db()
    return made
