"""The state of a system: both conditions, the certainty of each, and what cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Literal, get_args

from upwards.measures.convergence import Convergence
from upwards.measures.convergence_rule import ConvergenceRule

State = Literal[
    "converging upwards",
    "converging by the top falling",
    "both rising but apart",
    "spreading",
    "narrowing",
    "widening",
    "no detectable change",
    "cannot be told",
]
STATES: tuple[State, ...] = get_args(State)
# a check that points the same way with this probability is only not certain; below, it does not agree
NEARLY = 0.9


@dataclass(frozen=True, slots=True)
class ChosenState:
    """A state with its probability, and why it cannot be told.

    Attributes
    ----------
    state
        Where the measure is norm-referenced only narrowing, widening, no detectable change or cannot be
        told; narrowing is also the state where the mean is free and the way of the top cannot be told.
    p_state
        Probability that it is so; for no detectable change, that the spread changed by less than the
        negligible; None where nothing can be told.
    reason
        Why it, or the way of the top, cannot be told, in sentences; empty otherwise.
    """

    state: State
    p_state: float | None
    reason: str = ""


def choose_state(
    found: Convergence, rule: ConvergenceRule, *, norm_referenced: bool, unit_word: str = "schools"
) -> ChosenState:
    """Choose the state of a system.

    Parameters
    ----------
    found
        What is known of its spread and its ends.
    rule
        Certainty, and how many units and years are needed.
    norm_referenced
        Whether the national mean is fixed every year, so that no rise of the top can be told.
    unit_word
        What the units are, in the plural.

    Returns
    -------
    ChosenState

    Notes
    -----
    Convergence upwards needs both: the spread narrowed, and the top (the 90th percentile of true levels)
    rose, each with the certainty of the rule. Where the way of the top is not certain, where the lower end
    drew in more than the upper, or where the top of few units is only that of a normal shape, no falling
    top is claimed. No change is named that rests on which units came and went, on the unit, or on a pupil
    standard deviation that is not known well enough.

    Examples
    --------
    >>> len(STATES)
    8
    """
    if len(found.years) == 1:
        return _untold("One year shows no change.")
    if len(found.years) < rule.min_years:
        return _untold(
            f"{len(found.years)} years with figures are too few: a change that lasts cannot be told from one "
            f"that passes with fewer than {rule.min_years}."
        )
    p_narrowing = found.change.p_narrowing
    if p_narrowing is None:
        return _untold(_why_untold(found, rule, unit_word))
    narrowing, widening = (p >= rule.certainty for p in (p_narrowing, 1 - p_narrowing))
    if not (narrowing or widening):
        return ChosenState("no detectable change", found.change.p_negligible)
    objections = object_to(found, rule, unit_word)
    if objections:
        return _untold(f"{'Narrower' if narrowing else 'Wider'}, but {'; and '.join(objections)}.")
    if norm_referenced:
        return ChosenState("narrowing" if narrowing else "widening", max(p_narrowing, 1 - p_narrowing))
    return _narrowed(found, rule) if narrowing else _widened(found, rule)


def _untold(reason: str) -> ChosenState:
    return ChosenState("cannot be told", None, reason)


def _why_untold(found: Convergence, rule: ConvergenceRule, unit_word: str) -> str:
    ends = min(found.n[0], found.n[-1])
    if ends < rule.min_inside:
        return f"Fewer than {rule.min_inside} {unit_word} have a figure in the first and the last year."
    if found.n_units < rule.min_units:
        return (
            f"{found.n_units} {unit_word} are too few to tell a change of their spread from ordinary "
            f"fluctuation ({rule.min_units} are needed), and there is no wider system of such units whose "
            "fluctuation could be borrowed."
        )
    return "The spread of one of the years cannot be told."


def object_to(found: Convergence, rule: ConvergenceRule, unit_word: str = "schools") -> list[str]:
    """Return why a change that is certain by its probability is not named, each in a clause.

    Parameters
    ----------
    found, rule, unit_word
        As in `choose_state`.

    Returns
    -------
    list of str
        Empty where nothing speaks against it.
    """
    checks = found.checks
    said = [
        f"not the same kinds of {unit_word} have figures in all years: {found.n[t]:,} in {found.years[t]}, "
        f"usually {int(median(found.n)):,}"
        for t in checks.uneven[:1]
    ]
    if not said and checks.n_both_ends is not None and not _agrees(checks.p_both_ends, found, rule):
        of = f"the {checks.n_both_ends:,} {unit_word} with figures in {found.years[0]} and {found.years[-1]}"
        said.append(
            f"by which {unit_word} left or entered: {of} {_alone(checks.p_both_ends)}"
            if not _nearly(checks.p_both_ends, found)
            else f"{of} {_alone(checks.p_both_ends)}"
        )
    if checks.p_in_pupil_sd is not None and not _agrees(checks.p_in_pupil_sd, found, rule):
        first, last = checks.in_pupil_sd or (0.0, 0.0)
        depends = "" if _nearly(checks.p_in_pupil_sd, found) else "it depends on the unit: "
        said.append(
            f"{depends}in pupil SDs of the year the spread was {first:.3f} and is {last:.3f}, which is not "
            f"a certain change (P(narrower) {say_p(checks.p_in_pupil_sd)})"
        )
    for t, factor, unknown in zip((0, -1), checks.break_even, checks.doubtful, strict=True):
        if factor is not None and unknown is not None:
            said.append(
                f"it vanishes were the pupil SD of {found.years[t]} {'larger' if factor > 1 else 'smaller'} "
                f"by {abs(factor - 1):.0%}, and it is known to within {unknown:.0%} only"
            )
    return said


def _alone(p: float | None) -> str:
    if p is None:
        return "are too few to tell"
    return f"alone do not show it with certainty (P(narrower) {say_p(p)})"


def _nearly(p: float | None, found: Convergence) -> bool:
    return p is not None and (p if (found.change.p_narrowing or 0.0) > 0.5 else 1 - p) >= NEARLY


def _agrees(p: float | None, found: Convergence, rule: ConvergenceRule) -> bool:
    if p is None or found.change.p_narrowing is None:
        return False
    return (p if found.change.p_narrowing > 0.5 else 1 - p) >= rule.certainty


def say_p(p: float) -> str:
    """Return a probability as it is written, never as certain.

    Examples
    --------
    >>> say_p(0.99996), say_p(0.5)
    ('above 0.999', '0.500')
    """
    return "above 0.999" if p > 0.999 else "below 0.001" if p < 0.001 else f"{p:.3f}"


def _narrowed(found: Convergence, rule: ConvergenceRule) -> ChosenState:
    rising = found.change.p_top_rising
    p_narrowing, p_both = found.change.p_narrowing or 0.0, found.change.p_both or 0.0
    if rising is not None and rising >= rule.certainty:
        return ChosenState("converging upwards", p_both)
    lower_end = found.lopsided is not None and found.lopsided >= rule.certainty
    if rising is not None and 1 - rising >= rule.certainty and not lower_end and not found.borrowed:
        return ChosenState("converging by the top falling", max(p_narrowing - rising, 0.0))
    return ChosenState("narrowing", p_narrowing, "Whether the top rose or fell cannot be told.")


def _widened(found: Convergence, rule: ConvergenceRule) -> ChosenState:
    ends = (found.change.p_top_rising, found.change.p_bottom_rising)
    p_widening = 1 - (found.change.p_narrowing or 0.0)
    if all(p is not None and p >= rule.certainty for p in ends):
        return ChosenState("both rising but apart", min(p_widening, *(p for p in ends if p is not None)))
    return ChosenState("spreading", p_widening)
