"""Value added: results beyond what the same intake would be expected to reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from upwards.core.errors import UnknownColumn, UserError, near_misses
from upwards.core.moments import Moments, with_combination
from upwards.estimators.composition import with_unit_means
from upwards.estimators.criterion import Method, Problem
from upwards.estimators.elimination import RandomTerm, arrange
from upwards.estimators.mixed_model import MixedModel, fit_mixed_model
from upwards.estimators.newton import minimise
from upwards.estimators.ranks import Ranks
from upwards.estimators.reliability import fit_with_reliability
from upwards.estimators.unit_effects import estimate_unit_effects, rank_units
from upwards.estimators.variance_intervals import Component, point_estimates, variance_intervals
from upwards.measures.value_added_answer import Forecast, LevelEffects, ValueAdded

FEW_UNITS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAddedRequest:
    """What to fit.

    Attributes
    ----------
    levels
        Nested levels, outer to inner, as named in the moments' factors.
    crossed
        Crossed factors.
    year
        Factor of the year; each level whose units last over years gets a year part.
    annual
        Levels whose units last one year, whatever their labels (classes): a unit is one in one year.
    method
        ``"reml"`` or ``"ml"``.
    reliability
        Intake column and its reliability, to be corrected for; None takes intake as exact.
    units_per_mean
        Units that each averaged column of the adjusted fit needs; 0 for no limit.
    composition
        Level over whose units intake is averaged for the adjusted fit; None for no such fit.
    interval_level
        Level of all intervals.
    top_share
        Share of units that counts as the top.
    n_draws
        Joint draws for ranks and P(top); 0 leaves them out.
    seed
        Of the draws.
    intervals
        Intervals of variance components: by profile where affordable, or none.
    """

    levels: tuple[str, ...] = ()
    crossed: tuple[str, ...] = ()
    year: str | None = None
    annual: tuple[str, ...] = ()
    method: Method = "reml"
    reliability: tuple[str, float] | None = None
    composition: str | None = None
    units_per_mean: int = 0
    interval_level: float = 0.95
    top_share: float = 0.2
    n_draws: int = 1000
    seed: int = 1
    intervals: Literal["auto", "profile", "wald", "none"] = "auto"

    @property
    def factors(self) -> tuple[str, ...]:
        """Return the columns that group the rows: levels, crossed factors and the year, each once."""
        return tuple(dict.fromkeys([*self.levels, *self.crossed, *filter(None, [self.year])]))


def measure_value_added(moments: Moments, request: ValueAddedRequest) -> ValueAdded:
    """Estimate what each unit at each level added, and how sure that is.

    Parameters
    ----------
    moments
        Sums per cell of the pupil rows.
    request
        Levels, crossed factors, method, and what to compute beside the effects.

    Returns
    -------
    ValueAdded
        Effects in outcome units: the difference from a unit with average effect and equal intake.

    Raises
    ------
    UserError
        When neither a level nor a crossed factor is given.

    Notes
    -----
    Where there are several years, a level whose units last over years has a lasting effect and a year
    part; levels whose units live in one year (classes) have none. Standard errors take the estimated
    variances as known. Probabilities and ranks come from seeded joint draws.

    References
    ----------
    Goldstein and Spiegelhalter (1996), League tables and their limitations, Journal of the Royal
    Statistical Society A 159, 385–443 (ranks with intervals).
    """
    names, moments, year_parts = _random_factors(moments, request)
    random = [_random_term(moments, name) for name in names]
    model = _fit(moments, random, request)
    components = _components(model, request)
    ranks = _ranks(model, request)
    levels = tuple(
        LevelEffects(moments.factors[t.factor], _term_names(moments, t), effects, rank, name in year_parts)
        for t, effects, rank, name in zip(random, estimate_unit_effects(model), ranks, names, strict=True)
    )
    return ValueAdded(
        model=model,
        components=components,
        r2=explained_shares(model),
        levels=levels,
        forecasts=tuple(_forecast(model, levels, *pair) for pair in year_parts.items()),
        adjusted=adjust_for_composition(
            model, request.composition, year=request.year, units_per_mean=request.units_per_mean
        ),
        interval_level=request.interval_level,
        z=NormalDist().inv_cdf(0.5 + request.interval_level / 2.0),
        warnings=tuple(_warnings(model, request, year_parts)),
    )


def _random_factors(
    moments: Moments, request: ValueAddedRequest
) -> tuple[list[str], Moments, dict[str, str]]:
    """Return the random factors, and which of them is the year part of which level."""
    names = [*request.levels, *request.crossed]
    if not names:
        raise UserError("no level is given: name the columns of the units, such as --levels school.")
    year_parts: dict[str, str] = {}
    for level in request.levels if request.year else ():
        part = f"{level}:{request.year}"
        both = with_combination(moments, level, str(request.year), part)
        if both.factors[-1].n_units == moments.factors[moments.factor(level)].n_units:
            continue
        moments = both
        if level in request.annual:
            names[names.index(level)] = part
        else:
            year_parts[part] = level
            names.append(part)
    return (
        [n for n in names if not _is_a_year_part_again(n, moments, request, year_parts)],
        moments,
        year_parts,
    )


def _is_a_year_part_again(
    name: str, moments: Moments, request: ValueAddedRequest, year_parts: Mapping[str, str]
) -> bool:
    """Say whether a yearly unit (one class a year) is what the year part of an outer level is already."""
    if name.partition(":")[0] not in request.annual:
        return False
    n_units = moments.factors[moments.factor(name)].n_units
    return any(moments.factors[moments.factor(part)].n_units == n_units for part in year_parts)


def levels_apart(
    moments: Moments, levels: Sequence[str], *, kept: str = "school"
) -> tuple[tuple[str, ...], list[str]]:
    """Leave out nested levels that cannot be told from another one, or from the rows.

    Parameters
    ----------
    moments
        Sums per cell, with the levels among their factors.
    levels
        Nested levels, outer to inner.
    kept
        The level that stays in any case.

    Returns
    -------
    tuple
        The levels that remain, and a sentence on each that does not.
    """
    sizes = {name: moments.factors[moments.factor(name)].n_units for name in levels}
    seen = {sizes[kept]: kept}
    found, notes = [], []
    for name in levels:
        if sizes[name] == moments.n:
            notes.append(f"Every '{name}' has one result, so what it adds cannot be told from chance.")
        elif seen.setdefault(sizes[name], name) == name:
            found.append(name)
        else:
            notes.append(
                f"Every '{seen[sizes[name]]}' has one '{name}': what each adds cannot be told apart."
            )
    return tuple(found), notes


def _random_term(moments: Moments, name: str) -> RandomTerm:
    return RandomTerm(moments.factor(name), tuple(moments.random.get(name, (0,))))


def _term_names(moments: Moments, term: RandomTerm) -> tuple[str, ...]:
    return tuple(moments.columns[moments.slopes[z]] for z in term.z)


def _fit(moments: Moments, random: Sequence[RandomTerm], request: ValueAddedRequest) -> MixedModel:
    if request.reliability is None:
        return fit_mixed_model(moments, random, method=request.method)
    column, reliability = request.reliability
    if column not in moments.columns[1:]:
        raise UnknownColumn(
            f"A reliability is given for {column!r}, which is no number of the intake"
            f"{near_misses(column, moments.columns[1:]) or '.'}"
        )
    return fit_with_reliability(
        moments, random, column=column, reliability=reliability, method=request.method
    )


def _components(model: MixedModel, request: ValueAddedRequest) -> tuple[Component, ...]:
    if request.intervals == "none":
        return tuple(point_estimates(model))
    corrected = request.reliability is not None and request.reliability[1] < 1.0
    how = {"auto": False if corrected else None, "profile": True, "wald": False}
    return tuple(variance_intervals(model, level=request.interval_level, profile=how[request.intervals]))


def _ranks(model: MixedModel, request: ValueAddedRequest) -> list[Ranks | None]:
    if request.n_draws == 0:
        return [None for _ in model.random]
    ranks = rank_units(
        model,
        n_draws=request.n_draws,
        seed=request.seed,
        top_share=request.top_share,
        level=request.interval_level,
    )
    return list(ranks)


def _forecast(model: MixedModel, levels: Sequence[LevelEffects], part: str, name: str) -> Forecast:
    """Forecast next year's effect: the lasting part, and the spread of years still to come."""
    places = {level.factor.name: place for place, level in enumerate(levels)}
    lasting = levels[places[name]]
    spread = float(model.variances[places[part]][0, 0])
    se = np.sqrt(lasting.effects.covariance[0, 0] + spread)
    return Forecast(name, tuple(lasting.factor.paths), lasting.effects.effect[0], se)


def explained_shares(model: MixedModel) -> dict[str, float | None]:
    """Return the share of the variance that goes with the intake, per level and in all.

    Parameters
    ----------
    model
        A fitted model.

    Returns
    -------
    dict
        Level, ``"residual"`` and ``"total"`` to 1 - variance / variance without intake; None where
        there is no variance without intake. A level's share can be negative: intake that varies
        within units can uncover differences between them.

    Notes
    -----
    With slopes that vary, the variance of a level differs from pupil to pupil; what counts is its mean
    over the pupils of the fit, z'Vz with their own z.

    References
    ----------
    Raudenbush and Bryk (2002), Hierarchical Linear Models, chapter 4; Snijders and Bosker (2012),
    Multilevel Analysis, section 7.1, for the total.
    """
    problem = model.problem
    plain = [RandomTerm(t.factor) for t in model.random]
    empty = Problem(problem.moments, arrange(problem.moments, plain), problem.kept[:1], problem.method)
    start = [root[:1, :1] for root in model.roots]
    null = minimise(empty, start, decrement=1e-9)  # a share needs fewer digits
    scale2 = float(problem.moments.scale[-1] ** 2)
    null_residual = null.value.quadratic / empty.freedom * scale2
    residual = model.residual_variance
    before = [float(r[0, 0] ** 2) * null_residual for r in null.roots] + [null_residual]
    z = np.array(problem.moments.slopes)
    spread = problem.moments.gram[np.ix_(z, z)] / problem.moments.gram[0, 0]
    blocks = [spread[np.ix_(t.z, t.z)] for t in model.random]
    sizes = [float(np.sum((r @ r.T) * block)) for r, block in zip(model.roots, blocks, strict=True)]
    after = [size * residual for size in sizes] + [residual]
    names = [problem.moments.factors[t.factor].name for t in model.random] + ["residual"]
    shares: dict[str, float | None] = {
        name: (1.0 - b / a if a > 1e-12 * null_residual else None)
        for name, a, b in zip(names, before, after, strict=True)
    }
    return {**shares, "total": 1.0 - sum(after) / sum(before)}


def adjust_for_composition(
    model: MixedModel, level: str | None, *, year: str | None = None, units_per_mean: int = 0
) -> MixedModel | None:
    """Fit the model again with the mean intake of each unit, so that a favourable intake is no credit.

    Parameters
    ----------
    model
        A fitted model.
    level
        Level whose units are averaged over; None returns None.
    year
        Column of the year: which years a unit has results of is no intake, and is not averaged.
    units_per_mean
        Units that each averaged column needs: with few units many means would explain the units
        themselves away. The first columns of the intake come first (prior attainment); 0 takes all.

    Returns
    -------
    MixedModel or None
        Also None where the model has no intake to average, or too few units for one mean.

    Raises
    ------
    UserError
        When the level is not one of the fit.
    """
    moments = model.moments
    if level is None:
        return None
    names = [factor.name for factor in moments.factors]
    if level not in names:
        close = near_misses(level, names) or f"; the levels are {', '.join(names)}."
        raise UserError(f"The mean intake of {level!r} cannot be taken: it is not a level of this fit{close}")
    years = {f"C({year})", year}
    intake = [i for i in range(1, moments.p) if not moments.design or moments.design[i].term not in years]
    if units_per_mean:
        intake = intake[: moments.factors[moments.factor(level)].n_units // units_per_mean]
    if not intake:
        return None
    wider = with_unit_means(moments, moments.factor(level), tuple(intake))
    return fit_mixed_model(wider, model.random, method=model.problem.method, start=model.roots)


def _warnings(model: MixedModel, request: ValueAddedRequest, year_parts: dict[str, str]) -> list[str]:
    out = []
    if model.moments.p == 1:
        out.append("No intake was given: these are raw differences between units, not value added.")
    if not model.converged:
        out.append("The search for the variances did not end at an optimum: do not use these figures.")
    if model.singular:
        out.append(
            "At least one variance (or direction of slopes) is estimated as 0: the data show no spread there."
        )
    if model.dropped:
        out.append("Redundant intake was dropped: " + ", ".join(model.dropped) + ".")
    for term in model.random:
        factor = model.moments.factors[term.factor]
        if factor.n_units < FEW_UNITS:
            out.append(
                f"Only {factor.n_units} units at level '{factor.name}': "
                "their spread is hardly known, see its interval."
            )
    if request.reliability is not None and request.composition is not None:
        out.append("The fit adjusted for mean intake takes the intake as exact, whatever its reliability.")
    if request.year and not year_parts:
        out.append("No unit has more than one year: a lasting effect cannot be told from a year's luck.")
    return out
