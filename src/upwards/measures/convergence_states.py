"""The state of a system: both conditions, the certainty of each, and what cannot be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from upwards.measures.convergence import Convergence
from upwards.measures.convergence_intervals import Estimate
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


@dataclass(frozen=True, slots=True)
class ChosenState:
    """A state with its probability, and why it cannot be told.

    Attributes
    ----------
    state
        Where the measure is norm-referenced only narrowing, widening, no detectable change or cannot be told.
    p_state
        Probability that it is so; for no detectable change, that the spread changed by less than the
        negligible; None where nothing can be told.
    reason
        Why it cannot be told, in a sentence; empty otherwise.
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
    rose, each with the certainty of the rule. Where the spread narrowed and the way of the top is not
    certain, neither state is claimed.

    Examples
    --------
    >>> len(STATES)
    8
    """
    if len(found.years) < rule.min_years:
        return _untold(
            f"{len(found.years)} years with figures are too few: what persists and what passes cannot be "
            f"told apart with fewer than {rule.min_years}."
        )
    p_narrowing = found.change.p_narrowing
    if p_narrowing is None:
        return _untold(_why_untold(found, rule, unit_word))
    narrowing, widening = (p >= rule.certainty for p in (p_narrowing, 1 - p_narrowing))
    if not (narrowing or widening):
        return ChosenState("no detectable change", found.change.p_negligible)
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


def _narrowed(found: Convergence, rule: ConvergenceRule) -> ChosenState:
    rising = found.change.p_top_rising
    p_narrowing, p_both = found.change.p_narrowing or 0.0, found.change.p_both or 0.0
    if rising is not None and rising >= rule.certainty:
        return ChosenState("converging upwards", p_both)
    if rising is not None and 1 - rising >= rule.certainty:
        return ChosenState("converging by the top falling", p_narrowing - p_both)
    return _untold("The spread narrowed, but whether the top rose or fell meanwhile is not certain enough.")


def _widened(found: Convergence, rule: ConvergenceRule) -> ChosenState:
    ends = (found.change.p_top_rising, found.change.p_bottom_rising)
    p_widening = 1 - (found.change.p_narrowing or 0.0)
    if all(p is not None and p >= rule.certainty for p in ends):
        return ChosenState("both rising but apart", min(p_widening, *(p for p in ends if p is not None)))
    return ChosenState("spreading", p_widening)


def say_convergence(
    found: Convergence,
    chosen: ChosenState,
    rule: ConvergenceRule,
    *,
    norm_referenced: bool,
    whom: str,
    unit: str,
) -> str:
    """Say an answer in plain words.

    Parameters
    ----------
    found, chosen, rule
        The answer, its state and the rule behind it.
    norm_referenced
        As in `choose_state`.
    whom
        Whose spread, such as ``"all schools"``.
    unit
        Unit of the measure.

    Returns
    -------
    str
        A few sentences.
    """
    years = f"{found.years[0]} to {found.years[-1]}"
    said = [f"{whom[:1].upper()}{whom[1:]}, {years}: {chosen.state}{_sure(chosen)}.", chosen.reason]
    said.append(_spread(found, unit))
    if found.change.p_narrowing is not None:
        said.append(f"P(the spread at the end is smaller) is {_p(found.change.p_narrowing)}.")
    if chosen.state == "no detectable change":
        said.append(_power(found, rule))
    said += [_gains(found, unit, norm_referenced=norm_referenced), _ends(found, chosen, rule)]
    if norm_referenced:
        said.append(
            "The national mean of this measure is fixed every year, so that a rise of the top cannot be "
            "told, nor a rise of all."
        )
    if found.borrowed:
        said.append(
            f"{found.n_units} are fewer than {rule.min_units}: how much they fluctuate is borrowed from all "
            "schools, slopes and gains with it."
        )
    return " ".join(filter(None, said))


def _sure(chosen: ChosenState) -> str:
    if chosen.p_state is None or chosen.state == "no detectable change":
        return ""
    return f" (probability {_p(chosen.p_state)})"


def _p(p: float) -> str:
    return "above 0.999" if p > 0.999 else "below 0.001" if p < 0.001 else f"{p:.3f}"


def _between(one: Estimate) -> str:
    if one.lower is None or one.upper is None:
        return ""
    return f" ({one.lower:.2f} to {one.upper:.2f})"


def _spread(found: Convergence, unit: str) -> str:
    first, last = found.spread[0], found.spread[-1]
    if first.estimate is None or last.estimate is None:
        return ""
    return (
        f"The true spread (SD, sampling noise removed) was {first.estimate:.2f}{_between(first)} {unit} "
        f"and is {last.estimate:.2f}{_between(last)}."
    )


def _power(found: Convergence, rule: ConvergenceRule) -> str:
    likely = ""
    if found.change.p_negligible is not None:
        p = _p(found.change.p_negligible)
        likely = f"The probability that it changed by less than {rule.negligible:.0%} is {p}. "
    if found.change.detectable is None:
        return f"{likely}With so few units not even a spread of nothing would be found in 80 % of cases."
    return (
        f"{likely}With this many units and years a narrowing of {found.change.detectable:.0%} would be found "
        "in 80 % of cases."
    )


def _gains(found: Convergence, unit: str, *, norm_referenced: bool) -> str:
    low, high = found.slopes.gain_lowest, found.slopes.gain_highest
    if low.estimate is None or high.estimate is None or found.slopes.stationary_gain is None:
        return ""
    about = " against the national mean" if norm_referenced else ""
    kept = found.slopes.stationary_gain
    return (
        f"Those who started lowest changed by {low.estimate:+.2f}{_between(low)} {unit}{about}, those who "
        f"started highest by {high.estimate:+.2f}{_between(high)}; ordinary fluctuation alone would move "
        f"both ends towards the mean by {kept:.2f}."
    )


def _ends(found: Convergence, chosen: ChosenState, rule: ConvergenceRule) -> str:
    if (
        found.lopsided is None
        or found.change.p_narrowing is None
        or found.change.p_narrowing < rule.certainty
    ):
        return ""
    if found.lopsided >= rule.certainty:
        return "The lower end drew in more than the upper end, in proportion (shape not assumed)."
    if 1 - found.lopsided >= rule.certainty:
        return "The upper end drew in more than the lower end, in proportion (shape not assumed)."
    return "That one end drew in more than the other cannot be told."
