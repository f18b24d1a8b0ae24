"""What becomes of a practice: written, sent, published, archived, and any edition brought back."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Field, Max
from django.utils import timezone

from upwards.core.errors import UserError
from upwards.web.accounts.models import User
from upwards.web.practices.models import CONTENT, Attachment, Edition, Practice

NEEDED = ("title", "need", "for_whom", "done", "ingredients", "standing", "knowledge", "origin")


def missing(edition: Edition) -> list[str]:
    """Return the labels of what a card needs before others are asked to read it."""
    needed = NEEDED if edition.practice.live_id is None else (*NEEDED, "note")
    return [label_of(name).lower() for name in needed if not getattr(edition, name)]


def label_of(name: str) -> str:
    field = Edition._meta.get_field(name)
    assert isinstance(field, Field)
    return str(field.verbose_name).capitalize()


def locked(practice: Practice) -> Practice:
    """Return the practice for whoever changes it: others wait until the transaction ends."""
    row = Practice.objects.select_for_update().filter(pk=practice.pk).first()
    if row is None:
        raise UserError("Somebody removed this practice while you had it open.")
    return row


def marker(edition: Edition | None) -> str:
    """Return what tells a later state of the same words from an earlier one."""
    return edition.changed.isoformat() if edition is not None and edition.number is None else ""


def content_of(edition: Edition) -> dict[str, Any]:
    return {name: getattr(edition, name) for name in CONTENT}


def keep_draft(practice: Practice, written: Edition, seen: str, user: User | None) -> bool:
    """Keep what somebody wrote, unless another wrote meanwhile; a new draft has the files of its card."""
    with transaction.atomic():
        row = locked(practice)
        if marker(row.draft) != seen:
            return False
        is_new = written.pk is None
        if is_new:
            written.practice, written.written_by = row, user
        written.save()
        if is_new and row.live is not None:
            written.attachments.set(row.live.attachments.all())
    return True


def send(practice: Practice) -> None:
    """Ask the colleagues of the school to read it, and its leads to publish it."""
    with transaction.atomic():
        draft = _written(locked(practice))
        if lacking := missing(draft):
            raise UserError(f"Before others can read it, the card still needs: {', '.join(lacking)}.")
        draft.sent = timezone.now()
        draft.save()


def take_back(practice: Practice) -> None:
    with transaction.atomic():
        draft = _written(locked(practice))
        draft.sent = None
        draft.save()


def publish(practice: Practice, user: User | None, seen: str) -> Edition:
    """Make what is being written, as it was when it was looked at, the edition that everybody reads."""
    with transaction.atomic():
        row = locked(practice)
        draft = _written(row)
        if marker(draft) != seen:
            raise UserError("Somebody changed the words since you opened the page. Read them again first.")
        if draft.sent is None or missing(draft):
            raise UserError("It has to be complete and sent for review before it is published.")
        _number(row, draft, user)
    return draft


def _written(row: Practice) -> Edition:
    draft = row.draft
    if draft is None:
        raise UserError("Nothing is being written here. Open the card again to see what became of it.")
    return draft


def _number(row: Practice, edition: Edition, user: User | None) -> None:
    last = row.editions.aggregate(last=Max("number"))["last"] or 0
    edition.number, edition.published, edition.published_by = last + 1, timezone.now(), user
    edition.save()
    row.live, row.archived = edition, None
    row.shared = row.shared or timezone.localdate()
    row.save()


def restore(practice: Practice, number: int, user: User | None) -> Edition:
    """Publish what an earlier edition said, as a new edition; what is being written stays."""
    with transaction.atomic():
        row = locked(practice)
        source = row.editions.get(number=number)
        note = f"As edition {number} again"
        made = Edition(practice=row, written_by=user, note=note, **content_of(source))
        _number(row, made, user)
        made.attachments.set(source.attachments.all())
    return made


def archive(practice: Practice) -> None:
    with transaction.atomic():
        row = locked(practice)
        row.archived = timezone.localdate()
        row.save()


def bring_back(practice: Practice) -> None:
    with transaction.atomic():
        row = locked(practice)
        row.archived = None
        row.save()


def discard(practice: Practice) -> bool:
    """Remove what is being written; return whether the practice went with it, as nothing was published."""
    with transaction.atomic():
        row = locked(practice)
        draft = row.draft
        if draft is not None:
            held = list(draft.attachments.all())
            draft.delete()
            for one in held:
                drop_unused(one)
        if row.live_id is None:
            row.delete()
            return True
    return False


def remove(practice: Practice) -> None:
    """Remove an archived practice for good, with its editions, its files and who used it."""
    with transaction.atomic():
        row = locked(practice)
        if row.archived is None:
            raise UserError("Only what is archived can be removed for good. Archive it first.")
        held = list(row.attachments.all())
        for edition in row.editions.all():
            edition.delete()
        for one in held:
            drop_unused(one)
        row.delete()


def drop_unused(attachment: Attachment) -> None:
    """Remove a file that no edition has any more, once the transaction holds."""
    if attachment.editions.exists():
        return
    stored, storage = attachment.file.name, attachment.file.storage
    attachment.delete()
    if stored:
        transaction.on_commit(partial(storage.delete, stored))
