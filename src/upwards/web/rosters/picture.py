"""A teacher's own picture: which classes name them, how much is known, and what they said of it."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from django.conf import settings

from upwards.actions.describe_classes import describe_classes
from upwards.actions.describe_workspace import workspace_state
from upwards.web.people.models import ClassCheck, Person
from upwards.web.rules import rules
from upwards.web.term_dates.calendars import read_calendars

_LOCK = Lock()
_KEPT: dict[tuple[str, str], Mapping[str, Any]] = {}

COUNTS = ("n", "n_class", "n_named")
Key = tuple[str, str, int, str]
"""School, subject, year, class."""


@dataclass(frozen=True, slots=True)
class OwnClass:
    """One class, and what was said of it."""

    row: Mapping[str, Any]
    check: ClassCheck | None

    @property
    def name(self) -> str:
        return self.row["name"] or ""

    @property
    def key(self) -> Key:
        return self.row["school"], self.row["subject"], self.row["year"], self.name

    @property
    def prefix(self) -> str:
        """A name for the form's fields; the form itself says nothing that is trusted."""
        return "c" + hashlib.sha256(repr(self.key).encode()).hexdigest()[:12]

    @property
    def title(self) -> str:
        year = self.row["year"]
        return f"{self.name or 'Class not named'}, {self.row['subject']}, {year - 1}/{year % 100:02d}"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the results say of one teacher; shown to that teacher alone."""

    classes: tuple[OwnClass, ...]
    added: tuple[ClassCheck, ...]
    imported: datetime.date | None
    days_allowed: int
    days_gone: int

    @property
    def n_results(self) -> int:
        return sum(one.row["n"] for one in self.classes)

    @property
    def years(self) -> list[int]:
        return sorted({one.row["year"] for one in self.classes}, reverse=True)

    @property
    def waiting(self) -> list[OwnClass]:
        return [one for one in self.classes if one.check is None]

    @property
    def is_late(self) -> bool:
        """Say whether classes count as unconfirmed."""
        return bool(self.waiting) and self.days_gone > self.days_allowed

    @property
    def days_left(self) -> int:
        return max(0, self.days_allowed - self.days_gone)

    @property
    def percent_named(self) -> int | None:
        """Of the results of these classes, how many in a hundred name any teacher."""
        n = sum(one.row["n_class"] for one in self.classes)
        return round(100 * sum(one.row["n_named"] for one in self.classes) / n) if n else None


def picture_of(person: Person, today: datetime.date) -> Picture:
    """Ask for the classes of one teacher, and put beside them what the teacher said."""
    found = _described(person.staff_code)
    checks = {(one.school, one.subject, one.year, one.class_name): one for one in person.class_checks.all()}
    rows = [row for row in found["classes"] if not person.school or row["school"] == person.school]
    classes = tuple(OwnClass(row, checks.get(OwnClass(row, None).key)) for row in _stages_together(rows))
    known = {one.key for one in classes}
    imported = datetime.date.fromisoformat(found["imported"]) if found["imported"] else None
    start = max(filter(None, (imported, person.joined)), default=today)
    return Picture(
        classes=classes,
        added=tuple(one for key, one in checks.items() if key not in known),
        imported=imported,
        days_allowed=rules().count("roster.confirmation_days"),
        days_gone=read_calendars().of([person.school]).after(start, today),
    )


def _stages_together(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Make the stages of a class one row: school, subject, year and name alone tell classes apart."""
    found: dict[Key, Mapping[str, Any]] = {}
    for row in rows:
        key = OwnClass(row, None).key
        first = found.get(key)
        counts = {} if first is None else {name: first[name] + row[name] for name in COUNTS}
        found[key] = {**(first or row), **counts}
    return found.values()


def _described(staff_code: str) -> Mapping[str, Any]:
    """Return the classes of one teacher, asked of the data once in each of their states."""
    folder = settings.UPWARDS_WORKSPACE
    state = f"{folder} {workspace_state(folder)}"
    with _LOCK:
        known = _KEPT.get((state, staff_code))
    if known is not None:
        return known
    found = describe_classes(staff_code, folder)
    with _LOCK:
        if any(kept != state for kept, _ in _KEPT):
            _KEPT.clear()
        _KEPT[state, staff_code] = found
    return found
