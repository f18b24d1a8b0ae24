"""What is kept in the project: no machine's paths, no registry, and locks that can be trusted."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

LOCKS = ("uv", "base", "demo", "duckdb", "web", "dev", "bench")
# Put together here so that this file does not find itself.
REGISTRIES = ["pypi" + ".org", "python" + "hosted.org", "registry" + ".npmjs", "deb.debian" + ".org"]
INDEXES = ["index" + "-url", "find" + "-links", r'"resolved": *"' + "http", "registry *= *" + '"http']
PATHS = [
    "/" + r"work/(main|shared)\b",
    "/" + r"root/",
    "/" + r"home/\w+/",
    "/" + r"Users/\w+/",
    r"[A-Z]:\\" + "Users",
]
UNWANTED = re.compile("|".join([*map(re.escape, REGISTRIES), *INDEXES, *PATHS]))


def test_no_registry_and_no_path_of_a_machine_is_named(kept_files, project):
    found = []
    for path in kept_files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:  # a picture, a workbook, a test file in another encoding
            continue
        where = path.relative_to(project)
        found += [f"{where}:{n}: {line[:80]}" for n, line in enumerate(lines, 1) if UNWANTED.search(line)]
    assert not found


def pins(project: Path, lock: str) -> dict[str, list[str]]:
    """Requirement line (name, version, marker) to its hashes."""
    found: dict[str, list[str]] = {}
    last = ""
    for line in (project / "requirements" / f"{lock}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("    --hash="):
            found[last].append(line.split("=", 1)[1].rstrip(" \\"))
        elif line and not line.lstrip().startswith("#"):
            last = line.rstrip(" \\")
            found[last] = []
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(project, lock):
    locked = pins(project, lock)
    assert locked
    for requirement, hashes in locked.items():
        assert re.match(r"[a-z0-9][a-z0-9._-]*==[^ ]+( ; .+)?$", requirement), requirement
        assert hashes, requirement
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", one) for one in hashes), requirement


@pytest.mark.parametrize("lock", ["base", "demo", "duckdb", "web"])
def test_what_users_get_is_what_was_tested(project, lock):
    assert pins(project, lock).items() <= pins(project, "dev").items()


@pytest.mark.parametrize(
    ("lock", "extras"), [("base", []), ("demo", ["demo"]), ("duckdb", ["duckdb"]), ("web", ["web"])]
)
def test_a_lock_holds_what_the_project_asks_for(project, lock, extras):
    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *asked["dependencies"],
        *(one for extra in extras for one in asked["optional-dependencies"][extra]),
    ]
    locked = {requirement.split("==")[0] for requirement in pins(project, lock)}
    assert {re.split(r"[<>=~! \[]", one)[0] for one in wanted} <= locked


def test_every_extra_has_its_lock(project):
    asked = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(asked["optional-dependencies"]) <= set(LOCKS)


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench", "evidence", "docs", "lock"])
def test_make_knows_its_targets(project, target):
    planned = subprocess.run(
        ["make", "--dry-run", target], cwd=project, capture_output=True, text=True, check=False
    )
    assert planned.returncode == 0, planned.stderr


def test_the_wheel_says_that_it_has_types(package):
    assert (package / "py.typed").exists()


@pytest.mark.parametrize(
    ("unable", "advice"),
    [
        ("ensurepip", "On Debian: apt-get install python3-venv"),
        ("version_info", "upwards needs Python 3.11 or later"),
    ],
)
def test_a_python_that_cannot_be_used_is_told_in_one_line(project, tmp_path, unable, advice):
    python = tmp_path / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{unable}*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    command = ["make", "--silent", "python-ready", f"PYTHON={python}"]
    told = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert told.stdout.count("\n") == 1
    assert advice in told.stdout


def test_without_python_the_packages_are_named(project, tmp_path):
    command = ["make", "--silent", "python-ready", f"PYTHON={tmp_path / 'python3'}"]
    told = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert told.returncode != 0
    assert "apt-get install python3 python3-venv" in told.stdout
