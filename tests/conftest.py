"""What every test may ask for."""

from __future__ import annotations

import json
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
def england_workspace(england: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace that holds all of England's published files; only to be read. Made once for all workers."""
    from filelock import FileLock

    from upwards.actions.import_release import import_release
    from upwards.store.workspace import Workspace

    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, report = shared / "england", shared / "england.json"
    with FileLock(shared / "england.lock"):
        if not report.exists():
            Workspace.create(folder)
            said = import_release([england], workspace=folder).to_dict()
            report.write_text(json.dumps(said))
    return folder


@pytest.fixture(scope="session")
def commands() -> list[str]:
    """Return the names of all commands of `upwards`."""
    import typer.main

    from upwards.cli.app import app

    return sorted(getattr(typer.main.get_command(app), "commands", {}))
