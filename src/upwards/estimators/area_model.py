"""Fay–Herriot models of published figures over years: true spread apart from known sampling error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.errors import EmptyData, UserError
from upwards.estimators.area_likelihood import (
    Evaluation,
    Observed,
    differentiate,
    evaluate,
    information,
    unit_scores,
)
from upwards.estimators.area_search import SINGULAR, Form, Optimum, maximise

Floats = npt.NDArray[np.float64]

NAMES = ("level", "level_trend", "trend", "transitory")
# sampling variances below this share of the total variance count as this: beyond it rounding decides
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class AreaFit:
    """True spread between units over years, and the means of the years.

    A unit's true value in year t is the year's mean + u + b t + w, with w independent from year to year.

    Attributes
    ----------
    times
        Shape (T,): years since the first.
    mean
        Shape (T,): mean of the units' true values per year; NaN for a year without any value.
    mean_covariance
        Shape (T, T), at the variances of this fit.
    level
        Var(u): variance of the lasting part at time 0.
    level_trend
        Cov(u, b).
    trend
        Var(b), per year squared.
    transitory
        Var(w): true variance that does not last beyond a year.
    parameter_covariance
        Shape (4, 4), order level, level_trend, trend, transitory: inverse of the expected information; zeros
        for what was not estimated.
    robust_covariance
        Shape (4, 4): the same from the units' scores, right also when true deviations are not normal.
    unrestricted
        Shape (4,): where the quadratic through the likelihood at the estimate has its top; it differs from
        the estimate where that lies at a boundary, and is what draws are centred on.
    fitted
        Names of the parameters that were estimated.
    at_boundary
        Names of those at the edge of what is possible: a variance of 0, a correlation of 1 or -1.
    not_identified
        Names asked for that these data cannot tell apart from the others; they are held at 0, and what they
        would hold is in the others (with one year, `level` contains the transitory part).
    restricted_log_likelihood
        At the estimate.
    n_units
        Units with at least one value.
    n_values
        Values used.
    n_evaluations
        Times the likelihood was evaluated.
    converged
        False when the search stopped early.
    """

    times: Floats
    mean: Floats
    mean_covariance: Floats
    level: float
    level_trend: float
    trend: float
    transitory: float
    parameter_covariance: Floats
    robust_covariance: Floats
    unrestricted: Floats
    fitted: tuple[str, ...]
    at_boundary: tuple[str, ...]
    not_identified: tuple[str, ...]
    restricted_log_likelihood: float
    n_units: int
    n_values: int
    n_evaluations: int
    converged: bool

    @property
    def parameters(self) -> Floats:
        """Level, level_trend, trend, transitory, shape (4,)."""
        return np.array([self.level, self.level_trend, self.trend, self.transitory])


def fit_area_model(
    value: Floats,
    variance: Floats,
    *,
    times: Sequence[float] | Floats | None = None,
    trend: bool = True,
    transitory: bool = True,
    fixed: Sequence[float] | Floats | AreaFit | None = None,
) -> AreaFit:
    """Estimate how much units truly differ, and how that changes over years.

    Parameters
    ----------
    value
        Shape (I, T), or (I,) for one year: published figures; NaN where there is none.
    variance
        Same shape: their known sampling variances, at least 0; NaN or infinite counts as no figure.
    times
        Shape (T,), ascending: years since the first; by default 0, 1, 2, ...
    trend
        Whether units may move apart or together lastingly.
    transitory
        Whether true values may also fluctuate from year to year.
    fixed
        Variances that are given (level, level_trend, trend, transitory), such as those of a wider system:
        only the means are estimated. From an `AreaFit`, their uncertainty comes along.

    Returns
    -------
    AreaFit
        Estimates by restricted maximum likelihood.

    Raises
    ------
    EmptyData
        When fewer than two units have a value, or no more values than years.
    UserError
        When shapes differ, a variance is negative, a value infinite, times do not ascend, or the given
        variances are not possible.

    Notes
    -----
    A year missing for a unit is just absent. Whether level, trend and transitory part can be told apart is
    read off the years and pairs of years that were observed; what cannot is named in `not_identified`.
    Sampling variances below a billionth of the total variance count as that.

    References
    ----------
    Fay and Herriot (1979), Estimates of income for small places, JASA 74, 269–277. Rao and Yu (1994),
    Small-area estimation by combining time-series and cross-sectional data, Canadian Journal of Statistics
    22, 511–528. Harville (1977), Maximum likelihood approaches to variance component estimation, JASA 72,
    320–338.

    Examples
    --------
    >>> value = np.array([[1.0, 1.2], [-0.5, np.nan], [0.3, 0.1], [-0.9, -0.6]])
    >>> fit = fit_area_model(value, np.full((4, 2), 0.04))
    >>> fit.fitted, fit.not_identified
    (('level', 'transitory'), ('level_trend', 'trend'))
    """
    value, variance, years = check_figures(value, variance, times)
    known = np.isfinite(value)
    used, seen = known.any(axis=1), known.any(axis=0)
    _check_size(known)
    scale = total_scale(value)
    observed = observe(value[np.ix_(used, seen)], variance[np.ix_(used, seen)], scale)
    raw = area_basis(years[seen])
    if fixed is not None:
        return _at_given(observed, raw, fixed, years, seen, scale)
    chosen, lost = _identified(known, years, trend, transitory)
    optimum = _search(observed, years[seen], chosen)
    parameters = _to_raw(optimum, years[seen], chosen)
    here = evaluate(observed, np.tensordot(parameters, raw, axes=(0, 0)))
    return _assemble(observed, here, raw, parameters, chosen, lost, optimum, years, seen, scale)


def check_figures(
    value: Floats, variance: Floats, times: Sequence[float] | Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Return figures and variances of shape (I, T), both NaN where either is absent, and the times."""
    value, variance = np.asarray(value, dtype=float), np.asarray(variance, dtype=float)
    if value.shape != variance.shape or value.ndim not in (1, 2):
        raise UserError(
            f"Figures have shape {value.shape} and their sampling variances {variance.shape}; both must be "
            "units by years, of the same shape."
        )
    if value.ndim == 1:
        value, variance = value[:, None], variance[:, None]
    if np.isinf(value).any():
        raise UserError("A figure is infinite; leave it empty (NaN) where there is none.")
    if (variance < 0).any():
        raise UserError("A sampling variance is negative; a variance is at least 0.")
    absent = np.isnan(value) | ~np.isfinite(variance)
    years = np.arange(value.shape[1], dtype=float) if times is None else np.array(times, dtype=float)
    if years.shape != value.shape[1:] or not np.isfinite(years).all() or (np.diff(years) <= 0).any():
        raise UserError(f"Times must be {value.shape[1]} ascending numbers, one for each column of figures.")
    return np.where(absent, np.nan, value), np.where(absent, np.nan, variance), years


def _check_size(known: npt.NDArray[np.bool_]) -> None:
    n_units, n_values, n_years = int(known.any(axis=1).sum()), int(known.sum()), int(known.any(axis=0).sum())
    if n_units < 2 or n_values <= n_years:
        raise EmptyData(
            f"{n_units} units with {n_values} figures in {n_years} years are too few to tell a spread; at "
            "least two units with more figures than years are needed."
        )


def total_scale(value: Floats) -> float:
    """Return the standard deviation of figures within years, 1 where there is none."""
    known = np.isfinite(value)
    counts = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, value, 0.0)
    rest = np.where(known, filled - filled.sum(axis=0) / counts, 0.0)
    scale = float(np.sqrt((rest**2).sum() / known.sum()))
    return scale if scale > 0 else 1.0


def observe(value: Floats, variance: Floats, scale: float) -> Observed:
    """Return figures in units of `scale`, with units last and independent errors."""
    present = np.ascontiguousarray(np.isfinite(value).T, dtype=float)
    least = LEAST_VARIANCE
    noise = np.where(present > 0, np.maximum(variance.T / scale**2, least), 0.0)
    error = np.zeros((len(present), *present.shape))
    places = np.arange(len(present))
    error[places, places] = noise
    return Observed(np.where(present > 0, value.T / scale, 0.0), error, present)


def area_basis(times: Floats) -> Floats:
    """Return the derivative of the true covariance in the four parameters, shape (4, T, T)."""
    one = np.ones_like(times)
    level, both, trend = np.outer(one, one), np.add.outer(times, times), np.outer(times, times)
    return np.stack([level, both, trend, np.eye(len(times))])


def _identified(
    known: npt.NDArray[np.bool_], times: Floats, trend: bool, transitory: bool
) -> tuple[list[int], tuple[str, ...]]:
    """Return the parameters that the observed years and pairs of years can tell apart, and those lost."""
    together = known.astype(float).T @ known.astype(float)
    rows, columns = np.nonzero(np.triu(together >= 2))
    scaled = times - times.mean()
    scaled = scaled / max(float(np.abs(scaled).max()), 1e-300)
    moments = area_basis(scaled)[:, rows, columns].T
    freedom = int(known.sum() - known.any(axis=0).sum())
    wanted = [0] + [1, 2] * trend + [3] * transitory
    smaller = [k for k in wanted if k in (0, 3)]
    chosen = [0]
    for parts in (wanted, smaller):
        if len(parts) <= freedom and np.linalg.matrix_rank(moments[:, parts]) == len(parts):
            chosen = parts
            break
    return chosen, tuple(NAMES[k] for k in wanted if k not in chosen)


def _search(observed: Observed, times: Floats, chosen: list[int]) -> Optimum:
    """Search with time counted from the middle, where level and trend are least entangled."""
    middle, span = _middle(times)
    form = Form(
        area_basis((times - middle) / span)[chosen], (2 if 1 in chosen else 1,) + (1,) * (3 in chosen)
    )
    start = [np.diag([0.6, 0.2]) if 1 in chosen else np.array([[0.6]])]
    if 3 in chosen:
        start.append(np.array([[0.4]]))
    return maximise(observed, form, start)


def _middle(times: Floats) -> tuple[float, float]:
    middle = float(times.mean())
    return middle, max(float(np.abs(times - middle).max()), 1e-300) if len(times) > 1 else 1.0


def _to_raw(optimum: Optimum, times: Floats, chosen: list[int]) -> Floats:
    """Return the four parameters with time counted from 0."""
    middle, span = _middle(times)
    root = optimum.roots[0]
    parameters = np.zeros(4)
    if 1 in chosen:
        turn = np.array([[1.0, -middle / span], [0.0, 1.0 / span]]) @ root
        covariance = turn @ turn.T
        parameters[:3] = covariance[0, 0], covariance[1, 0], covariance[1, 1]
    else:
        parameters[0] = root[0, 0] ** 2
    if 3 in chosen:
        parameters[3] = optimum.roots[1][0, 0] ** 2
    return parameters


def _at_given(
    observed: Observed,
    raw: Floats,
    fixed: Sequence[float] | Floats | AreaFit,
    times: Floats,
    seen: npt.NDArray[np.bool_],
    scale: float,
) -> AreaFit:
    zero = np.zeros((4, 4))
    if isinstance(fixed, AreaFit):
        given, uncertain = fixed.parameters, (fixed.parameter_covariance, fixed.robust_covariance)
        unrestricted, fitted, at_boundary = fixed.unrestricted, fixed.fitted, fixed.at_boundary
    else:
        given, uncertain = np.asarray(fixed, dtype=float), (zero, zero)
        unrestricted, fitted, at_boundary = given, (), ()
    if given.shape != (4,) or not _possible(given):
        raise UserError(
            "Given variances must be four numbers (level, level_trend, trend, transitory), the variances at "
            "least 0 and the covariance of level and trend within them."
        )
    here = evaluate(observed, np.tensordot(given / scale**2, raw, axes=(0, 0)))
    return _finish(
        observed, here, given, uncertain, unrestricted, fitted, at_boundary, (), 1, True, times, seen, scale
    )


def _possible(given: Floats) -> bool:
    level, both, trend, transitory = given
    slack = 1.0 + 1e-9
    return bool(
        np.isfinite(given).all() and min(level, trend, transitory) >= 0 and both**2 <= slack * level * trend
    )


def _assemble(
    observed: Observed,
    here: Evaluation,
    raw: Floats,
    parameters: Floats,
    chosen: list[int],
    lost: tuple[str, ...],
    optimum: Optimum,
    times: Floats,
    seen: npt.NDArray[np.bool_],
    scale: float,
) -> AreaFit:
    slope = differentiate(observed, here)
    scores = unit_scores(slope, raw[chosen])
    inverse = np.linalg.pinv(information(here, slope, raw[chosen]), hermitian=True)
    spread = np.cov(scores).reshape(inverse.shape) * observed.value.shape[1]
    expected, robust = np.zeros((4, 4)), np.zeros((4, 4))
    expected[np.ix_(chosen, chosen)] = inverse
    robust[np.ix_(chosen, chosen)] = inverse @ spread @ inverse
    unrestricted = parameters.copy()
    bound = _at_boundary(optimum, parameters, chosen, times)
    if bound:
        unrestricted[chosen] += inverse @ scores.sum(axis=1)
    return _finish(
        observed,
        here,
        parameters * scale**2,
        (expected * scale**4, robust * scale**4),
        unrestricted * scale**2,
        tuple(NAMES[k] for k in chosen),
        bound,
        lost,
        optimum.n_evaluations,
        optimum.converged,
        times,
        seen,
        scale,
    )


def _at_boundary(optimum: Optimum, parameters: Floats, chosen: list[int], times: Floats) -> tuple[str, ...]:
    """Name the parameters at the edge; `parameters` are relative to the total variance."""
    span = max(float(np.abs(times).max()), 1.0)
    names = []
    if 1 in chosen:
        covariance = optimum.roots[0] @ optimum.roots[0].T
        if np.linalg.eigvalsh(covariance).min() < SINGULAR:
            names = ["level_trend"]
            names += ["level"] * bool(parameters[0] < SINGULAR)
            names += ["trend"] * bool(parameters[2] * span**2 < SINGULAR)
    elif parameters[0] < SINGULAR:
        names = ["level"]
    if 3 in chosen and parameters[3] < SINGULAR:
        names.append("transitory")
    return tuple(name for name in NAMES if name in names)


def _finish(
    observed: Observed,
    here: Evaluation,
    parameters: Floats,
    uncertain: tuple[Floats, Floats],
    unrestricted: Floats,
    fitted: tuple[str, ...],
    at_boundary: tuple[str, ...],
    not_identified: tuple[str, ...],
    n_evaluations: int,
    converged: bool,
    times: Floats,
    seen: npt.NDArray[np.bool_],
    scale: float,
) -> AreaFit:
    """Put the pieces together in the units of the figures."""
    mean = np.full(len(times), np.nan)
    covariance = np.full((len(times), len(times)), np.nan)
    mean[seen] = here.mean * scale
    covariance[np.ix_(seen, seen)] = here.mean_covariance * scale**2
    n_values = int(observed.present.sum())
    freedom = n_values - int(seen.sum())
    arrays = (times, mean, covariance, uncertain[0], uncertain[1], unrestricted)
    for array in arrays:
        array.flags.writeable = False
    return AreaFit(
        times=times,
        mean=mean,
        mean_covariance=covariance,
        level=float(parameters[0]),
        level_trend=float(parameters[1]),
        trend=float(parameters[2]),
        transitory=float(parameters[3]),
        parameter_covariance=uncertain[0],
        robust_covariance=uncertain[1],
        unrestricted=unrestricted,
        fitted=fitted,
        at_boundary=at_boundary,
        not_identified=not_identified,
        restricted_log_likelihood=-0.5 * here.criterion - freedom * float(np.log(scale)),
        n_units=observed.value.shape[1],
        n_values=n_values,
        n_evaluations=n_evaluations,
        converged=converged,
    )
