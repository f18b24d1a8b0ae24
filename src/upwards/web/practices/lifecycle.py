"""What becomes of a practice: written, sent, published, archived, and any edition brought back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from upwards.core.errors import UserError
from upwards.web.accounts.models import User
from upwards.web.practices.models import CONTENT, Attachment, Edition, Practice

NEEDED = ("title", "need", "for_whom", "done", "ingredients", "standing", "knowledge", "origin")


def missing(edition: Edition) -> list[str]:
    """Return the labels of what a card needs before others are asked to read it."""
    fields = (Edition._meta.get_field(name) for name in NEEDED if not getattr(edition, name))
    return [str(field.verbose_name).lower() for field in fields]


def locked(practice: Practice) -> Practice:
    """Return the practice for whoever changes it: others wait until the transaction ends."""
    return Practice.objects.select_for_update().get(pk=practice.pk)


def begin_draft(practice: Practice, user: User | None) -> Edition:
    """Return what is being written; begun from the published edition, with its files."""
    draft = practice.draft
    if draft is not None:
        return draft
    assert practice.live is not None
    return _copy(practice.live, user)


def _copy(source: Edition, user: User | None) -> Edition:
    content = {name: getattr(source, name) for name in CONTENT}
    made = Edition.objects.create(practice=source.practice, written_by=user, **content)
    made.attachments.set(source.attachments.all())
    return made


def publish(practice: Practice, user: User | None) -> Edition:
    """Make what is being written the edition that everybody reads."""
    with transaction.atomic():
        row = locked(practice)
        draft = row.draft
        if draft is None:
            raise UserError("Nothing is being written here. Open the card again to see what became of it.")
        if lacking := missing(draft):
            raise UserError(f"Before others can use it, the card still needs: {', '.join(lacking)}.")
        _number(row, draft, user)
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
        waiting = row.draft
        content = {name: getattr(source, name) for name in CONTENT}
        made = Edition(practice=row, written_by=user, note=f"As edition {number} again", **content)
        _number(row, made, user)
        made.attachments.set(source.attachments.all())
        assert waiting is None or waiting.number is None
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


def drop_unused(attachment: Attachment) -> None:
    """Remove a file that no edition has any more, once the transaction holds."""
    if attachment.editions.exists():
        return
    stored, storage = attachment.file.name, attachment.file.storage
    attachment.delete()
    transaction.on_commit(lambda: storage.delete(stored))
