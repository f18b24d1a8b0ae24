"""What `school_scores` answers, in plain types: one row per school, and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from upwards.core.panel import Floats, SchoolPanel, SchoolRegister, Texts
from upwards.estimators.area_draws import draw_parameters
from upwards.measures.compared_schools import COMPARED
from upwards.measures.forecasts import NextYear
from upwards.measures.school_scores import SchoolScores, ScoreFit, lasting_variance

LEVEL = 0.95
DRAWS_OF_VARIANCES = 1000


def score_rows(
    scores: ScoreFit,
    estimates: SchoolScores,
    next_year: NextYear | None = None,
    register: SchoolRegister | None = None,
    *,
    level: float = LEVEL,
) -> list[dict[str, Any]]:
    """Return one row per school, in the order of the schools' codes; `status` says which are compared.

    Parameters
    ----------
    scores, estimates
        The fit and what it says of each school.
    next_year
        Its forecasts, if any.
    register
        For names; None leaves them out.
    level
        Of the intervals of effects.

    Returns
    -------
    list of dict
        JSON values; None where nothing is known.
    """
    z = NormalDist().inv_cdf((1.0 + level) / 2.0)
    ranks = estimates.ranks
    nothing = np.full(len(scores.school), np.nan)
    lower, upper = (nothing, nothing) if next_year is None else next_year.bounds()
    counts = np.isfinite(scores.value).sum(axis=1)
    columns: dict[str, Sequence[Any]] = {
        "school": scores.school.tolist(),
        "name": _names(scores.school, register),
        "measure": [scores.measure.name] * len(scores.school),
        "year": [scores.years.used[-1]] * len(scores.school),
        "value": _plain(scores.value[:, -1]),
        "missing": [reason or None for reason in _reasons(scores)],
        "n": _whole(np.where(scores.current, scores.n[:, -1], np.nan)),
        "n_borrowed": (scores.borrowed[:, -1] & scores.current).tolist(),
        "status": _statuses(scores),
        "n_years": counts.tolist(),
        "effect": _plain(estimates.effect),
        "se": _plain(estimates.se),
        "lower": _plain(estimates.effect - z * estimates.se),
        "upper": _plain(estimates.effect + z * estimates.se),
        "p_above_average": _plain(estimates.p_above_average),
        "p_top": _plain(nothing if ranks.p_top is None else ranks.p_top),
        "rank": _plain(ranks.expected),
        "rank_lower": _plain(ranks.lower),
        "rank_upper": _plain(ranks.upper),
        "reliability": _plain(estimates.reliability),
        "year_effect": _plain(estimates.year_effect),
        "year_se": _plain(estimates.year_se),
        "forecast": _plain(nothing if next_year is None else next_year.estimate),
        "forecast_lower": _plain(lower),
        "forecast_upper": _plain(upper),
        "no_forecast": _without_forecast(scores, next_year),
    }
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return sorted([*rows, *_rows_aside(scores, list(columns), register)], key=lambda row: str(row["school"]))


def _statuses(scores: ScoreFit) -> list[str]:
    unranked = f"no figure in {scores.years.used[-1]}, not ranked"
    return [str(one) for one in np.where(scores.current, COMPARED, unranked).tolist()]


def _without_forecast(scores: ScoreFit, next_year: NextYear | None) -> list[str | None]:
    """Return why a school has no forecast though others have one."""
    if next_year is None or next_year.rule is None:
        return [None] * len(scores.school)
    absent = f"no figure in {scores.years.used[-1]}"
    return [None if has else absent for has in scores.current.tolist()]


def _rows_aside(
    scores: ScoreFit, columns: Sequence[str], register: SchoolRegister | None
) -> list[dict[str, Any]]:
    """Return the rows of schools that are not compared: what was published, and why there is no more."""
    aside, year = scores.aside, scores.years.used[-1]
    at = aside.years.index(year)
    own = {
        "school": aside.school.tolist(),
        "name": _names(aside.school, register),
        "value": _plain(aside.value[:, at]),
        "n": _whole(aside.n[:, at]),
        "status": [str(one) for one in scores.aside_status.tolist()],
    }
    same = {"measure": scores.measure.name, "year": year, "n_borrowed": False}
    blank = dict.fromkeys(columns) | same
    return [blank | dict(zip(own, row, strict=True)) for row in zip(*own.values(), strict=True)]


def _names(school: Texts, register: SchoolRegister | None) -> list[str | None]:
    if register is None or not len(register.school):
        return [None] * len(school)
    places = register.places(school)
    return [name or None for name in np.where(places >= 0, register.name[places], "").tolist()]


def _reasons(scores: ScoreFit) -> list[str]:
    """Return why the last year's value is missing; a value that cannot be used has its own reason."""
    absent = ~np.isfinite(scores.value[:, -1])
    reason = np.where(scores.missing[:, -1] == "", "no number of pupils", scores.missing[:, -1])
    return [str(one) for one in np.where(absent, reason, "").tolist()]


def _plain(values: Floats) -> list[float | None]:
    return [one if one == one else None for one in values.tolist()]


def _whole(values: Floats) -> list[int | None]:
    return [int(one) if one == one else None for one in values.tolist()]


def variances_to_dict(scores: ScoreFit, *, level: float = LEVEL, seed: int = 1) -> dict[str, Any]:
    """Return how much schools differ: what lasts, its trend and what passes, with intervals.

    Parameters
    ----------
    scores
        The fit.
    level, seed
        Of the intervals, and of the draws they are read from.

    Returns
    -------
    dict
        ``lasting`` (at the last year), ``level`` (at the first), ``trend`` (per year), ``passing``: each with
        ``sd, lower, upper`` in the unit, None where the years cannot tell it; ``level_trend`` a covariance;
        ``icc``, the share of the pupil variance that lies between schools, None where it is not used;
        ``fading``, the same figures without trends but with a level that keeps a share of itself from year
        to year, and how much better it fits (None where no trend is); ``chance_multiple``, what passes with
        a cohort as a multiple of its sampling variance.
    """
    fit, last = scores.fit, float(scores.times[-1])
    drawn = draw_parameters(fit, draws=DRAWS_OF_VARIANCES, seed=seed)
    tail = (1.0 - level) / 2.0
    ends = [tail, 1.0 - tail]
    lasting = drawn[:, 0] + 2.0 * last * drawn[:, 1] + last**2 * drawn[:, 2]
    found = {
        "lasting": _spread(lasting_variance(fit, last), lasting, ends),
        "level": _spread(fit.level, drawn[:, 0], ends),
        "trend": _spread(fit.trend, drawn[:, 2], ends) if "trend" in fit.fitted else None,
        "passing": _spread(fit.transitory, drawn[:, 3], ends) if "transitory" in fit.fitted else None,
        "level_trend": None,
    }
    if "level_trend" in fit.fitted:
        lower, upper = np.quantile(drawn[:, 1], ends)
        found["level_trend"] = {
            "covariance": fit.level_trend,
            "lower": float(lower),
            "upper": float(upper),
        }
    return {
        **found,
        "fading": _fading(scores),
        "icc": scores.icc or None,
        "chance_multiple": scores.multiple,
    }


def _fading(scores: ScoreFit) -> dict[str, float] | None:
    fading = scores.fading
    if fading is None:
        return None
    return {
        "sd": fading.lasting**0.5,
        "kept": fading.kept,
        "passing_sd": fading.passing**0.5,
        "log_likelihood_above_trend": fading.restricted_log_likelihood - scores.fit.restricted_log_likelihood,
    }


def _spread(variance: float, drawn: Floats, ends: Sequence[float]) -> dict[str, float]:
    lower, upper = np.sqrt(np.maximum(np.quantile(drawn, ends), 0.0))
    return {"sd": float(max(variance, 0.0) ** 0.5), "lower": float(lower), "upper": float(upper)}


def reliability_to_dict(estimates: SchoolScores) -> dict[str, float]:
    """Return the reliability of schools' effects: mean, lowest and highest tenth, 0 to 1."""
    lower, upper = np.quantile(estimates.reliability, [0.1, 0.9])
    mean = float(estimates.reliability.mean())
    return {"mean": mean, "lowest_tenth": float(lower), "highest_tenth": float(upper)}


def forecast_to_dict(next_year: NextYear) -> dict[str, Any]:
    """Return which rule forecasts, how all rules did, or why there is no forecast."""
    return {
        "year": next_year.year,
        "rule": next_year.rule,
        "level": next_year.level,
        "refusal": next_year.refusal,
        "chosen_by": None
        if next_year.rule is None
        else "error in forecasting the last year of schools whose last year was not used, among rules that "
        "take account of a school's size",
        "rules": [one.to_dict() for one in next_year.performances],
    }


def means_to_rows(scores: ScoreFit) -> list[dict[str, Any]]:
    """Return the mean of schools' true scores per year; only the last where a rise cannot show.

    A norm-referenced measure has the same national mean every year: a row of means would be read as change.
    """
    pairs = list(zip(scores.years.used, scores.fit.mean.tolist(), strict=True))
    shown = pairs[-1:] if scores.measure.norm_referenced else pairs
    return [{"year": year, "mean": mean} for year, mean in shown]


def count_pupils(scores: ScoreFit) -> int:
    """Return the pupils behind all figures that were used."""
    return int(np.nansum(np.where(np.isfinite(scores.value), scores.n, 0.0)))


def sources_of(panel: SchoolPanel, years: Sequence[int]) -> frozenset[str]:
    """Return the files that figures of these years were taken from."""
    places = [panel.years.index(year) for year in years if year in panel.years]
    return frozenset(str(one) for one in np.unique(panel.source[:, places]) if one)


def follow_codes(panel: SchoolPanel, codes: frozenset[str]) -> Mapping[str, str]:
    """Return the school that each code is followed to: itself, or the one that continues it.

    Parameters
    ----------
    panel
        Which codes the schools had.
    codes
        Codes, of any year.

    Returns
    -------
    Mapping of str to str
        Codes that the figures do not have are absent.
    """
    found = {}
    for code in sorted(codes):
        own = panel.school == code
        own = own if own.any() else (panel.code == code).any(axis=1)
        if own.any():
            found[code] = str(panel.school[int(np.argmax(own))])
    return found


def text_of(scores: ScoreFit, estimates: SchoolScores, next_year: NextYear) -> list[str]:
    """Return what the answer says, in sentences.

    Parameters
    ----------
    scores, estimates, next_year
        The fit, the schools and the forecast.

    Returns
    -------
    list of str
    """
    measure, years = scores.measure, scores.years.used
    span = f"{years[0]}" if len(years) == 1 else f"{years[0]} to {years[-1]}"
    what = "true scores" if len(years) == 1 else "lasting levels"
    said = [
        f"{measure.title}, {span}: {len(scores.school):,} schools, as differences from the mean school of "
        f"the same year in {measure.unit}, with {LEVEL:.0%} intervals.",
        f"Of the true differences between schools' {what} the figures tell "
        f"{estimates.reliability.mean():.0%} at the mean school; the rest of them stays open.",
    ]
    if len(years) > 1:
        said.append(f"An effect is what lasts, at {years[-1]}; what passed within that year is taken off.")
    if measure.norm_referenced:
        said.append(
            "The national mean of this measure is the same every year: no rise or fall of all schools "
            "together can show in it."
        )
    if next_year.refusal is not None:
        said.append(next_year.refusal)
    else:
        said.append(
            f"The figure of {next_year.year} is forecast by the rule '{next_year.rule}', which forecast "
            f"{years[-1]} best from the years before, of those that take account of a school's size; its "
            f"{next_year.level:.0%} interval is for the figure as it will be published."
        )
    return said
