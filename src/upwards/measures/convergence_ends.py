"""Where the bottom and the top of true levels are: sampling noise taken off the whole shape."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np

from upwards.core.moments import Floats, Ints
from upwards.measures.convergence_moments import TrueMoments, error_of, weigh_units

NORMAL = NormalDist()
SHARES = (0.1, 0.9)
# levels are looked for on a grid of standard deviations about the mean
GRID = np.linspace(-5.0, 5.0, 101)
KNOTS = np.array([-1.8, -1.0, -0.35, 0.35, 1.0, 1.8])
# of the shape's coefficients; keeps what the data do not tell near the normal shape
RIDGE = 1.0
STEPS = 40
SMALLEST_KERNEL = 1e-300


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The 10th and the 90th percentile of true levels in each of T years.

    Attributes
    ----------
    bottom, top
        Shape (T,); NaN where there is no true spread.
    bottom_error, top_error
        Shape (T, T): covariance of these.
    """

    bottom: Floats
    top: Floats
    bottom_error: Floats
    top_error: Floats


def measure_ends(
    value: Floats,
    variance: Floats,
    moments: TrueMoments,
    *,
    pupils: Floats | None = None,
    area: Ints | None = None,
) -> Ends:
    """Estimate where the bottom and the top of true levels are, without taking their shape to be normal.

    Parameters
    ----------
    value, variance
        Figures and sampling variances that do not depend on the figure, shape (I, T).
    moments
        Their moments.
    pupils
        Shape (I, T): of percentages, the pupils they rest on, whose answers are yes or no.
    area
        As in `measure_moments`.

    Returns
    -------
    Ends

    Notes
    -----
    In each year the log density of true levels is that of a normal with their mean and spread plus a natural
    cubic spline with six knots (Efron's g-modelling), fitted by likelihood with a weak ridge; the noise of
    each unit is its own. Errors come from the units themselves. A system whose bottom is lifted and whose
    top stays has then a top that stays, which mean + 1.28 SD does not show.

    References
    ----------
    Efron, B. (2016). Empirical Bayes deconvolution estimates. Biometrika 103(1), 1-20.
    """
    known = ~np.isnan(value) & ~np.isnan(variance)
    weight = weigh_units(value, variance, known)
    years = range(len(moments.times))
    found = [
        _of_year(
            value[:, t],
            np.where(known[:, t], variance[:, t], np.nan),
            weight,
            (float(moments.mean[t]), float(moments.covariance[t, t])),
            None if pupils is None else pupils[:, t],
        )
        for t in years
    ]
    places, influence = (np.stack(x, axis=-1) for x in zip(*found, strict=True))
    bottom, top = (error_of(influence[:, side], area) for side in (0, 1))
    return Ends(places[0], places[1], bottom, top)


def _of_year(
    value: Floats, variance: Floats, weight: Floats, about: tuple[float, float], pupils: Floats | None
) -> tuple[Floats, Floats]:
    """Return the two percentiles, shape (2,), and what each unit adds to them, shape (I, 2)."""
    mean, true = about
    here = np.flatnonzero(~np.isnan(variance))
    influence = np.zeros((len(value), 2))
    if not true > 0 or len(here) < len(KNOTS):
        return np.full(2, np.nan), influence
    level = mean + sqrt(true) * GRID
    kernel = _kernel(value[here], variance[here], level, None if pupils is None else pupils[here])
    weight = weight[here] / weight[here].mean()
    density, score, bread = _fit_shape(kernel, weight)
    step = level[1] - level[0]
    below = np.cumsum(density) - density / 2
    moves = density[:, None] * (BASIS - density @ BASIS)
    moves = np.cumsum(moves, axis=0) - moves / 2
    places = np.interp(SHARES, below, level)
    for side, place in enumerate(places):
        slope = np.array([np.interp(place, level, column) for column in moves.T])
        height = max(float(np.interp(place, level, density)) / step, 1e-12)
        influence[here, side] = -(weight[:, None] * score) @ np.linalg.solve(bread, slope) / height
    return places, influence


def _kernel(value: Floats, variance: Floats, level: Floats, pupils: Floats | None) -> Floats:
    """Return the likelihood of each figure at each level, shape (I, G), each unit's largest 1."""
    if pupils is None:
        logs = -((value[:, None] - level) ** 2) / (2 * np.maximum(variance, 1e-12)[:, None])
    else:
        inside = (level > 0) & (level < 100)
        share = np.where(inside, level / 100, 0.5)
        yes = pupils * value / 100
        logs = yes[:, None] * np.log(share) + (pupils - yes)[:, None] * np.log(1 - share)
        logs = np.where(inside, logs, -np.inf)
    return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)) + SMALLEST_KERNEL)


def _spline() -> Floats:
    """Return the natural cubic spline on the grid, orthonormal under the normal shape, shape (G, 5)."""
    last = KNOTS[-1]

    def bend(knot: float) -> Floats:
        return np.asarray((np.maximum(GRID - knot, 0) ** 3 - np.maximum(GRID - last, 0) ** 3) / (last - knot))

    columns = [GRID, *(bend(knot) - bend(KNOTS[-2]) for knot in KNOTS[:-2])]
    root = np.sqrt(NORMAL_SHAPE)[:, None]
    made = np.stack([np.ones_like(GRID), *columns], axis=1)
    orthonormal = np.linalg.qr(made * root)[0] / np.maximum(root, 1e-150)
    mixing = np.linalg.lstsq(made * root, orthonormal * root, rcond=None)[0]
    return np.asarray(made @ mixing[:, 1:])


def _fit_shape(kernel: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the density on the grid, each unit's score, and the curvature of the penalised likelihood."""
    at = np.zeros(BASIS.shape[1])
    best = -np.inf
    step = np.zeros_like(at)
    for _ in range(STEPS):
        tilt = BASIS @ (at + step)
        density = NORMAL_SHAPE * np.exp(tilt - tilt.max())
        density = density / density.sum()
        seen = kernel @ density
        fits = float(weight @ np.log(seen) - RIDGE / 2 * ((at + step) ** 2).sum())
        if not fits >= best - 1e-9:
            step = step / 2
            continue
        settled, best, at = fits - best < 1e-7, fits, at + step
        after = kernel * density / seen[:, None]
        means, middle = after @ BASIS, density @ BASIS
        score = means - middle
        spread = BASIS.T @ (BASIS * density[:, None]) - np.outer(middle, middle)
        own = BASIS.T @ (BASIS * (weight @ after)[:, None]) - means.T @ (means * weight[:, None])
        bread = weight.sum() * spread - own + RIDGE * np.eye(len(at))
        if settled:
            break
        climb = weight @ score - RIDGE * at
        if np.linalg.eigvalsh(bread)[0] <= 0:
            bread = score.T @ (score * weight[:, None]) + RIDGE * np.eye(len(at))
        step = np.linalg.solve(bread, climb)
    return density, score, bread


NORMAL_SHAPE = np.exp(-(GRID**2) / 2) / np.exp(-(GRID**2) / 2).sum()
BASIS = _spline()
