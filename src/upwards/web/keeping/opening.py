"""Pointing Django at a workspace from a command, without changing anything there."""

from __future__ import annotations

import os
from pathlib import Path

import django


def point_at(workspace: Path) -> None:
    """Set Django up for a workspace; `django.conf` is read once, so once per process."""
    os.umask(0o077)
    os.environ["UPWARDS_WORKSPACE"] = str(workspace)
    os.environ["DJANGO_SETTINGS_MODULE"] = "upwards.web.settings"
    django.setup()
