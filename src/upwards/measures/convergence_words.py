"""An answer on convergence in plain words: short, and with what speaks against it."""

from __future__ import annotations

from math import log

from upwards.measures.convergence import Convergence
from upwards.measures.convergence_intervals import Estimate
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import ChosenState, say_p

UNCHANGED = ("no detectable change", "cannot be told")


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
    first, last = found.years[0], found.years[-1]
    years = f"{first} to {last}" if first != last else str(first)
    said = [f"{whom[:1].upper()}{whom[1:]}, {years}: {chosen.state}{_sure(chosen)}.", chosen.reason]
    said.append(_spread(found, unit))
    if chosen.state == "no detectable change":
        said.append(_power(found, rule))
    elif chosen.state != "cannot be told":
        said += [_steps(found, rule), _pupil_sd(found), _break_even(found)]
        if not norm_referenced:
            said += [_top(found, unit), _gain(found, rule, unit)]
        said.append(_ends(found, rule))
    if norm_referenced and chosen.state != "cannot be told":
        said.append("The national mean is fixed every year, so that a rise of the top cannot be told.")
    if found.borrowed:
        said.append(
            f"{found.n_units} are fewer than {rule.min_units}: they are assumed to fluctuate as all schools "
            "do, or more where they or such groups show more."
        )
    return " ".join(filter(None, said))


def _sure(chosen: ChosenState) -> str:
    return "" if chosen.p_state is None or chosen.state in UNCHANGED else f" (P {say_p(chosen.p_state)})"


def _between(one: Estimate) -> str:
    if one.lower is None or one.upper is None:
        return ""
    return f" ({one.lower:.2f} to {one.upper:.2f})"


def _spread(found: Convergence, unit: str) -> str:
    first, last = found.spread[0], found.spread[-1]
    if first.estimate is None or last.estimate is None:
        return ""
    if len(found.spread) == 1:
        return f"The true spread (SD, noise removed) is {first.estimate:.2f}{_between(first)} {unit}."
    alike = [one for one in found.checks.unweighted if one is not None]
    beside = (
        f", weighted by reliability squared; unweighted {alike[0]:.2f} and {alike[-1]:.2f}"
        if len(alike) > 1
        else ""
    )
    return (
        f"The true spread (SD, noise removed) was {first.estimate:.2f}{_between(first)} {unit} "
        f"and is {last.estimate:.2f}{_between(last)}{beside}."
    )


def _power(found: Convergence, rule: ConvergenceRule) -> str:
    said = []
    if found.change.p_narrowing is not None:
        said.append(f"P(the spread is smaller) is {say_p(found.change.p_narrowing)}.")
    if found.change.p_negligible is not None:
        p = say_p(found.change.p_negligible)
        said.append(f"The probability that it changed by less than {rule.negligible:.0%} is {p}.")
    if found.change.detectable is None:
        said.append("With so few units not even a spread of nothing would be found in 80 % of cases.")
    else:
        said.append(
            f"With this many units a narrowing of {found.change.detectable:.0%} would be found in 80 % of "
            "cases."
        )
    return " ".join(said)


def _steps(found: Convergence, rule: ConvergenceRule) -> str:
    """Say in which years it happened, where that is not in all."""
    narrowing = (found.change.p_narrowing or 0.0) > 0.5
    steps = [None if p is None else p if narrowing else 1 - p for p in found.checks.steps]
    sure = [
        f"{a} to {b}"
        for p, a, b in zip(steps, found.years, found.years[1:], strict=False)
        if p is not None and p >= rule.certainty
    ]
    if not steps or len(sure) == len(steps):
        return ""
    if not sure:
        return "No single step from year to year is certain."
    return f"It happened {' and '.join(sure)}; the other steps are not certain."


def _pupil_sd(found: Convergence) -> str:
    checks = found.checks
    if checks.p_in_pupil_sd is None or checks.in_pupil_sd is None:
        return ""
    first, last = checks.in_pupil_sd
    p = say_p(max(checks.p_in_pupil_sd, 1 - checks.p_in_pupil_sd))
    return f"In pupil SDs of the year it was {first:.3f} and is {last:.3f} (P {p})."


def _break_even(found: Convergence) -> str:
    """Say the nearest factor on a pupil SD at which the change would no longer be certain."""
    years = (found.years[0], found.years[-1])
    factors = [(f, y) for f, y in zip(found.checks.break_even, years, strict=True) if f is not None]
    if not factors or found.borrowed:
        return ""
    factor, year = min(factors, key=lambda one: abs(log(one[0])))
    return f"It would vanish only if the pupil SD of {year} were × {factor:.2f}."


def _top(found: Convergence, unit: str) -> str:
    top = found.change.top
    if top.estimate is None:
        return ""
    return f"The top (90th percentile) moved by {top.estimate:+.2f}{_between(top)} {unit}."


def _gain(found: Convergence, rule: ConvergenceRule, unit: str) -> str:
    """Say what the lowest gained beyond ordinary fluctuation, unless one end drew in more."""
    beyond = found.slopes.gain_beyond
    if beyond.estimate is None or found.borrowed or _lopsided(found, rule):
        return ""
    return (
        f"Beyond what ordinary fluctuation gives, those who started lowest moved by {beyond.estimate:+.2f}"
        f"{_between(beyond)} {unit} about the mean, and those who started highest as much the other way (the "
        "same size by construction)."
    )


def _lopsided(found: Convergence, rule: ConvergenceRule) -> str:
    """Return which end drew in more; empty where that is not certain."""
    if found.lopsided is None or max(found.lopsided, 1 - found.lopsided) < rule.certainty:
        return ""
    return "lower" if found.lopsided > 0.5 else "upper"


def _ends(found: Convergence, rule: ConvergenceRule) -> str:
    more = _lopsided(found, rule)
    if not more or (found.change.p_narrowing or 0.0) < rule.certainty:
        return ""
    other = "upper" if more == "lower" else "lower"
    return f"The {more} end drew in more than the {other} end, in proportion (shape not assumed)."
