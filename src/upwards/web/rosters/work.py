"""What the worker does for my classes: corrections become rows of the table of rosters."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from upwards.actions.import_data import import_data
from upwards.web.jobs.registry import Progress, work
from upwards.web.people.models import ClassCheck
from upwards.web.trail.models import What, write_entry

WHOLE_CLASS = "whole class"
"""Stands where a roster names a pupil: a teacher speaks of the class, and no pupil is named here."""

HEADINGS = ("pupil", "class", "teacher", "subject", "year", "school", "share", "confirmed")


@work("roster_corrections", capability="see_own_classes")
def roster_corrections(arguments: dict[str, Any], progress: Progress) -> dict[str, int]:
    """Hand what teachers confirmed or corrected to `import_data`; done twice, it changes nothing more."""
    counting = ClassCheck.objects.counting()
    asked = counting.filter(pk__in=arguments["checks"], person__erased__isnull=True)
    checks = list(asked.exclude(person__staff_code="").exclude(class_name="").select_related("person"))
    if not checks:
        return {"rows": 0}
    progress("Classes handed in", 0, len(checks))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "classes confirmed by their teachers.csv")
        _write(path, checks)
        report = import_data(
            [path],
            as_table="rosters",
            workspace=settings.UPWARDS_WORKSPACE,
            accept_doubts=True,
            replace_held=True,
        )
    handed_in = timezone.now()
    for check in checks:
        check.handed_in = handed_in
        check.save()
    write_entry(What.DID, "rosters", report.snapshot or "", detail=f"{len(checks)} classes handed in")
    return {"rows": len(checks)}


def _write(path: Path, checks: list[ClassCheck]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for one in checks:
            about = (one.class_name, one.person.staff_code, one.subject, one.year, one.school)
            writer.writerow((WHOLE_CLASS, *about, f"{one.share:g}", "yes"))
