"""Systems of schools whose true levels are known: stationary ones, and ones that converge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
YEARS = (2016, 2017, 2018, 2019)
PUPIL_SD = 6.0


@dataclass(frozen=True)
class System:
    """True levels, published figures and their sampling variances, shape (I, T)."""

    true: Floats
    value: Floats
    variance: Floats


def draw(rng: np.random.Generator, size: int, *, heavy: bool = False) -> Floats:
    """Draw numbers with mean 0 and variance 1, normal or with the tails of Student's t on 5 degrees."""
    return rng.standard_t(5, size) / np.sqrt(5 / 3) if heavy else rng.standard_normal(size)


def autoregressive(
    rng: np.random.Generator,
    units: int,
    *,
    keep: float = 0.9,
    sd: float = 2.3,
    heavy: bool = False,
    years: int = 4,
) -> Floats:
    """Draw stationary levels that forget: each year `keep` times the last, and something new."""
    levels = np.empty((units, years))
    levels[:, 0] = sd * draw(rng, units, heavy=heavy)
    for t in range(1, years):
        levels[:, t] = keep * levels[:, t - 1] + sd * np.sqrt(1 - keep**2) * draw(rng, units, heavy=heavy)
    return levels


def trending(rng: np.random.Generator, units: int, parts: tuple[float, float, float, float]) -> Floats:
    """Draw levels of the model: persistent + trend + transitory, with variances A, C, B, W; four years."""
    a, c, b, w = parts
    root = np.linalg.cholesky(np.array([[a, c], [c, b]]))
    u, slope = root @ rng.standard_normal((2, units))
    return np.asarray(
        u[:, None] + slope[:, None] * np.arange(4) + np.sqrt(w) * rng.standard_normal((units, 4))
    )


def publish(
    rng: np.random.Generator,
    true: Floats,
    *,
    missing: float = 0.1,
    outlier: bool = False,
    pupil_sd: float = PUPIL_SD,
) -> System:
    """Publish levels: cohorts of 6 to 200 pupils, some years missing, perhaps one figure far off."""
    size = rng.lognormal(3.4, 0.6, (len(true), 1)).clip(6, 200) * rng.uniform(0.8, 1.2, true.shape)
    variance = pupil_sd**2 / size
    value = true + np.sqrt(variance) * rng.standard_normal(true.shape)
    value[rng.random(true.shape) < missing] = np.nan
    if outlier:
        value[rng.integers(len(true)), rng.integers(true.shape[1])] = 25.0
    return System(true, value, variance)
