"""Where no mail server is named, messages are files for whoever runs the server, for a day."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.filebased import EmailBackend
from django.core.mail.message import EmailMessage

# Long enough to hand a link over by another way; a link that nobody fetched is not left lying about.
KEPT_SECONDS = 24 * 3600


class Outbox(EmailBackend):
    """Write messages to files, and remove those of earlier days."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        purge_outbox()
        return super().send_messages(email_messages) or 0


def purge_outbox() -> int:
    """Remove messages older than a day: when serving starts, each day, and before each new message.

    Returns
    -------
    int
        How many were removed.
    """
    folder, removed = Path(settings.EMAIL_FILE_PATH), 0
    if not folder.is_dir():
        return removed
    for path in folder.glob("*.log"):
        if path.lstat().st_mtime < time.time() - KEPT_SECONDS:
            path.unlink(missing_ok=True)
            removed += 1
    return removed
