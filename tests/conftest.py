"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def project() -> Path:
    return PROJECT


@pytest.fixture(scope="session")
def england() -> Path:
    """England's published files, which live beside the project; without them the test skips visibly."""
    named = os.environ.get("UPWARDS_SHARED_DATA")
    folder = Path(named) if named else PROJECT.parent / "shared" / "data" / "england"
    if not folder.is_dir():
        pytest.skip("England's published files are not here: set UPWARDS_SHARED_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def commands() -> list[str]:
    """Return the names of all commands of `upwards`."""
    import typer.main

    from upwards.cli.app import app

    return sorted(getattr(typer.main.get_command(app), "commands", {}))
