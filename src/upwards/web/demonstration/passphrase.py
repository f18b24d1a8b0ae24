"""The passphrase of a demonstration: made anew each time, shown only on the machine that it runs on."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from upwards.web.demonstration.cast import LOGINS, SAID
from upwards.web.secret_files import FOLDER, read_secret
from upwards.web.this_machine import from_this_machine

FILE = "demonstration"
_PARTS = 3


def new_passphrase(workspace: Path) -> str:
    """Make one and keep it among the secrets; that it is there says that this is a demonstration."""
    said = "-".join(secrets.token_hex(2) for _ in range(_PARTS))
    folder = workspace / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(said)
    return said


def demonstration_of(request: HttpRequest) -> dict[str, Any] | None:
    """Return what pages say of a demonstration; None anywhere else.

    How to sign in is told to the machine itself alone, and not through a proxy.
    """
    passphrase = read_secret(settings.UPWARDS_WORKSPACE, FILE)
    if passphrase is None:
        return None
    if not from_this_machine(request):
        return {"said": SAID}
    return {"said": SAID, "logins": LOGINS, "passphrase": passphrase}
