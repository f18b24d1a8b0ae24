"""Pointing Django at a workspace from a command, without changing anything there."""

from __future__ import annotations

import os
from pathlib import Path

import django

from upwards.actions.describe_workspace import describe_workspace


def point_at(workspace: Path) -> None:
    """Set Django up for a workspace; `django.conf` is read once, so once per process."""
    os.umask(0o077)
    os.environ["UPWARDS_WORKSPACE"] = str(workspace)
    os.environ["DJANGO_SETTINGS_MODULE"] = "upwards.web.settings"
    django.setup()


def workspace_at(folder: Path) -> Path:
    """Return the absolute folder of a workspace, which may be damaged; what is none is refused."""
    found = folder.expanduser().absolute()
    if not (found / "upwards.toml").is_file():
        describe_workspace(found)  # refuses it in its own words
    return found
