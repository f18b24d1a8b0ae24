"""What the data must hold for a model to have an answer, told before and after the fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from upwards.core.errors import UserError
from upwards.core.moments import Moments
from upwards.estimators.elimination import RandomTerm

# below this share of the outcome's variance the rest is the rounding of sums of products
NO_VARIANCE = 1e-12


class NotIdentified(UserError):
    """The data cannot tell what the model asks."""


def unidentified_terms(moments: Moments, random: Sequence[RandomTerm]) -> dict[int, str]:
    """Find the random terms whose variance no data of this form could tell.

    Parameters
    ----------
    moments
        Sums per cell.
    random
        Random terms.

    Returns
    -------
    dict
        Position of a term to the reason, as a sentence; empty when all can be told. A level with one
        unit, with one row in every unit, with the same units as an earlier level, or with a random
        slope on a column that does not vary.
    """
    found: dict[int, str] = {}
    for index, term in enumerate(random):
        reason = _without_units(moments, term) or _same_units(moments, random[:index], term)
        reason = reason or _without_slope(moments, term)
        if reason:
            found[index] = reason
    return found


def _without_units(moments: Moments, term: RandomTerm) -> str:
    factor = moments.factors[term.factor]
    if factor.n_units < 2:
        return f"Level '{factor.name}' has {factor.n_units} unit; differences between units need two or more."
    if factor.n_units >= moments.n and term.z == (0,):
        return (
            f"Level '{factor.name}' has one row in every unit; what a unit adds cannot be told from what "
            "its one pupil adds."
        )
    return ""


def _same_units(moments: Moments, earlier: Sequence[RandomTerm], term: RandomTerm) -> str:
    mine = moments.codes[term.factor]
    factor = moments.factors[term.factor]
    for other in earlier:
        theirs = moments.factors[other.factor]
        if theirs.n_units != factor.n_units or set(term.z).isdisjoint(other.z):
            continue
        partner = np.empty(factor.n_units, dtype=np.int64)
        partner[mine] = moments.codes[other.factor]
        if np.array_equal(partner[mine], moments.codes[other.factor]):
            return (
                f"Levels '{theirs.name}' and '{factor.name}' hold the same units; what one adds cannot be "
                "told from what the other adds."
            )
    return ""


def _without_slope(moments: Moments, term: RandomTerm) -> str:
    total = float(moments.weight.sum())
    for z in term.z[1:]:
        column = moments.slopes[z]
        mean = float(moments.gram[0, column]) / total
        if float(moments.gram[column, column]) / total - mean**2 <= NO_VARIANCE * max(1.0, mean**2):
            level, name = moments.factors[term.factor].name, moments.columns[column]
            return f"'{name}' does not vary, so that its slope cannot differ between units of '{level}'."
    return ""


def check_terms(moments: Moments, random: Sequence[RandomTerm]) -> None:
    """Raise `NotIdentified` for the first term whose variance cannot be told."""
    for reason in unidentified_terms(moments, random).values():
        raise NotIdentified(f"{reason} Leave that level or slope out.")


def check_rows(moments: Moments, n_coefficients: int) -> None:
    """Raise `NotIdentified` when rows are too few, or the outcome is the same in all of them."""
    if moments.n <= n_coefficients:
        raise NotIdentified(
            f"{moments.n} rows cannot tell {n_coefficients} coefficients and a spread around them; "
            "give more rows, or less intake."
        )
    total = float(moments.weight.sum())
    mean = float(moments.gram[0, -1]) / total
    if float(moments.gram[-1, -1]) / total - mean**2 <= NO_VARIANCE * max(1.0, mean**2):
        raise NotIdentified(
            "The outcome is the same in every row, so that nothing can be added or missing; "
            "check that the right column is the outcome."
        )


def check_residual(share: float) -> None:
    """Raise `NotIdentified` when nothing of the outcome's variance is left to the pupils.

    Parameters
    ----------
    share
        Residual variance over the outcome's variance.
    """
    if not share > NO_VARIANCE:
        raise NotIdentified(
            "Intake and levels determine the outcome exactly, so that nothing is left to judge certainty by; "
            "check whether the outcome, or a column made from it, is among the intake or the levels."
        )
