"""What units added: years, coverage, explained shares, and what a reader is warned of."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from upwards.core.errors import UnknownColumn, UserError
from upwards.core.moments import Moments
from upwards.measures.value_added import (
    ValueAddedRequest,
    explained_shares,
    levels_apart,
    measure_value_added,
)
from upwards.measures.value_added_answer import ValueAdded
from upwards.store.moments_pass import compute_moments

QUICK: dict[str, Any] = {"n_draws": 0, "intervals": "none"}


def pupils(
    seed: int, *, schools: int = 20, years: int = 3, n: int = 15, school: float = 0.3, luck: float = 0.2
):
    """Pupils of several years, their schools' lasting effects, and the effects of a year still to come."""
    rng = np.random.default_rng(seed)
    lasting = rng.normal(0, school, schools)
    yearly = rng.normal(0, luck, (schools, years + 1))
    s, y, _ = (part.ravel() for part in np.meshgrid(range(schools), range(years), range(n), indexing="ij"))
    prior = rng.normal(size=s.size)
    score = 0.5 * prior + lasting[s] + yearly[s, y] + rng.normal(0, 0.8, s.size)
    rows = pl.LazyFrame(
        {"school": [f"S{i:02d}" for i in s], "year": 2017 + y, "class": y % 2, "prior": prior, "score": score}
    )
    return rows, lasting, lasting + yearly[:, -1]


def summed(rows: pl.LazyFrame, intake: list[str], nested: list[str], **more: Any) -> Moments:
    return compute_moments(rows, outcome="score", intake=intake, nested=nested, **more)


def with_years(rows: pl.LazyFrame, nested: tuple[str, ...] = ("school",), **more: Any) -> ValueAdded:
    moments = summed(rows, ["prior", "C(year)"], list(nested), crossed=["year"])
    return measure_value_added(moments, ValueAddedRequest(levels=nested, year="year", **QUICK | more))


def test_the_lasting_effect_and_next_years_effect_are_covered() -> None:
    lasting_held, next_held, lasting_called_next = [], [], []
    for seed in range(12):
        rows, lasting, coming = pupils(seed)
        answer = with_years(rows)
        forecast = answer.forecasts[0]
        units = answer.level("school").effects
        # Effects are about the average of these schools; with twenty of them that average is known only to
        # 0.3 / sqrt(20), so truth is taken about its own average too.
        z = answer.z
        lasting_held.append(
            np.abs(units.effect[0] - (lasting - lasting.mean())) < z * units.standard_error[0]
        )
        truth = coming - lasting.mean()
        next_held.append(np.abs(forecast.estimate - truth) < z * forecast.se)
        lasting_called_next.append(np.abs(units.effect[0] - truth) < z * units.standard_error[0])
    n = 12 * 20
    assert np.mean(next_held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / n)
    assert np.mean(lasting_held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / n)
    # The lasting interval says nothing of next year: the year's luck is still to come.
    assert np.mean(lasting_called_next) < np.mean(next_held)


def test_a_forecast_is_the_lasting_effect_with_the_spread_of_years() -> None:
    answer = with_years(pupils(1)[0])
    forecast = answer.forecasts[0]
    units = answer.level("school").effects
    year_variance = float(answer.model.variances[1][0, 0])
    np.testing.assert_allclose(forecast.se, np.sqrt(units.standard_error[0] ** 2 + year_variance))
    assert [row["estimate"] for row in answer.forecast_rows()] == forecast.estimate.tolist()


def test_the_part_of_a_year_is_beside_the_lasting_effect() -> None:
    answer = with_years(pupils(2)[0])
    assert [(level.factor.name, level.is_year_part) for level in answer.levels] == [
        ("school", False),
        ("school:year", True),
    ]
    assert answer.level("school:year").factor.paths[0] == ("S00", "2017")


def test_classes_of_one_label_in_two_years_are_two_classes() -> None:
    rows = pupils(3)[0].with_columns(pl.when(pl.col("prior") > 0).then(0).otherwise(1).alias("class"))
    lasting = with_years(rows, ("school", "class"))
    yearly = with_years(rows, ("school", "class"), annual=("class",))
    # Two classes of the same two labels in each of twenty schools and three years.
    assert lasting.level("class").factor.n_units == 20 * 2
    assert yearly.level("class:year").factor.n_units == 20 * 2 * 3
    assert "class" not in [level.factor.name for level in yearly.levels]
    assert [forecast.level for forecast in yearly.forecasts] == ["school"]


def test_one_class_a_year_is_the_year_of_its_school() -> None:
    rows = pupils(3)[0].with_columns(pl.lit("A").alias("class"))
    answer = with_years(rows, ("school", "class"), annual=("class",))
    assert [level.factor.name for level in answer.levels] == ["school", "school:year"]


def test_levels_that_hold_the_same_units_are_told_apart_from_the_rest() -> None:
    rows = pupils(3, years=1)[0].with_columns(
        trust=pl.col("school"), house=pl.col("prior") > 0, row=pl.int_range(pl.len())
    )
    moments = summed(rows, [], ["trust", "school", "class", "house", "row"])
    levels, notes = levels_apart(moments, ["trust", "school", "class", "house", "row"])
    assert levels == ("school", "house")
    assert notes == [
        "Every 'school' has one 'trust': what each adds cannot be told apart.",
        "Every 'school' has one 'class': what each adds cannot be told apart.",
        "Every 'row' has one result, so what it adds cannot be told from chance.",
    ]


def test_where_no_unit_has_two_years_that_is_said() -> None:
    rows = pupils(4, years=2)[0].with_columns(school=pl.format("{} {}", "school", "year"))
    answer = with_years(rows)
    assert [level.factor.name for level in answer.levels] == ["school"]
    assert any("cannot be told from a year's luck" in warning for warning in answer.warnings)
    assert answer.forecasts == ()


def test_without_a_level_it_is_said_which_option_is_missing() -> None:
    with pytest.raises(UserError, match="--levels school"):
        measure_value_added(summed(pupils(5)[0], [], ["school"]), ValueAddedRequest())


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"reliability": ("priors", 0.8)}, "'priors'"),
        ({"reliability": ("(Intercept)", 0.8)}, "no number of the intake"),
        ({"reliability": ("prior", 1.2)}, "1.2"),
        ({"composition": "lea"}, "the levels are school"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(request_: dict[str, Any], words: str) -> None:
    moments = summed(pupils(5)[0], ["prior"], ["school"])
    with pytest.raises(UserError, match=words):
        measure_value_added(moments, ValueAddedRequest(levels=("school",), **QUICK | request_))


def test_an_unknown_intake_column_is_a_lookup_error_to_python() -> None:
    moments = summed(pupils(5)[0], ["prior"], ["school"])
    with pytest.raises(UnknownColumn):
        measure_value_added(moments, ValueAddedRequest(levels=("school",), reliability=("x", 0.8), **QUICK))


def test_perfect_reliability_changes_nothing() -> None:
    moments = summed(pupils(6)[0], ["prior"], ["school"])
    plain = measure_value_added(moments, ValueAddedRequest(levels=("school",), **QUICK))
    exact = measure_value_added(
        moments, ValueAddedRequest(levels=("school",), reliability=("prior", 1.0), **QUICK)
    )
    np.testing.assert_allclose(plain.model.coefficients, exact.model.coefficients)


def test_explained_shares_compare_each_variance_with_that_without_intake() -> None:
    moments = summed(pupils(7)[0], ["prior"], ["school"])
    empty = summed(pupils(7)[0], [], ["school"])
    model = measure_value_added(moments, ValueAddedRequest(levels=("school",), **QUICK)).model
    null = measure_value_added(empty, ValueAddedRequest(levels=("school",), **QUICK)).model
    shares = explained_shares(model)
    before = [float(null.variances[0][0, 0]), null.residual_variance]
    after = [float(model.variances[0][0, 0]), model.residual_variance]
    assert shares["school"] == pytest.approx(1 - after[0] / before[0], rel=1e-5)
    assert shares["residual"] == pytest.approx(1 - after[1] / before[1], rel=1e-6)
    assert shares["total"] == pytest.approx(1 - sum(after) / sum(before), rel=1e-6)
    assert all(share == 0 for share in explained_shares(null).values())


def test_with_slopes_a_levels_variance_is_its_mean_over_pupils() -> None:
    rows = pupils(8)[0].with_columns(
        score=pl.col("score") + pl.col("prior") * (pl.col("school").hash(1) % 7) / 7
    )
    moments = summed(rows, ["prior"], ["school"], slopes={"school": ["prior"]})
    model = measure_value_added(moments, ValueAddedRequest(levels=("school",), **QUICK)).model
    null = measure_value_added(
        summed(rows, [], ["school"]), ValueAddedRequest(levels=("school",), **QUICK)
    ).model
    z = np.column_stack([np.ones(rows.collect().height), rows.collect()["prior"].to_numpy()])
    mean = float(np.mean(np.einsum("ni,ij,nj->n", z, model.variances[0], z)))
    shares = explained_shares(model)
    assert shares["school"] == pytest.approx(1 - mean / float(null.variances[0][0, 0]), rel=1e-5)


def test_explained_shares_do_not_depend_on_the_order_of_rows() -> None:
    rows = pupils(9)[0]
    found = [
        measure_value_added(
            summed(frame, ["prior"], ["school"], slopes={"school": ["prior"]}),
            ValueAddedRequest(levels=("school",), **QUICK),
        ).r2
        for frame in (rows, rows.sort("prior"))
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-6)


def test_a_level_without_variance_has_no_explained_share() -> None:
    # Means of schools differ by less than chance, so without intake nothing lies between schools.
    rows = pl.LazyFrame(
        {"school": ["a", "b"] * 20, "prior": [0, 1, 1, 0] * 10, "score": [*range(20), *range(20)]}
    )
    model = measure_value_added(
        summed(rows, ["prior"], ["school"]), ValueAddedRequest(levels=("school",), **QUICK)
    )
    assert model.r2["school"] is None


def test_what_a_reader_must_know_is_said() -> None:
    rows = pupils(10, schools=4, years=1)[0].with_columns(twice=2 * pl.col("prior"))
    bare = measure_value_added(summed(rows, [], ["school"]), ValueAddedRequest(levels=("school",), **QUICK))
    assert any("raw differences" in warning for warning in bare.warnings)
    assert any("Only 4 units" in warning for warning in bare.warnings)
    both = measure_value_added(
        summed(rows, ["prior", "twice"], ["school"]),
        ValueAddedRequest(levels=("school",), composition="school", reliability=("prior", 0.999), **QUICK),
    )
    assert any("dropped: twice" in warning for warning in both.warnings)
    assert any("takes the intake as exact" in warning for warning in both.warnings)


def test_coverage_counts_what_whole_classes_lack() -> None:
    rows = pl.LazyFrame(
        {
            "school": ["a"] * 20 + ["b"] * 20 + ["c"] * 20,
            "class": (["1"] * 10 + ["2"] * 10) * 3,
            # all of one class of school a have no prior attainment
            "prior": [float(i * 7 % 9) for i in range(10)]
            + [None] * 10
            + [float(i * 7 % 9) for i in range(40)],
            "score": [float(i * 11 % 13) for i in range(60)],
        }
    )
    answer = measure_value_added(
        summed(rows, ["prior"], ["school", "class"]), ValueAddedRequest(levels=("school", "class"), **QUICK)
    )
    assert answer.coverage == pytest.approx(50 / 60)
    counted = answer.with_all_rows({"school": {("a",): 20, ("b",): 20, ("c",): 20}})
    found = {row["unit"]: row["coverage"] for row in counted.unit_rows() if row["level"] == "school"}
    assert found == {"a": 0.5, "b": 1.0, "c": 1.0}
    assert {row["coverage"] for row in counted.unit_rows() if row["level"] == "class"} == {1.0}


def test_the_fit_adjusted_for_mean_intake_has_units_of_its_own() -> None:
    moments = summed(pupils(11)[0], ["prior"], ["school"])
    answer = measure_value_added(
        moments, ValueAddedRequest(levels=("school",), composition="school", **QUICK)
    )
    adjusted = list(answer.adjusted_rows())
    assert [row["unit"] for row in adjusted] == [row["unit"] for row in answer.unit_rows()]
    assert [row["effect"] for row in adjusted] != [row["effect"] for row in answer.unit_rows()]
    plain = measure_value_added(moments, ValueAddedRequest(levels=("school",), **QUICK))
    assert list(plain.adjusted_rows()) == []
    assert plain.composition_to_rows() is None


def test_without_intake_there_is_no_composition_to_adjust_for() -> None:
    moments = summed(pupils(12)[0], [], ["school"])
    answer = measure_value_added(
        moments, ValueAddedRequest(levels=("school",), composition="school", **QUICK)
    )
    assert answer.adjusted is None


def test_intervals_are_by_the_method_asked_for() -> None:
    moments = summed(pupils(13)[0], ["prior"], ["school"])
    found = {
        how: measure_value_added(
            moments, ValueAddedRequest(levels=("school",), n_draws=0, intervals=how)
        ).components
        for how in ("auto", "profile", "wald", "none")
    }
    assert [c.method for c in found["profile"]] == ["profile", "profile"]
    assert [c.method for c in found["wald"]] == ["wald", "wald"]
    assert [(c.lower, c.upper) for c in found["none"]] == [(None, None)] * 2
    assert found["auto"][0].lower == found["profile"][0].lower
