"""The JSON of `value-added` on a file, key by key."""

from __future__ import annotations

from typing import Any

import pytest

TOP = ["schema", "origin", "settings", "warnings", "fit", "units"]
FIT = [
    "method",
    "log_likelihood",
    "aic",
    "bic",
    "r2",
    "n_pupils",
    "n_left_out",
    "converged",
    "singular",
    "dropped_terms",
    "coefficients",
    "variance_components",
]
COEFFICIENT = ["term", "estimate", "se", "lower", "upper"]
COMPONENT = ["level", "term", "term2", "variance", "sd", "lower", "upper"]
UNIT = [
    "level",
    "unit",
    "path",
    "term",
    "n",
    "effect",
    "se",
    "lower",
    "upper",
    "p_above_average",
    "p_top",
    "rank",
    "rank_lower",
    "rank_upper",
    "reliability",
]
FOR_INTERCEPTS = ["p_above_average", "p_top", "rank", "rank_lower", "rank_upper"]


def has(keys: list[str], found: Any) -> bool:
    return [key for key in found if key in keys] == keys


@pytest.fixture
def answer(run: Any, files: Any) -> Any:
    said = run(
        "value-added",
        files["Exam"],
        "--outcome",
        "normexam",
        "--intake",
        "standLRT,sex",
        "--levels",
        "school",
        "--slopes",
        "school:standLRT",
        "--draws",
        "200",
        "--format",
        "json",
    )
    assert said.code == 0, said.err
    return said.json


def test_every_key_is_there(answer: Any) -> None:
    assert answer["schema"] == "upwards.value_added/1"
    assert has(TOP, answer)
    assert has(FIT, answer["fit"])
    assert all(list(row) == COEFFICIENT for row in answer["fit"]["coefficients"])
    assert all(list(row) == COMPONENT for row in answer["fit"]["variance_components"])
    assert all(has(UNIT, row) for row in answer["units"])


def test_terms_are_named_as_lme4_names_them(answer: Any) -> None:
    assert [row["term"] for row in answer["fit"]["coefficients"]] == ["(Intercept)", "standLRT", "sexM"]
    named = [(row["level"], row["term"], row["term2"]) for row in answer["fit"]["variance_components"]]
    assert named == [
        ("school", "(Intercept)", None),
        ("school", "standLRT", None),
        ("school", "(Intercept)", "standLRT"),
        ("residual", None, None),
    ]


def test_a_pair_has_its_correlation_as_sd_and_its_covariance_as_variance(answer: Any) -> None:
    intercept, slope, pair, residual = answer["fit"]["variance_components"]
    assert pair["variance"] == pytest.approx(pair["sd"] * intercept["sd"] * slope["sd"])
    assert -1 < pair["lower"] < pair["sd"] < pair["upper"] < 1
    for row in (intercept, slope, residual):
        assert row["variance"] == pytest.approx(row["sd"] ** 2)
        assert 0 < row["lower"] < row["sd"] < row["upper"]


def test_probabilities_and_ranks_are_for_intercepts_only(answer: Any) -> None:
    assert len(answer["units"]) == 2 * 65
    for row in answer["units"]:
        is_intercept = row["term"] == "(Intercept)"
        assert all((row[name] is not None) == is_intercept for name in FOR_INTERCEPTS)
        assert row["path"] == [row["unit"]]
        assert isinstance(row["unit"], str)
        assert row["lower"] < row["effect"] < row["upper"]
        assert 0 <= row["reliability"] <= 1


def test_without_draws_there_are_no_ranks(run: Any, files: Any) -> None:
    said = run(
        "value-added",
        files["Exam"],
        "--outcome",
        "normexam",
        "--levels",
        "school",
        "--draws",
        "0",
        "--format",
        "json",
    )
    first = said.json["units"][0]
    assert [name for name in FOR_INTERCEPTS if first[name] is not None] == ["p_above_average"]


def test_the_origin_names_the_file_and_its_contents(answer: Any) -> None:
    assert answer["origin"]["source"][0]["name"] == "Exam.csv"
    assert len(answer["origin"]["source"][0]["sha256"]) == 64
    assert answer["origin"]["n"] == answer["fit"]["n_pupils"] == 4059
    assert answer["settings"]["thresholds"]["top_share"]["value"] == 0.2
    assert answer["settings"]["seed"] == 1


def test_a_singular_fit_has_null_where_nothing_is_known(run: Any, tmp_path: Any) -> None:
    rows = "\n".join(f"{'ab'[i % 2]},{i % 4 + i // 4},{(i * 7) % 5}" for i in range(40))
    path = tmp_path / "flat.csv"
    path.write_text("school,prior,score\n" + rows, encoding="utf-8")
    said = run(
        "value-added",
        path,
        "--outcome",
        "score",
        "--intake",
        "prior",
        "--levels",
        "school",
        "--slopes",
        "school:prior",
        "--format",
        "json",
    )
    assert said.code == 0, said.err
    fit = said.json["fit"]
    pair = next(row for row in fit["variance_components"] if row["term2"])
    assert fit["singular"]
    assert pair["sd"] is None or abs(pair["sd"]) == pytest.approx(1)
    assert any("estimated as 0" in warning for warning in said.json["warnings"])


def test_rows_left_out_are_counted_by_reason(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "gaps.csv"
    kept = "\n".join(f"{'abc'[i % 3]},{i % 7},{(i * 5) % 11},F" for i in range(30))
    path.write_text(f"school,prior,score,sex\n{kept}\na,,3,F\na,2,,F\n,2,3,M\nb,2,3, \n", encoding="utf-8")
    said = run(
        "value-added",
        path,
        "--outcome",
        "score",
        "--intake",
        "prior,sex",
        "--levels",
        "school",
        "--format",
        "json",
    )
    fit = said.json["fit"]
    assert fit["n_pupils"] == 30
    assert fit["n_left_out"] == 4
    assert sum(fit["left_out"].values()) == 4
    assert len(fit["left_out"]) == 4
