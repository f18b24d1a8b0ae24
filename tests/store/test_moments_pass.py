"""The pass over pupil rows, held against sums made row by row, for both engines."""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl
import pytest

from upwards.core.errors import EmptyData, MissingExtra, UnknownColumn, UserError
from upwards.core.moments import Moments
from upwards.store import moments_pass
from upwards.store.moments_pass import compute_moments

Engine = Literal["polars", "duckdb"]


@pytest.fixture(params=["polars", "duckdb"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "duckdb":
        pytest.importorskip("duckdb", reason="DuckDB, the second engine, is not installed")
    return request.param  # type: ignore[no-any-return]


def pupils(n: int = 300, seed: int = 3) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "lea": rng.choice(["Kent", "Essex", "Álava"], n),
            "school": rng.integers(1, 13, n),
            "teacher": rng.choice(["T1", "T10", "T2"], n),
            "year": rng.integers(2016, 2019, n),
            "sex": rng.choice(["F", "M"], n),
            "prior": rng.normal(100, 15, n),
            "age": rng.normal(11, 0.3, n).astype(np.float32),
            "w": rng.uniform(0.5, 2.0, n),
            "score": rng.normal(50, 10, n),
        }
    )


def design(rows: pl.DataFrame, names: tuple[str, ...]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Build the design row by row, from the names of its columns."""

    def value(name: str, row: dict[str, Any]) -> float:
        if name == "(Intercept)":
            return 1.0
        out = 1.0
        for part in name.split(":"):
            if part == "sexM":
                out *= row["sex"] == "M"
            elif part.startswith("year2"):
                out *= row["year"] == int(part[4:])
            else:
                column, _, power = part.partition("^")
                out *= row[column] ** int(power or 1)
        return out

    return np.array([[*(value(name, row) for name in names), row["score"]] for row in rows.to_dicts()])


def assert_moments_hold(
    moments: Moments, rows: pl.DataFrame, keys: list[str], weights: list[float] | None = None
) -> None:
    """Compare every sum with one made from the rows, cell by cell."""
    d = (design(rows, moments.columns) - moments.centre) / moments.scale
    w = np.array(weights if weights is not None else [1.0] * len(rows))
    np.testing.assert_allclose(moments.gram, (d * w[:, None]).T @ d, rtol=1e-9, atol=1e-9 * len(rows))
    assert moments.sum_log_weight == pytest.approx(np.log(w).sum(), rel=1e-12, abs=1e-12)
    paths = [tuple(str(row[key]) for key in keys) for row in rows.to_dicts()]
    assert sorted(set(paths)) == cell_paths(moments, keys)
    for cell, path in enumerate(cell_paths(moments, keys)):
        inside = np.array([other == path for other in paths])
        expected = (d[inside] * w[inside, None]).T @ d[inside][:, list(moments.slopes)]
        np.testing.assert_allclose(
            moments.products[:, :, cell], expected.T, rtol=1e-9, atol=1e-9 * inside.sum()
        )
        assert moments.n_rows[cell] == inside.sum()
        assert moments.weight[cell] == pytest.approx(w[inside].sum())
        assert moments.weight_squared[cell] == pytest.approx((w[inside] ** 2).sum())


def cell_paths(moments: Moments, keys: list[str]) -> list[tuple[str, ...]]:
    """Return each cell's labels, one per key, from the factors and their codes."""
    label = {}
    for factor, codes in zip(moments.factors, moments.codes, strict=True):
        key = factor.name.split(":")[-1]
        label[key] = [factor.paths[code][-1] for code in codes]
    return list(zip(*(label[key] for key in keys), strict=True))


def test_schools_hold_the_sums_of_their_pupils(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(), outcome="score", intake=["prior", "sex"], nested=["school"], engine=engine
    )
    assert moments.columns == ("(Intercept)", "prior", "sexM")
    assert moments.slopes == (0,)
    assert_moments_hold(moments, rows, ["school"])
    assert moments.left_out == {}
    assert moments.n_all_rows.tolist() == moments.n_rows.tolist()


def test_slopes_powers_categories_and_products_are_summed(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(),
        outcome="score",
        intake=["prior", "prior^2", "age", "C(year)", "sex:prior", "sex:age:C(year)"],
        nested=["lea", "school"],
        slopes={"school": ["prior"], "lea": ["C(year)"]},
        engine=engine,
    )
    names = ("prior", "prior^2", "age", "year2017", "year2018")
    assert moments.columns[1:6] == names
    assert moments.columns[6:] == ("sexM:prior", "sexM:age:year2017", "sexM:age:year2018")
    assert moments.slopes == (0, 1, 4, 5)
    assert_moments_hold(moments, rows, ["lea", "school"])


def test_levels_years_and_crossed_factors_make_cells_together(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(),
        outcome="score",
        intake=["age"],
        nested=["lea", "school"],
        crossed=["teacher"],
        year="year",
        engine=engine,
    )
    assert [factor.name for factor in moments.factors] == ["lea", "school", "school:year", "teacher"]
    assert moments.factors[0].paths == (("Essex",), ("Kent",), ("Álava",))
    assert ("Essex", "1") in moments.factors[1].paths
    assert ("Kent", "1") in moments.factors[1].paths
    assert all(len(path) == 3 for path in moments.factors[2].paths)
    assert moments.factors[3].paths == (("T1",), ("T10",), ("T2",))
    assert_moments_hold(moments, rows, ["lea", "school", "year", "teacher"])


def test_weights_multiply_every_product(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(),
        outcome="score",
        intake=["prior"],
        nested=["school"],
        slopes={"school": ["prior"]},
        weight="w",
        engine=engine,
    )
    keys = sorted(rows["school"].unique().cast(pl.String).to_list())
    assert [path for (path,) in moments.factors[0].paths] == keys
    assert_moments_hold(moments, rows, ["school"], rows["w"].to_list())


def test_units_are_in_code_point_order_and_nested_cells_are_neighbours(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(), outcome="score", intake=[], nested=["lea", "school"], crossed=["teacher"], engine=engine
    )
    for factor, codes in zip(moments.factors[:2], moments.codes[:2], strict=True):
        assert list(factor.paths) == sorted(factor.paths)
        assert (np.diff(codes) >= 0).all()
        assert sorted(set(codes.tolist())) == list(range(factor.n_units))


def test_rows_are_left_out_by_their_first_reason(engine: Engine) -> None:
    rows = pl.DataFrame(
        {
            "score": [1.0, None, 3.0, float("nan"), 5.0, 6.0, 7.0, 8.0, 9.0],
            "prior": [1.0, None, None, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0],
            "sex": ["F", "M", "M", "F", "  ", "M", "F", "M", "F"],
            "w": [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, None, 2.0, 1.0],
            "school": ["A", "A", "A", "B", "A", "A", "A", "", "A"],
        }
    )
    moments = compute_moments(
        rows.lazy(), outcome="score", intake=["prior", "sex"], nested=["school"], weight="w", engine=engine
    )
    assert moments.left_out == {
        "outcome missing": 2,
        "intake 'prior' missing": 1,
        "intake 'sex' missing": 1,
        "weight missing": 1,
        "weight not above zero": 1,
        "level 'school' missing": 1,
    }
    assert list(moments.left_out)[0] == "outcome missing"
    assert moments.n_rows.tolist() == [2]
    assert moments.n_all_rows.tolist() == [7]
    assert moments.n == 2


def test_a_category_level_that_no_used_row_has_is_no_column(engine: Engine) -> None:
    rows = pl.DataFrame(
        {
            "score": [None, 2.0, 3.0, 4.0, 5.0],
            "kind": ["a", "b", "c", "b", "c"],
            "school": [1, 1, 2, 2, 2],
        }
    )
    moments = compute_moments(rows.lazy(), outcome="score", intake=["kind"], nested=["school"], engine=engine)
    assert moments.columns == ("(Intercept)", "kindc")
    assert moments.left_out == {"outcome missing": 1}


def test_scores_around_a_million_lose_nothing(engine: Engine) -> None:
    rows = pupils(2000)
    shifted = rows.with_columns(pl.col("score") + 1e6, pl.col("prior") - 1e7)
    sought = {"outcome": "score", "intake": ["prior"], "nested": ["school"], "slopes": {"school": ["prior"]}}
    near = compute_moments(rows.lazy(), engine=engine, **sought)  # type: ignore[arg-type]
    far = compute_moments(shifted.lazy(), engine=engine, **sought)  # type: ignore[arg-type]
    np.testing.assert_allclose(far.gram, near.gram, rtol=1e-7, atol=1e-5)
    np.testing.assert_allclose(far.products, near.products, rtol=1e-7, atol=1e-5)


def test_only_rows_asked_for_are_read(engine: Engine) -> None:
    rows = pupils()
    moments = compute_moments(
        rows.lazy(),
        outcome="score",
        intake=["prior"],
        nested=["school"],
        where=pl.col("lea") == "Kent",
        engine=engine,
    )
    assert_moments_hold(moments, rows.filter(pl.col("lea") == "Kent"), ["school"])
    assert moments.left_out == {}


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([7, 7, 10], ["10", "7"]),
        ([7.0, 7.0, 10.0], ["10", "7"]),
        ([7.5, 7.5, 1.0], ["1", "7.5"]),
        (["b", "b", " a"], [" a", "b"]),
        ([True, True, False], ["false", "true"]),
    ],
)
def test_labels_are_text_as_stored(labels: list[Any], expected: list[str], engine: Engine) -> None:
    rows = pl.DataFrame({"unit": labels, "score": [1.0, 2.0, 3.0]})
    moments = compute_moments(rows.lazy(), outcome="score", intake=[], nested=["unit"], engine=engine)
    assert [path for (path,) in moments.factors[0].paths] == expected
    assert moments.n_rows.tolist() == [1, 2]


def test_missing_levels_stored_as_numbers_are_left_out(engine: Engine) -> None:
    rows = pl.DataFrame({"unit": [1.0, float("nan"), None, 2.0], "score": [1.0, 2.0, 3.0, 4.0]})
    moments = compute_moments(rows.lazy(), outcome="score", intake=[], nested=["unit"], engine=engine)
    assert moments.left_out == {"level 'unit' missing": 2}
    assert moments.n_all_rows.tolist() == [1, 1]


def test_encoded_text_is_read_as_text(engine: Engine) -> None:
    rows = pupils().with_columns(pl.col("lea").cast(pl.Categorical), pl.col("sex").cast(pl.Enum(["M", "F"])))
    moments = compute_moments(rows.lazy(), outcome="score", intake=["sex"], nested=["lea"], engine=engine)
    assert moments.columns == ("(Intercept)", "sexM")
    assert_moments_hold(moments, rows, ["lea"])


def test_a_number_category_sorts_as_numbers_and_skips_missing(engine: Engine) -> None:
    rows = pl.DataFrame(
        {"score": [1.0, 2.0, 3.0, 4.0, 5.0], "form": [10.0, 9.0, None, float("nan"), 0.1], "school": [1] * 5}
    )
    moments = compute_moments(
        rows.lazy(),
        outcome="score",
        intake=["C(form)"],
        nested=["school"],
        reference_levels={"form": "9"},
        engine=engine,
    )
    assert moments.columns == ("(Intercept)", "form0.1", "form10")
    assert moments.left_out == {"intake 'form' missing": 2}
    raw = moments.gram * np.outer(moments.scale, moments.scale) + np.outer(moments.centre, moments.centre) * 3
    assert raw[1, 1] == pytest.approx(1.0 + 2 * moments.centre[1] * (1 - 3 * moments.centre[1]))


def test_a_constant_column_keeps_its_scale_at_one(engine: Engine) -> None:
    rows = pupils().with_columns(pl.lit(0.1).alias("same"))
    moments = compute_moments(rows.lazy(), outcome="score", intake=["same"], nested=["school"], engine=engine)
    assert moments.scale[1] == 1.0
    assert abs(moments.gram[1, 1]) < 1e-20


def test_odd_column_names_and_levels_are_no_code(engine: Engine) -> None:
    rows = pl.DataFrame(
        {
            'score "of" it': [1.0, 2.0, 4.0],
            "d1": [0.5, 0.7, 0.1],
            "key 0": ["x", "x", "y"],
            "it's": ["o'k", 'n"o', "o'k"],
        }
    )
    moments = compute_moments(
        rows.lazy(), outcome='score "of" it', intake=["d1", "it's"], nested=["key 0"], engine=engine
    )
    assert moments.columns == ("(Intercept)", "d1", "it'so'k")
    assert moments.n_rows.tolist() == [2, 1]


def test_both_engines_find_the_same_sums() -> None:
    pytest.importorskip("duckdb", reason="DuckDB, the second engine, is not installed")
    rows = pupils(5000).with_columns(pl.when(pl.col("age") > 11.3).then(None).otherwise("age").alias("age"))
    found = [
        compute_moments(
            rows.lazy(),
            outcome="score",
            intake=["prior", "age", "sex", "C(year)"],
            nested=["lea", "school"],
            crossed=["teacher"],
            slopes={"school": ["prior"]},
            weight="w",
            engine=engine,
        )
        for engine in ("polars", "duckdb")
    ]
    np.testing.assert_allclose(found[0].gram, found[1].gram, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found[0].products, found[1].products, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(found[0].codes, found[1].codes)
    np.testing.assert_array_equal(found[0].n_all_rows, found[1].n_all_rows)
    assert found[0].left_out == found[1].left_out


def test_a_long_file_is_read_in_pieces(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pupils()
    rows.write_parquet(tmp_path / "pupils.parquet", row_group_size=50)
    monkeypatch.setattr(moments_pass, "ROWS_AT_ONCE", 70)
    assert len(moments_pass._cut(pl.scan_parquet(tmp_path / "pupils.parquet"))) == 5
    moments = compute_moments(
        pl.scan_parquet(tmp_path / "pupils.parquet"),
        outcome="score",
        intake=["prior"],
        nested=["lea", "school"],
        weight="w",
        where=pl.col("lea") != "Kent",
        engine=engine,
    )
    rows = rows.filter(pl.col("lea") != "Kent")
    assert_moments_hold(moments, rows, ["lea", "school"], rows["w"].to_list())


def test_only_a_frame_whose_pieces_can_be_reached_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moments_pass, "ROWS_AT_ONCE", 70)
    rows = pupils().lazy()
    assert len(moments_pass._cut(rows)) == 5
    assert len(moments_pass._cut(rows.filter(pl.col("age") > 11))) == 1


def test_row_order_does_not_matter(engine: Engine) -> None:
    rows = pupils()
    one = compute_moments(rows.lazy(), outcome="score", intake=["sex"], nested=["school"], engine=engine)
    other = compute_moments(
        rows.reverse().lazy(), outcome="score", intake=["sex"], nested=["school"], engine=engine
    )
    np.testing.assert_allclose(one.gram, other.gram, rtol=1e-9, atol=1e-9)
    assert Counter(one.factors[0].paths) == Counter(other.factors[0].paths)


def refused(**changes: Any) -> str:
    rows = changes.pop("rows", pupils())
    request: dict[str, Any] = {"outcome": "score", "intake": ["prior"], "nested": ["school"]} | changes
    with pytest.raises(UserError) as caught:
        compute_moments(rows.lazy(), **request)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outcome": "sex"}, "the outcome column 'sex' holds text, not numbers"),
        ({"weight": "sex"}, "the weight column 'sex' holds text"),
        ({"nested": ["score"]}, "column 'score' is the outcome and cannot be used as a level as well"),
        ({"intake": ["score^2"]}, "column 'score' is the outcome and cannot be used in the intake as well"),
        ({"weight": "score"}, "column 'score' is the outcome and cannot be used as the weight as well"),
        ({"nested": ["school"], "crossed": ["school"]}, "column 'school' is given twice as a level"),
        ({"nested": ["school", "year"], "year": "year"}, "column 'year' is given twice as a level"),
        ({"nested": []}, "no level is given"),
        ({"nested": [], "crossed": ["teacher"], "year": "year"}, "years are parts of a nested level"),
        (
            {"slopes": {"shcool": ["prior"]}},
            "'shcool', which is not a level of this fit; did you mean 'school'?",
        ),
        ({"slopes": {"x": ["prior"]}}, "'x', which is not a level of this fit; the levels are school."),
        ({"slopes": {"school": ["age"]}}, "'age' of level 'school' is not in the intake"),
    ],
)
def test_a_request_that_makes_no_sense_says_why(changes: dict[str, Any], message: str) -> None:
    assert message in refused(**changes)


@pytest.mark.parametrize("role", ["outcome", "nested", "crossed", "year", "weight"])
def test_an_unknown_column_is_named_with_near_misses(role: str) -> None:
    name: Any = ["shcool"] if role in ("nested", "crossed") else "shcool"
    request: dict[str, Any] = {"outcome": "score", "intake": [], "nested": ["lea"]} | {role: name}
    with pytest.raises(UnknownColumn, match="'shcool'; did you mean 'school'"):
        compute_moments(pupils().lazy(), **request)


def test_dates_and_lists_are_no_numbers() -> None:
    rows = pupils(3).with_columns(
        pl.date_range(pl.date(2020, 1, 1), pl.date(2020, 1, 3)).alias("born"), pl.lit([[1]]).alias("list")
    )
    assert "'born' holds dates or times" in refused(rows=rows, intake=["born"])
    assert "'list' holds values of type List" in refused(rows=rows, intake=["list"])


def test_infinite_values_are_an_error(engine: Engine) -> None:
    rows = pupils().with_columns(
        pl.when(pl.col("school") == 3).then(float("inf")).otherwise("prior").alias("prior")
    )
    assert "the intake 'prior' is infinite in" in refused(rows=rows, engine=engine)
    rows = pupils(5).with_columns(pl.Series("score", [1.0, 2.0, float("-inf"), 3.0, 4.0]))
    assert "the outcome is infinite in 1 row," in refused(rows=rows, engine=engine)


def test_values_too_large_to_square_are_an_error(engine: Engine) -> None:
    rows = pl.DataFrame({"score": [1e200, -1e200, 3e200], "school": [1, 1, 2]})
    assert "too large to be squared" in refused(rows=rows, intake=[], engine=engine)
    late = pl.DataFrame({"score": [*range(10_000), 1e300], "school": [1] * 10_001}, strict=False)
    assert "too large to be squared" in refused(rows=late, intake=[], engine=engine)


def test_nothing_left_says_how_it_came() -> None:
    rows = pl.DataFrame({"score": [None, 1.0], "prior": [1.0, None], "school": [1, 2]})
    with pytest.raises(EmptyData, match=r"outcome missing: 1, intake 'prior' missing: 1"):
        compute_moments(rows.lazy(), outcome="score", intake=["prior"], nested=["school"])
    with pytest.raises(EmptyData, match="the data has no rows"):
        compute_moments(rows.head(0).lazy(), outcome="score", intake=["prior"], nested=["school"])


def test_a_column_of_nothing_leaves_nothing() -> None:
    rows = pl.DataFrame({"score": [None, None], "school": [1, 2]})
    with pytest.raises(EmptyData):
        compute_moments(rows.lazy(), outcome="score", intake=[], nested=["school"])


def test_a_category_with_a_level_per_pupil_is_refused() -> None:
    rows = pupils().with_row_index("pupil")
    assert "'pupil' holds 300 different values, too many for a category" in refused(
        rows=rows, intake=["C(pupil)"]
    )


def test_a_missing_duckdb_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Callable[..., Any] = builtins.__import__

    def without_duckdb(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "duckdb":
            raise ImportError(name)
        return found(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_duckdb)
    with pytest.raises(MissingExtra, match=r"pip install 'upwards\[duckdb\]'"):
        compute_moments(pupils().lazy(), outcome="score", intake=[], nested=["school"], engine="duckdb")
