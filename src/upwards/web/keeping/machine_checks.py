"""What can be looked at without the application: this machine, the libraries, the workspace's files."""

from __future__ import annotations

import datetime
import re
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement

from upwards.actions.keep_workspace import check_workspace
from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.web.keeping.findings import Finding, note

OLDEST_PYTHON = (3, 11)
LOCK = Path(__file__).parents[4] / "requirements" / "web.txt"
"""Beside the source, where it was installed from a clone of the project."""
EXTRAS = ("", "web")
FIRST_YEAR = 2026


def python_is_new_enough(folder: Path) -> Iterator[Finding]:
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding(
            "python",
            f"This is Python {sys.version_info.major}.{sys.version_info.minor}.",
            "Parts of upwards do not run on it.",
            "Install Python 3.11 or later and make the environment anew.",
        )


def libraries_are_those_tested(folder: Path) -> Iterator[Finding]:
    """Compare with the lock where the project lies beside; else with what the package asks for."""
    for name, wanted, found in _differing():
        yield Finding(
            "libraries",
            f"{name} is {found or 'not installed'}; {wanted} was tested.",
            "Other versions were never tested together: pages may fail, figures may differ.",
            "Install what the lock says: pip install --require-hashes -r requirements/web.txt",
        )


def _differing() -> Iterator[tuple[str, str, str]]:
    if LOCK.is_file():
        pinned = re.findall(
            r"^([A-Za-z0-9_.-]+)==([^ ;\\\n]+)( ;[^\\\n]+)?", LOCK.read_text(encoding="utf-8"), re.M
        )
        lines = [f"{name}=={held}{marker}" for name, held, marker in pinned]
    else:
        lines = requires("upwards") or []
    for line in lines:
        one = Requirement(line)
        if one.marker is not None and not any(one.marker.evaluate({"extra": extra}) for extra in EXTRAS):
            continue
        found = _installed(one.name)
        if not found or not one.specifier.contains(found, prereleases=True):
            yield one.name, str(one.specifier), found


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def workspace_is_whole(folder: Path) -> Iterator[Finding]:
    try:
        faults = check_workspace(folder)
    except UserError as error:
        yield Finding(
            "workspace", str(error), "Nothing can be answered from it.", "Restore it from a backup."
        )
        return
    for fault in faults:
        yield Finding(
            "workspace",
            f"{fault.where}: {fault.what}",
            "Answers may be wrong, or others may read pupils' records.",
            "Mend what is named; a lost or changed file comes back with: upwards restore",
        )


def secrets_are_private(folder: Path) -> Iterator[Finding]:
    held = [folder / "upwards.db", folder / "secret.key", *sorted((folder / "secrets").glob("*"))]
    for path in held:
        if path.is_file() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(
                "modes",
                f"{path.relative_to(folder)} can be read by others on this machine.",
                "Who reads it can forge sign-ins, or tie pupils to their pseudonyms.",
                f"chmod 600 {path.relative_to(folder)}",
            )


def disk_has_room(folder: Path) -> Iterator[Finding]:
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    if share < _setting(folder, "doctor.free_disk"):
        yield Finding(
            "disk",
            f"{100 * share:.0f} percent of the disk is free.",
            "When it is full, imports stop and nothing can be entered.",
            "Make room: remove what is not needed, move older backups, or take a larger disk.",
        )


def _setting(folder: Path, name: str) -> float:
    try:
        return Settings.load(folder / "upwards.toml").number(name)
    except UserError:  # said by the check of the workspace
        return Settings.load().number(name)


def clock_is_set(folder: Path) -> Iterator[Finding]:
    now = datetime.datetime.now(datetime.UTC)
    newest = max(path.stat().st_mtime for path in folder.iterdir())
    if now.year < FIRST_YEAR or newest > now.timestamp() + 300:
        yield Finding(
            "clock",
            f"The clock says {now:%d %B %Y %H:%M} UTC, which lies before the newest file of the workspace.",
            "Sign-ins, reminders, agreements and the audit trail go by the clock.",
            "Let the machine set its clock from the network: timedatectl set-ntp true",
        )


def nothing_is_left_over(folder: Path) -> Iterator[Finding]:
    """Files that only a killed restore leaves behind."""
    for path in sorted(folder.parent.glob(f".restoring-*-{folder.name}")):
        yield note(
            "left over",
            f"{path.name} lies beside the workspace.",
            "A restore was killed; what it left holds people's records.",
            f"Remove it: rm -r {path.name}",
        )


MACHINE_CHECKS = (
    python_is_new_enough,
    libraries_are_those_tested,
    workspace_is_whole,
    secrets_are_private,
    disk_has_room,
    clock_is_set,
    nothing_is_left_over,
)
