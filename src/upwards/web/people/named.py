"""Which teams may be named because everybody who taught them agreed: asked live, never kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from upwards.actions.describe_classes import count_team_teachers
from upwards.actions.describe_workspace import workspace_state
from upwards.core.audience import TeamKey
from upwards.web.people.agreements import Agreement
from upwards.web.people.class_checks import ClassCheck, Verdict
from upwards.web.people.models import Person

TAUGHT = (Verdict.MINE, Verdict.SHARED)

TeamCount = tuple[int, int, int]
"""People over all years, people in the latest, the latest year."""

_LOCK = Lock()
_COUNTED: dict[str, Mapping[TeamKey, TeamCount]] = {}


def agreed_teams(folder: Path) -> frozenset[TeamKey]:
    """Return the teams of which everybody agreed and has confirmed the classes of the latest year.

    Everybody means as many people as the results name over all years, and every person on record who
    teaches the subject in that school. Who waits for confirmation, or never gave it, is not named.
    """
    agreed: dict[TeamKey, set[int]] = {}
    for person, *team in Agreement.objects.standing().values_list("person", "school", "subject", "stage"):
        agreed.setdefault((team[0], team[1], team[2]), set()).add(person)
    if not agreed:
        return frozenset()
    counted = _team_counts(folder)
    return frozenset(
        team
        for team, people in agreed.items()
        if team in counted and _all_agreed(team, people, *counted[team])
    )


def _all_agreed(team: TeamKey, people: set[int], n_teachers: int, n_last: int, last_year: int) -> bool:
    school, subject, stage = team
    if len(people) < n_teachers or n_teachers == 0:
        return False
    here = Person.objects.working().filter(school=school)
    teaching = {one.pk for one in here if subject.lower() in (name.lower() for name in one.subject_list)}
    if not teaching <= people:
        return False
    checks = ClassCheck.objects.counting().filter(
        person__in=people, school=school, subject=subject, stage=stage, verdict__in=TAUGHT
    )
    confirmed = set(checks.values_list("person", "year"))
    n_confirmed_last = sum(year == last_year for _, year in confirmed)
    return {person for person, _ in confirmed} == people and n_confirmed_last >= max(1, n_last)


def _team_counts(folder: Path) -> Mapping[TeamKey, TeamCount]:
    state = f"{folder} {workspace_state(folder)}"
    with _LOCK:
        if state in _COUNTED:
            return _COUNTED[state]
    found = {
        (row["school"], row["subject"], row["stage"]): (
            row["n_teachers"],
            row["n_last_year"],
            row["last_year"],
        )
        for row in count_team_teachers(folder)
    }
    with _LOCK:
        _COUNTED.clear()
        _COUNTED[state] = found
    return found
