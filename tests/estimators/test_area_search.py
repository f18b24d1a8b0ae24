"""The search for variances: it leaves boundaries that are not the optimum, and stays where they are."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.test_area_likelihood import arranged
from upwards.estimators import area_search
from upwards.estimators.area_figures import area_basis
from upwards.estimators.area_search import Form, maximise

TIMES = np.array([-1.0, -0.5, 0.5, 1.0])
FORM = Form(area_basis(TIMES), (2, 1))


def panel(seed: int, *, scale: float = 0.6):
    rng = np.random.default_rng(seed)
    path = rng.normal(size=(80, 2)) * [0.8, 0.5]
    value = scale * (path[:, :1] + path[:, 1:] * TIMES + 0.4 * rng.normal(size=(80, 4)))
    variance = rng.uniform(0.05, 0.3, (80, 4))
    return arranged(value + np.sqrt(variance) * rng.normal(size=(80, 4)), variance)


def far() -> list[np.ndarray]:
    return [np.diag([0.6, 0.2]), np.array([[0.4]])]


@pytest.mark.parametrize(
    "start",
    [
        [np.zeros((2, 2)), np.zeros((1, 1))],
        [np.array([[0.5, 0.0], [0.2, 0.0]]), np.zeros((1, 1))],
        [np.diag([40.0, 1e-6]), np.array([[30.0]])],
    ],
)
def test_every_start_ends_at_the_same_optimum(start):
    expected, found = maximise(panel(1), FORM, far()), maximise(panel(1), FORM, start)
    assert found.converged
    assert found.value.criterion == pytest.approx(expected.value.criterion, abs=1e-8)
    np.testing.assert_allclose(found.parameters, expected.parameters, rtol=1e-4)


def test_a_zero_that_is_the_optimum_is_kept():
    observed = panel(2, scale=0.0)
    zero = [np.zeros((2, 2)), np.zeros((1, 1))]
    found = maximise(observed, FORM, zero)
    other = maximise(observed, FORM, far())
    assert found.converged
    assert found.value.criterion == pytest.approx(other.value.criterion, abs=1e-6)


def test_a_search_that_runs_out_of_steps_says_so(monkeypatch):
    monkeypatch.setattr(area_search, "MAX_STEPS", 1)
    assert not maximise(panel(3), FORM, far()).converged


def test_a_search_that_cannot_leave_a_boundary_says_so(monkeypatch):
    monkeypatch.setattr(area_search._Search, "leave_boundary", lambda self, here: here.roots)
    assert not maximise(panel(4), FORM, far()).converged


def test_where_rounding_hides_any_fall_the_search_ends(monkeypatch):
    monkeypatch.setattr(area_search, "DECREMENT", -1.0)
    monkeypatch.setattr(area_search._Search, "_line_search", lambda *_: None)
    assert maximise(panel(5), FORM, far()).converged


def test_a_step_that_overshoots_is_halved():
    search = area_search._Search(panel(6), FORM)
    roots = far()
    value = search.evaluate(roots)
    move, fall = search.step(search.point(roots, value, True))
    found = search._line_search(roots, value, 64.0 * move, 64.0 * fall)
    assert found is not None
    assert found[1].criterion < value.criterion


def test_no_way_down_is_said():
    search = area_search._Search(panel(7), FORM)
    best = maximise(panel(7), FORM, far())
    move = np.full(4, 0.1)
    assert search._line_search(best.roots, best.value, move, -1e3) is None


def system(rng: np.random.Generator):
    """Return a small system of any shape: parts of size 0 to 100, errors alike or far apart, gaps."""
    n_units, n_years = int(rng.integers(8, 60)), int(rng.integers(3, 7))
    times = np.linspace(-1.0, 1.0, n_years)
    level, trend, year = (rng.choice([0.0, 0.03, 1.0, 10.0]) * rng.uniform(0.5, 1.5) for _ in range(3))
    u = rng.normal(size=(n_units, 1))
    b = rng.choice([-1.0, 0.0, 1.0]) * u + rng.choice([0.0, 1.0]) * rng.normal(size=(n_units, 1))
    variance = np.exp(rng.normal(0.0, rng.choice([0.2, 1.0, 3.0]), (n_units, n_years)))
    value = level * u + trend * b * times + year * rng.normal(size=variance.shape)
    value += np.sqrt(variance) * rng.normal(size=variance.shape)
    value[:, 2:][rng.random((n_units, n_years - 2)) < rng.choice([0.0, 0.4])] = np.nan
    scale = np.nanstd(value)
    return arranged(value / scale, variance / scale**2), Form(area_basis(times), (2, 1))


@pytest.mark.parametrize("seed", range(40))
def test_no_random_start_finds_a_better_place(seed):
    rng = np.random.default_rng(seed)
    observed, form = system(rng)
    found = maximise(observed, form, far())
    assert found.converged
    for _ in range(3):
        size = rng.choice([0.05, 0.5, 2.0])
        start = [size * np.tril(np.abs(rng.normal(size=(2, 2)))), size * np.abs(rng.normal(size=(1, 1)))]
        assert found.value.criterion <= maximise(observed, form, start).value.criterion + 1e-5
