"""Linear mixed models by REML or ML, from moments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from upwards.core.moments import Floats, Ints, Moments
from upwards.estimators import elimination
from upwards.estimators.criterion import Method, Problem, Slope, Value
from upwards.estimators.elimination import RandomTerm
from upwards.estimators.identification import check_residual, check_rows, check_terms
from upwards.estimators.newton import Optimum, is_singular, minimise


@dataclass(frozen=True, slots=True, eq=False)
class MixedModel:
    """A fitted linear mixed model, in raw units unless said otherwise.

    Attributes
    ----------
    problem, roots, value, slope
        Where the fit ended, in centred and scaled columns: for effects, draws and intervals.
    terms
        Names of the r coefficients.
    dropped
        Names of redundant design columns.
    coefficients, covariance
        Shapes (r,) and (r, r).
    residual_variance
        Pupil (lowest level) variance, of a row of mean weight.
    variances
        Per random term its covariance, shape (k, k).
    log_likelihood
        Restricted log-likelihood for REML, comparable only between equal intake.
    n_parameters
        Coefficients, free covariance entries and the residual variance.
    n
        Rows used.
    converged, singular, n_steps
        Whether the search ended at an optimum; whether a covariance has a direction without
        variance; Newton steps taken.
    """

    problem: Problem
    roots: list[Floats]
    value: Value
    slope: Slope
    terms: tuple[str, ...]
    dropped: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    residual_variance: float
    variances: list[Floats]
    log_likelihood: float
    n_parameters: int
    n: int
    converged: bool
    singular: bool
    n_steps: int

    @property
    def moments(self) -> Moments:
        """Return the moments that were fitted."""
        return self.problem.moments

    @property
    def random(self) -> tuple[RandomTerm, ...]:
        """Return the random terms."""
        return self.problem.arrangement.terms

    @property
    def aic(self) -> float:
        """Return Akaike's criterion."""
        return -2.0 * self.log_likelihood + 2.0 * self.n_parameters

    @property
    def bic(self) -> float:
        """Return Schwarz's criterion, with the number of rows."""
        return -2.0 * self.log_likelihood + float(np.log(self.n)) * self.n_parameters

    @property
    def standard_errors(self) -> Floats:
        """Return the coefficients' standard errors, shape (r,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def fit_mixed_model(
    moments: Moments,
    random: Sequence[RandomTerm],
    *,
    method: Method = "reml",
    start: list[Floats] | None = None,
) -> MixedModel:
    """Fit a linear mixed model to sums per cell.

    Parameters
    ----------
    moments
        Sums per cell; never the rows themselves.
    random
        Random terms: nested levels to any depth, crossed factors, with or without slopes.
    method
        ``"reml"`` (restricted maximum likelihood) or ``"ml"``.
    start
        Covariance roots to begin the search from.

    Returns
    -------
    MixedModel
        Frozen; effects of units are read from it by `unit_effects`.

    Raises
    ------
    NotIdentified
        When there are fewer rows than coefficients, the outcome does not vary or is determined
        exactly, or a random term's variance cannot be told from data of this form.

    Notes
    -----
    Weights are relative: they are divided by their mean, which leaves all but the unit of the residual
    variance as it is.

    Redundant design columns are dropped, later ones first, and named in `dropped`. A variance of
    zero is an answer; `singular` says so.

    References
    ----------
    Bates, Mächler, Bolker, Walker (2015), Fitting linear mixed-effects models using lme4,
    section 3.4, https://doi.org/10.18637/jss.v067.i01

    Examples
    --------
    >>> from upwards.core.moments import Factor
    >>> y = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])  # two schools, three pupils each
    >>> sums = np.stack([np.full(2, 3.0), y.sum(axis=1)])[None]
    >>> total = np.array([[6.0, y.sum()], [y.sum(), (y**2).sum()]])
    >>> one, threes = np.ones(2), np.full(2, 3)
    >>> moments = Moments(
    ...     columns=("(Intercept)",), slopes=(0,), factors=(Factor("school", (("a",), ("b",))),),
    ...     codes=np.array([[0, 1]]), n_rows=threes, n_all_rows=threes, weight=3.0 * one,
    ...     weight_squared=3.0 * one, products=sums, gram=total, sum_log_weight=0.0,
    ...     centre=np.zeros(2), scale=one, left_out={})
    >>> fit = fit_mixed_model(moments, [RandomTerm(0)])
    >>> [round(float(v), 4) for v in (fit.coefficients[0], fit.variances[0][0, 0], fit.residual_variance)]
    [4.0, 6.6667, 4.0]
    """
    moments = with_mean_weight_one(moments)
    kept = independent_columns(moments)
    check_rows(moments, len(kept))
    check_terms(moments, random)
    problem = Problem(moments, elimination.arrange(moments, random), kept, method)
    check_residual(_share_unexplained(problem))
    optimum = minimise(problem, start)
    check_residual(optimum.value.quadratic / float(moments.gram[-1, -1]))
    return assemble(problem, optimum)


def with_mean_weight_one(moments: Moments) -> Moments:
    """Divide all weights by their mean; the likelihood stays the same.

    Parameters
    ----------
    moments
        Sums per cell.

    Returns
    -------
    Moments
        The same object where the mean is 1 already.
    """
    mean = float(moments.weight.sum()) / max(moments.n, 1)
    if mean == 1.0:
        return moments
    return replace(
        moments,
        weight=moments.weight / mean,
        weight_squared=moments.weight_squared / mean**2,
        products=moments.products / mean,
        gram=moments.gram / mean,
        sum_log_weight=moments.sum_log_weight - moments.n * float(np.log(mean)),
    )


def _share_unexplained(problem: Problem) -> float:
    """Return the share of the outcome's squares that intake alone leaves."""
    gram, kept = problem.moments.gram, problem.kept
    own, right = gram[np.ix_(kept, kept)], gram[kept, -1]
    left = float(gram[-1, -1] - right @ np.linalg.solve(own, right))
    return left / float(gram[-1, -1])


def assemble(problem: Problem, optimum: Optimum) -> MixedModel:
    """Turn where the search ended into a fitted model in raw units."""
    moments, kept = problem.moments, problem.kept
    roots, value = optimum.roots, optimum.value
    relative = value.quadratic / problem.freedom
    change, shift = to_raw(moments, kept)
    unscaled = np.linalg.inv(value.precision) * relative
    variances = [
        relative * t @ root @ root.T @ t.T
        for root, t in zip(roots, (raw_effects(moments, r) for r in problem.arrangement.terms), strict=True)
    ]
    n_covariances = sum(len(root) * (len(root) + 1) // 2 for root in roots)
    return MixedModel(
        problem=problem,
        roots=roots,
        value=value,
        slope=optimum.slope,
        terms=tuple(moments.columns[i] for i in kept),
        dropped=tuple(c for i, c in enumerate(moments.columns) if i not in set(kept.tolist())),
        coefficients=change @ value.coefficients + shift,
        covariance=change @ unscaled @ change.T,
        residual_variance=float(relative * moments.scale[-1] ** 2),
        variances=variances,
        log_likelihood=-0.5 * value.criterion,
        n_parameters=len(kept) + n_covariances + 1,
        n=moments.n,
        converged=optimum.converged,
        singular=is_singular(roots),
        n_steps=optimum.n_steps,
    )


def independent_columns(moments: Moments, tolerance: float = 1e-10) -> Ints:
    """Return the positions of the design columns that earlier ones do not already determine.

    Parameters
    ----------
    moments
        Sums per cell.
    tolerance
        Share of a column's squared length, about its centre, that must be its own; 1e-10 is lme4's
        1e-7 for lengths, with room for float32 columns.

    Returns
    -------
    Ints
        Increasing; position 0 (the intercept) is always there.
    """
    gram = moments.gram[:-1, :-1].copy()
    length = np.diag(gram).copy()
    length[0] = max(length[0], 1.0)
    kept = []
    for i in range(moments.p):
        if gram[i, i] <= tolerance * length[i] or gram[i, i] <= 1e-14 * length[0]:
            continue
        kept.append(i)
        gram -= np.outer(gram[:, i], gram[i]) / gram[i, i]
    return np.array(kept, dtype=np.int64)


def to_raw(moments: Moments, kept: Ints) -> tuple[Floats, Floats]:
    """Return A (r, r) and a (r,) with ``raw coefficients = A scaled + a``."""
    change = np.diag(moments.scale[-1] / moments.scale[kept])
    change[0] -= moments.centre[kept] @ change
    change[0, 0] = moments.scale[-1]
    shift = np.zeros(len(kept))
    shift[0] = moments.centre[-1]
    return change, shift


def raw_effects(moments: Moments, term: RandomTerm) -> Floats:
    """Return T (k, k) with ``raw effects = T scaled effects`` for a random term."""
    columns = np.array([moments.slopes[z] for z in term.z])
    return to_raw(moments, columns)[0]
