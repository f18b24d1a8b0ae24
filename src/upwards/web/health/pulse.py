"""The statements of the pulse, how an answer is kept, and which results may be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from upwards.core.errors import UserError
from upwards.core.name_order import in_order
from upwards.web.accounts.models import User
from upwards.web.health.intervals import Interval, mean_interval
from upwards.web.health.models import Participation, Pulse, Tally
from upwards.web.rules import rules

ASPECTS: Mapping[str, Mapping[str, str]] = {
    "Track record": {
        "record-kept": "When schools here agree to work on something, it happens.",
        "record-better": "Work with other schools has made my own work better.",
    },
    "Collaboration": {
        "together-time": "I get real time to work with colleagues elsewhere.",
        "together-both": "When we work with another school, both sides learn.",
    },
    "Empathy": {
        "empathy-load": "Those who plan shared work know what it costs me and my pupils.",
        "empathy-listen": "When something does not fit our school, others listen.",
    },
    "Trust": {
        "trust-fail": "I can say that something did not work without having to fear for it.",
        "trust-use": "What I show to colleagues is not used against me.",
    },
}
STATEMENTS = {key: text for one in ASPECTS.values() for key, text in one.items()}
SCALE = {
    1: "disagree",
    2: "rather disagree",
    3: "neither",
    4: "rather agree",
    5: "agree",
}
CANNOT_SAY = 0
GROUP = "\n"
"""Stands for the whole group among schools, as no school can be called."""
GROUP_NAME = "Whole group"
CENTRAL = "Staff of the whole group"
LOWEST, HIGHEST = min(SCALE), max(SCALE)
FLOOR = 6
"""Fewer answers are never shown, whatever is set: people answered because nobody can read one answer, an
owner neither (decision 0082). Six, as counts of five or fewer are hidden everywhere."""


class AnsweredAlready(UserError):
    """Everybody answers once."""


def fewest_shown() -> int:
    """Return how many must have answered: the pulse's own setting, never what small counts hide nor less
    than the floor."""
    known = rules()
    return max(FLOOR, known.count("pulse.min_answers"), known.count("small_counts.hidden_at") + 1)


def current_pulse() -> Pulse | None:
    return next((one for one in Pulse.objects.filter(closed=False) if one.is_open), None)


def has_answered(pulse: Pulse, user: User) -> bool:
    return Participation.objects.filter(pulse=pulse, user=user).exists()


@transaction.atomic
def keep_answer(pulse: Pulse, user: User, school: str, marks: Mapping[str, int]) -> None:
    """Add one person's answer to the sums of a school, and note apart from it that they answered.

    All sums of a school are one value, written anew as a whole: which of them rose leaves no trace in it.
    """
    locked = Pulse.objects.select_for_update().get(pk=pulse.pk)
    if not locked.is_open:
        raise UserError("This pulse is closed. The next one is asked in another term.")
    try:
        with transaction.atomic():
            Participation.objects.create(pulse=locked, user=user)
    except IntegrityError:
        raise AnsweredAlready("You have answered this pulse. Everybody answers once.") from None
    row, _ = Tally.objects.get_or_create(pulse=locked, school=school)
    row.counts = {
        key: [row.counts.get(key, [0] * (HIGHEST + 1))[mark] + (marks[key] == mark) for mark in _MARKS]
        for key in STATEMENTS
    }
    row.n += 1
    row.save()


_MARKS = (CANNOT_SAY, *SCALE)


@dataclass(frozen=True, slots=True)
class Result:
    """What one unit said about one statement or aspect.

    Attributes
    ----------
    interval
        Mean from 1 to 5 with its interval; None where it is not shown.
    hidden
        Why it is not shown; blank where it is.
    """

    interval: Interval | None
    hidden: str = ""

    def __str__(self) -> str:
        return self.hidden or str(self.interval)


@dataclass(frozen=True, slots=True)
class Unit:
    """A school, or the group.

    Attributes
    ----------
    school
        As the results name it; `GROUP`, or blank for staff of the whole group.
    n
        How many answered; None where that is not shown.
    statements, aspects
        Results by key of the statement, and by name of the aspect.
    """

    school: str
    n: int | None
    statements: Mapping[str, Result]
    aspects: Mapping[str, Result]

    @property
    def name(self) -> str:
        return GROUP_NAME if self.school == GROUP else self.school or CENTRAL


FEW = "too few answers to show"
BESIDE = "not shown, so that another’s answers do not follow from it"


def results(pulse: Pulse, schools: list[str]) -> list[Unit]:
    """Return the group and every school by name, the same for every reader; a reader is shown some.

    The group alone is its own first row. A school without an answer is shown like one with a few.
    """
    rows = {one.school: one for one in pulse.tallies.all()}
    names = sorted({*schools, *rows}, key=in_order)
    answered = {name: rows[name].n if name in rows else 0 for name in names}
    fewest = max(FLOOR, pulse.shown_from)
    why = hidden(answered, fewest)
    by_key = {key: _statement(key, names, rows, why, fewest) for key in STATEMENTS}
    answered[GROUP] = sum(answered.values())
    found = []
    for name in (GROUP, *names):
        said = {key: by_key[key][name] for key in STATEMENTS}
        shown = None if name in why else answered[name]
        found.append(Unit(name, shown, said, {one: _aspect(said, one) for one in ASPECTS}))
    return found


def hidden(
    counts: Mapping[str, int], fewest: int, already: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return which units are not shown, and why; the group too where it would give one away.

    A unit is not shown with fewer than `fewest` answers. What is left of the group when the shown ones are
    taken away must be nobody, or at least so many people in at least two units: else the smallest shown one
    is not shown either; and where none is left to hide, nor is the group.
    """
    why = dict(already or {}) | {name: FEW for name, n in counts.items() if n < fewest}
    if sum(counts.values()) < fewest:
        why[GROUP] = FEW
    while GROUP not in why:
        left = [counts[name] for name in counts if name in why and counts[name]]
        if not left or (len(left) > 1 and sum(left) >= fewest):
            return why
        shown = [name for name in counts if name not in why]
        if not shown:
            why[GROUP] = BESIDE
        else:
            why[min(shown, key=lambda name: (counts[name], name))] = BESIDE
    return why


def _statement(
    key: str, names: list[str], rows: Mapping[str, Tally], units: Mapping[str, str], fewest: int
) -> dict[str, Result]:
    """Return one statement's results; who could not say does not count, and that too is hidden if small."""
    counts = {name: _counts(rows.get(name), key) for name in names}
    valid = {name: sum(one) for name, one in counts.items()}
    why = hidden(valid, fewest, units)
    whole = [sum(one) for one in zip(*counts.values(), strict=True)]
    found = {GROUP: _result(whole, why.get(GROUP, ""))}
    return found | {name: _result(counts[name], why.get(name, "")) for name in names}


def _counts(row: Tally | None, key: str) -> list[int]:
    said = row.counts.get(key) if row is not None else None
    return list(said[LOWEST:]) if said else [0] * len(SCALE)


def _result(counts: list[int], why: str) -> Result:
    if why:
        return Result(None, why)
    n = sum(counts)
    mean = sum(mark * count for mark, count in zip(SCALE, counts, strict=True)) / n
    return Result(mean_interval(mean, n, LOWEST, HIGHEST))


def _aspect(said: Mapping[str, Result], aspect: str) -> Result:
    """Return the mean of an aspect's statements; without one of them it would be about something else."""
    parts = [said[key] for key in ASPECTS[aspect]]
    known = [one.interval for one in parts if one.interval is not None]
    if len(known) < len(parts):
        return next(one for one in parts if one.interval is None)
    mean = sum(one.mean for one in known) / len(known)
    return Result(mean_interval(mean, min(one.n for one in known), LOWEST, HIGHEST))
