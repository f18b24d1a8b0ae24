"""The secrets of an installation: files that only its owner can read, made at the first start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

FOLDER = "secrets"
SIGNING_KEY = "signing.key"
_BYTES = 64


def make_secrets(workspace: Path) -> None:
    """Make what is missing; what is there stays, since all sessions hang on it."""
    folder = workspace / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / SIGNING_KEY
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_BYTES))
        file.flush()
        os.fsync(file.fileno())


def read_secret(workspace: Path, name: str) -> str | None:
    """Return a secret, or None where it was never made."""
    path = workspace / FOLDER / name
    return path.read_text(encoding="utf-8").strip() or None if path.is_file() else None
