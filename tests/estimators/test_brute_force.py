"""The engine against explicit matrices on tiny data: every kind of model, weights, ML and REML."""

from __future__ import annotations

import numpy as np
import pytest

from tests.estimators.brute_force import NAMES, Dense, covariances, random_roots, tiny_rows
from upwards.estimators import band, core_layout
from upwards.estimators.criterion import (
    differentiate,
    evaluate,
    gradient_blocks,
    lower_entries,
    root_gradient,
)
from upwards.estimators.elimination import eliminate_unit_values, look_down
from upwards.estimators.joint_draws import draw_effects
from upwards.estimators.mixed_model import assemble, raw_effects
from upwards.estimators.newton import point_at, shift
from upwards.estimators.unit_effects import estimate_unit_effects

KINDS = ("", "weights", "weights, singular")
BANDED = (
    "two crossed",
    "neighbours crossed",
    "neighbours crossed, classes below",
    "three crossed",
    "crossed above a nested level",
    "school, department and their years",
)
CASES = [(name, kind) for name in NAMES for kind in KINDS] + [(name, "band") for name in BANDED]


def close(left, right, tolerance=1e-9):
    size = max(1.0, float(np.abs(right).max()))
    assert np.abs(np.asarray(left) - np.asarray(right)).max() <= tolerance * size


@pytest.fixture(params=CASES, ids=", ".join)
def case(request, monkeypatch):
    name, kind = request.param
    rows = tiny_rows(name, weighted="weights" in kind)
    if kind == "band":
        monkeypatch.setattr(core_layout, "LARGE", 0)
        monkeypatch.setattr(core_layout, "NARROW", 10.0)
        monkeypatch.setattr(band, "SMALLEST", 2)
        assert isinstance(rows.problem("reml").arrangement.crossing.layout, band.Band)
    return rows, random_roots(rows, 7, "singular" in kind)


@pytest.fixture(params=["reml", "ml"])
def method(request):
    return request.param


def test_criterion_and_coefficients_agree_with_explicit_matrices(case, method):
    rows, roots = case
    dense = Dense(rows, covariances(roots), method)
    problem = rows.problem(method)
    close(evaluate(problem, roots).criterion, dense.criterion())
    model = assemble(problem, point_at(problem, roots))
    _, coefficients, precision = dense.solve()
    close(model.coefficients, coefficients)
    close(model.covariance, dense.sigma2() * np.linalg.inv(precision))
    close(model.residual_variance, dense.sigma2())


def test_gradient_agrees_with_differences_of_the_explicit_criterion(case, method):
    rows, roots = case
    problem = rows.problem(method)
    value = evaluate(problem, roots)
    gradient = root_gradient(gradient_blocks(problem, value, differentiate(problem, value)), roots)
    step = 1e-5
    for e in range(len(lower_entries(roots))):
        ends = []
        for side in (-1.0, 1.0):
            move = np.zeros(len(gradient))
            move[e] = side * step
            ends.append(Dense(rows, covariances(shift(roots, move)), method).criterion())
        assert gradient[e] == pytest.approx((ends[1] - ends[0]) / (2 * step), abs=2e-6, rel=1e-6)


def test_unit_information_and_scores_agree_with_explicit_matrices(case):
    rows, roots = case
    dense = Dense(rows, covariances(roots), "reml")
    problem = rows.problem("reml")
    inverse = dense.solve()[0]
    m = problem.moments
    scaled = (np.column_stack([rows.X, rows.y]) - m.centre) / m.scale
    sides = look_down(problem.arrangement, evaluate(problem, roots).elimination)
    for t, side in enumerate(sides):
        z = dense.z(t)
        close(side.score, np.einsum("nkj,nm->kmj", z, inverse @ scaled))
        information = np.einsum("nkj,nlj->klj", z, np.einsum("ab,bkj->akj", inverse, z))
        close(side.information(), information)
        close(side.total, information.sum(axis=2))
        close(side.total, side.information().sum(axis=-1))


def test_products_of_unit_values_agree_with_explicit_matrices(case):
    rows, roots = case
    dense = Dense(rows, covariances(roots), "reml")
    problem = rows.problem("reml")
    m = problem.moments
    rng = np.random.default_rng(3)
    values, columns = [], []
    for t in range(len(roots)):
        z = dense.z(t)
        for _ in range(2):
            coefficients = rng.normal(size=z.shape[1:])
            values.append((t, coefficients))
            columns.append(np.einsum("nkj,kj->n", z, coefficients))
    F = np.column_stack(columns)
    scaled = (np.column_stack([rows.X, rows.y]) - m.centre) / m.scale
    cross, own = eliminate_unit_values(m, problem.arrangement, evaluate(problem, roots).elimination, values)
    inverse = dense.solve()[0]
    close(cross, scaled.T @ inverse @ F)
    close(own, F.T @ inverse @ F)


def test_effects_and_their_covariances_agree_with_explicit_blups(case, method):
    rows, roots = case
    dense = Dense(rows, covariances(roots), method)
    model = assemble(rows.problem(method), point_at(rows.problem(method), roots))
    effects, spread = dense.posterior()
    at = 0
    for t, found in enumerate(estimate_unit_effects(model)):
        columns = rows.terms[t][1]
        k, n_units = found.effect.shape
        own = slice(at, at + k * n_units)
        at += k * n_units
        # an effect of u0 + u1 (x - centre) / scale, written as a line in raw x
        change = np.diag([1.0 / (rows.X[:, c].std() if c else 1.0) for c in columns])
        change[0] = [1.0, *(-rows.X[:, c].mean() / rows.X[:, c].std() for c in columns[1:])]
        close(found.effect, change @ effects[own].reshape(k, n_units))
        blocks = spread[own, own].reshape(k, n_units, k, n_units)
        each = np.einsum("iujv,uv->iju", blocks, np.eye(n_units))
        close(found.covariance, np.einsum("ai,iju,bj->abu", change, each, change))


def test_joint_draws_have_the_explicit_mean_and_covariance(case):
    rows, roots = case
    dense = Dense(rows, covariances(roots), "reml")
    model = assemble(rows.problem("reml"), point_at(rows.problem("reml"), roots))
    n_draws = 4000
    chunks = list(draw_effects(model, n_draws, seed=5))
    per_term = [np.concatenate([chunk[t] for chunk in chunks], axis=1) for t in range(len(roots))]
    draws = np.concatenate([np.moveaxis(d, 1, 2).reshape(-1, n_draws) for d in per_term])
    effects, spread = dense.posterior()
    scale = model.moments.scale[-1]  # draws are in the outcome's scaled units
    sd = np.sqrt(np.maximum(np.diag(spread), 0.0))
    deviation = np.abs(scale * draws.mean(axis=1) - effects)
    assert np.all(deviation <= 4.5 * sd / np.sqrt(n_draws) + 1e-8)
    covariance = np.cov(scale * draws)
    allowed = 5.5 * np.sqrt((np.outer(sd, sd) ** 2 + spread**2) / n_draws)
    assert np.all(np.abs(covariance - spread) <= allowed + 1e-8)


def test_raw_effects_rewrite_a_line_about_the_centre_as_a_line_in_raw_units():
    rows = tiny_rows("two slopes", weighted=False)
    m = rows.moments()
    u = np.array([0.3, -0.8])
    intercept, slope = raw_effects(m, rows.random()[0]) @ u
    x = rows.X[:, 1]
    expected = m.scale[-1] * (u[0] + u[1] * (x - m.centre[1]) / m.scale[1])
    close(intercept + slope * x, expected)
