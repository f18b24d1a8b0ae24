"""The project as its tests of form see it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def package(project: Path) -> Path:
    return project / "src" / "upwards"


@pytest.fixture(scope="session")
def rooms(package: Path) -> set[str]:
    return {found.parent.name for found in package.glob("*/*.py")}


@pytest.fixture(scope="session")
def kept_files(project: Path) -> list[Path]:
    """Every file that is, or is about to be, part of the project: known to git and not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=project, capture_output=True, check=True, text=True).stdout
    return [project / name for name in listed.split("\0") if name and (project / name).is_file()]
