"""Fay–Herriot models of published figures over years: true spread apart from known sampling error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from upwards.core.errors import UserError
from upwards.estimators.area_figures import (
    NAMES,
    Panel,
    area_basis,
    arrange,
    check_figures,
    check_size,
    identified,
)
from upwards.estimators.area_likelihood import (
    Evaluation,
    differentiate,
    evaluate,
    information,
    unit_scores,
)
from upwards.estimators.area_search import SINGULAR, Form, Optimum, is_singular, maximise

Floats = npt.NDArray[np.float64]


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
    check_size(np.isfinite(value))
    panel = arrange(value, variance, years)
    if fixed is not None:
        return _at_given(panel, fixed)
    chosen, lost = identified(np.isfinite(value), years, trend, transitory)
    return _estimated(panel, _search(panel, chosen), chosen, lost)


@dataclass(frozen=True, slots=True, eq=False)
class _Variances:
    """Four parameters in the units of the figures, and how sure they are."""

    parameters: Floats
    expected: Floats
    robust: Floats
    unrestricted: Floats
    fitted: tuple[str, ...]
    at_boundary: tuple[str, ...]
    not_identified: tuple[str, ...]
    n_evaluations: int
    converged: bool


def _search(panel: Panel, chosen: list[int]) -> Optimum:
    """Search with time counted from the middle, where level and trend are least entangled."""
    times = panel.times[panel.seen]
    middle, span = _middle(times)
    sizes = (2 if 1 in chosen else 1,) + (1,) * (3 in chosen)
    start = [np.diag([0.6, 0.2]) if 1 in chosen else np.array([[0.6]])]
    if 3 in chosen:
        start.append(np.array([[0.4]]))
    return maximise(panel.observed, Form(area_basis((times - middle) / span)[chosen], sizes), start)


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


def _at_given(panel: Panel, fixed: Sequence[float] | Floats | AreaFit) -> AreaFit:
    if isinstance(fixed, AreaFit):
        given = _Variances(
            fixed.parameters,
            fixed.parameter_covariance,
            fixed.robust_covariance,
            fixed.unrestricted,
            fixed.fitted,
            fixed.at_boundary,
            fixed.not_identified,
            1,
            True,
        )
        return _assemble(panel, _at(panel, fixed.parameters), given)
    parameters, zero = np.array(fixed, dtype=float), np.zeros((4, 4))
    if parameters.shape != (4,) or not _possible(parameters):
        raise UserError(
            "Given variances must be four numbers (level, level_trend, trend, transitory), the variances at "
            "least 0 and the covariance of level and trend within them."
        )
    given = _Variances(parameters, zero, zero.copy(), parameters.copy(), (), (), (), 1, True)
    return _assemble(panel, _at(panel, parameters), given)


def _at(panel: Panel, parameters: Floats) -> Evaluation:
    return evaluate(panel.observed, np.tensordot(parameters / panel.scale**2, panel.basis, axes=(0, 0)))


def _possible(given: Floats) -> bool:
    level, both, trend, transitory = given
    slack = 1.0 + 1e-9
    return bool(
        np.isfinite(given).all() and min(level, trend, transitory) >= 0 and both**2 <= slack * level * trend
    )


def _estimated(panel: Panel, optimum: Optimum, chosen: list[int], lost: tuple[str, ...]) -> AreaFit:
    """Add what is known of the variances' uncertainty, with time counted from 0."""
    relative = _to_raw(optimum, panel.times[panel.seen], chosen)
    here = evaluate(panel.observed, np.tensordot(relative, panel.basis, axes=(0, 0)))
    slope = differentiate(panel.observed, here)
    scores = unit_scores(slope, panel.basis[chosen])
    inverse = np.asarray(np.linalg.pinv(information(here, slope, panel.basis[chosen]), hermitian=True))
    spread = np.cov(scores).reshape(inverse.shape) * scores.shape[1]
    bound = _at_boundary(optimum, relative, chosen, panel.times)
    unrestricted = relative.copy()
    if bound:
        unrestricted[chosen] += inverse @ scores.sum(axis=1)
    found = _Variances(
        relative * panel.scale**2,
        _among_four(inverse, chosen) * panel.scale**4,
        _among_four(inverse @ spread @ inverse, chosen) * panel.scale**4,
        unrestricted * panel.scale**2,
        tuple(NAMES[k] for k in chosen),
        bound,
        lost,
        optimum.n_evaluations,
        optimum.converged,
    )
    return _assemble(panel, here, found)


def _among_four(matrix: Floats, chosen: list[int]) -> Floats:
    full = np.zeros((4, 4))
    full[np.ix_(chosen, chosen)] = matrix
    return full


def _at_boundary(optimum: Optimum, relative: Floats, chosen: list[int], times: Floats) -> tuple[str, ...]:
    """Name the parameters at the edge; `relative` are shares of the total variance."""
    span = max(float(np.abs(times).max()), 1.0)
    names = []
    if 1 in chosen and is_singular(optimum.roots[0]):
        names = ["level_trend"]
        names += ["level"] * bool(relative[0] < SINGULAR)
        names += ["trend"] * bool(relative[2] * span**2 < SINGULAR)
    elif 1 not in chosen and relative[0] < SINGULAR:
        names = ["level"]
    if 3 in chosen and relative[3] < SINGULAR:
        names.append("transitory")
    return tuple(name for name in NAMES if name in names)


def _assemble(panel: Panel, here: Evaluation, found: _Variances) -> AreaFit:
    """Put the pieces together in the units of the figures."""
    seen, n_years = panel.seen, len(panel.times)
    mean, mean_covariance = np.full(n_years, np.nan), np.full((n_years, n_years), np.nan)
    mean[seen] = here.mean * panel.scale + panel.centre
    mean_covariance[np.ix_(seen, seen)] = here.mean_covariance * panel.scale**2
    n_values = int(panel.observed.present.sum())
    freedom = n_values - int(seen.sum())
    level, level_trend, trend, transitory = (float(x) for x in found.parameters)
    return AreaFit(
        times=_sealed(panel.times),
        mean=_sealed(mean),
        mean_covariance=_sealed(mean_covariance),
        level=level,
        level_trend=level_trend,
        trend=trend,
        transitory=transitory,
        parameter_covariance=_sealed(found.expected),
        robust_covariance=_sealed(found.robust),
        unrestricted=_sealed(found.unrestricted),
        fitted=found.fitted,
        at_boundary=found.at_boundary,
        not_identified=found.not_identified,
        restricted_log_likelihood=-0.5 * here.criterion - freedom * float(np.log(panel.scale)),
        n_units=panel.observed.value.shape[1],
        n_values=n_values,
        n_evaluations=found.n_evaluations,
        converged=found.converged,
    )


def _sealed(array: Floats) -> Floats:
    array.flags.writeable = False
    return array
