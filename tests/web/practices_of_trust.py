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
    from upwards.web.practices.lifecycle import marker, publish, send

    made = draft(school, author, **changes)
    send(made)
    publish(made, author, marker(made.draft))
    made.refresh_from_db()
    return made


PDF = b"%PDF-1.7\nA worksheet.\n"


def attach(made: Any, content: bytes = PDF, name: str = "worksheet.pdf"):
    """Add a file to what is being written of a practice."""
    from django.core.files.base import ContentFile

    from upwards.web.practices.models import Attachment

    about = {"name": name, "content_type": "application/pdf", "size": len(content), "sha256": "0" * 64}
    held = Attachment.objects.create(practice=made, file=ContentFile(content, name=name), **about)
    made.draft.attachments.add(held)
    return held


def practice_with_file():
    from upwards.web.practices.lifecycle import marker, publish, send

    made = draft()
    held = attach(made)
    send(made)
    publish(made, None, marker(made.draft))
    made.refresh_from_db()
    return made, held
