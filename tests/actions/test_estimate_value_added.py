"""The same answer from a file and from every kind of frame, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest

import upwards
from upwards.actions.estimate_value_added import with_year
from upwards.core.errors import EmptyData, UnknownColumn, UserError

ASKED: dict[str, Any] = {
    "outcome": "score",
    "intake": ["prior", "sex"],
    "levels": ["school", "class"],
    "slopes": {"school": ["prior"]},
    "draws": 100,
}


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    n = 400
    return pl.DataFrame(
        {
            "school": [f"S{i % 10}" for i in range(n)],
            "class": [i // 10 % 4 + 1 for i in range(n)],
            "sex": ["FM"[i * 7 % 5 % 2] for i in range(n)],
            "prior": [None if i % 50 == 0 else float((i * 37) % 101) / 10 for i in range(n)],
            "score": [float((i * 53) % 97) / 10 + (i % 10) + (i * 37 % 101) / 20 for i in range(n)],
        }
    )


def answer_of(source: Any, **more: Any) -> dict[str, Any]:
    found = upwards.estimate_value_added(source, **ASKED | more).to_dict()
    found.pop("origin")
    return found


def test_every_kind_of_frame_gives_the_same_answer(rows: pl.DataFrame, tmp_path: Path) -> None:
    expected = answer_of(rows)
    assert expected["fit"]["n_pupils"] == 392
    assert expected["fit"]["n_left_out"] == 8
    rows.write_csv(tmp_path / "rows.csv")
    rows.write_parquet(tmp_path / "rows.parquet")
    # a missing number makes pandas' whole column one of decimals
    sources = {
        "lazy": rows.lazy(),
        "pandas": pd.DataFrame(rows.to_dict(as_series=False)),
        "pyarrow": rows.to_arrow(),
        "csv": tmp_path / "rows.csv",
        "text": str(tmp_path / "rows.csv"),
        "parquet": tmp_path / "rows.parquet",
    }
    for name, source in sources.items():
        found = answer_of(source)
        assert json.dumps(shape_of(found)) == json.dumps(shape_of(expected)), name
        assert numbers_of(found) == pytest.approx(numbers_of(expected), rel=1e-7, abs=1e-9), name


def shape_of(value: Any) -> Any:
    """The answer without its numbers."""
    if isinstance(value, dict):
        return {key: shape_of(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [shape_of(one) for one in value]
    return "number" if isinstance(value, float) else value


def numbers_of(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for one in value.values() for number in numbers_of(one)]
    if isinstance(value, list | tuple):
        return [number for one in value for number in numbers_of(one)]
    return [value] if isinstance(value, float) else []


def test_two_engines_give_one_answer(rows: pl.DataFrame) -> None:
    pytest.importorskip("duckdb")
    one, other = answer_of(rows), answer_of(rows, engine="duckdb")
    assert numbers_of(one["fit"]) == pytest.approx(numbers_of(other["fit"]), rel=1e-8)


def test_the_settings_hold_all_that_was_asked(rows: pl.DataFrame) -> None:
    settings = answer_of(rows, reliability=None, reference_levels={"sex": "M"}, weight=None)["settings"]
    assert settings["outcome"] == "score"
    assert settings["intake"] == ["prior", "sex"]
    assert settings["slopes"] == {"school": ["prior"]}
    assert settings["reference_levels"] == {"sex": "M"}
    assert list(settings["levels"]) == ["school", "class"]
    assert {"method", "year", "weight", "seed", "reliability", "composition", "interval_level"} <= set(
        settings
    )
    json.dumps(settings, allow_nan=False)


def test_the_file_is_named_without_its_folder_and_a_frame_not_at_all(
    rows: pl.DataFrame, tmp_path: Path
) -> None:
    rows.write_csv(tmp_path / "rows.csv")
    of_file = upwards.estimate_value_added(tmp_path / "rows.csv", **ASKED).to_dict()["origin"]
    assert [source["name"] for source in of_file["source"]] == ["rows.csv"]
    assert upwards.estimate_value_added(rows, **ASKED).to_dict()["origin"]["source"] == []


def test_several_subjects_of_one_pupil_are_refused_unless_crossed(rows: pl.DataFrame) -> None:
    pupil = pl.int_range(pl.len()) % 200
    twice = rows.with_columns(pupil.alias("pupil"))
    with pytest.raises(UserError, match="200 pupils in 400 rows"):
        answer_of(twice)
    renamed = twice.rename({"pupil": "candidate"})
    with pytest.raises(UserError, match="--crossed candidate"):
        answer_of(renamed, pupil="candidate")
    asked = {"outcome": "score", "intake": ["prior"], "crossed": ["pupil", "school"], "draws": 0}
    crossed = upwards.estimate_value_added(twice, **asked).to_dict()
    assert {row["level"] for row in crossed["units"]} == {"pupil", "school"}


def test_a_class_of_one_label_in_two_years_is_two_classes(rows: pl.DataFrame) -> None:
    yearly = rows.with_columns((2018 + pl.int_range(pl.len()) // 200).alias("year"))
    answer = answer_of(yearly, year="year", slopes=None)
    assert {row["level"] for row in answer["units"]} == {"school", "school:year", "class:year"}
    assert (
        sum(row["level"] == "class:year" for row in answer["units"])
        == yearly.select(pl.struct("school", "class", "year").n_unique()).item()
    )


def test_coverage_is_known_also_where_a_whole_class_cannot_be_used(rows: pl.DataFrame) -> None:
    gone = (pl.col("school") == "S3") & (pl.col("class") > 1)
    answer = answer_of(rows.with_columns(pl.when(~gone).then("prior").alias("prior")), slopes=None)
    found = {tuple(row["path"]): row["coverage"] for row in answer["units"] if row["level"] == "school"}
    assert found["S3",] == pytest.approx(0.25)
    assert found["S1",] == 1.0


def test_crossed_factors_have_their_coverage_too(rows: pl.DataFrame) -> None:
    teachers = rows.with_columns((pl.int_range(pl.len()) % 7).alias("teacher"))
    answer = answer_of(teachers, levels=[], crossed=["school", "teacher"], slopes=None)
    assert {row["coverage"] for row in answer["units"] if row["unit"] == "S0"} == {32 / 40}


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"outcome": "scor"}, UnknownColumn, "'scor'"),
        ({"levels": ["schol"]}, UnknownColumn, "'schol'"),
        ({"pupil": "candidat"}, UnknownColumn, "'candidat'"),
        ({"reliability": {"prior": 0.8, "sex": 0.9}}, UserError, "one intake column"),
        ({"levels": []}, UserError, "level"),
        ({"weight": "sex"}, UserError, "'sex'"),
    ],
)
def test_a_mistake_is_told_by_name(rows: pl.DataFrame, more: dict[str, Any], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        answer_of(rows, **more)


def test_a_frame_without_rows_is_refused(rows: pl.DataFrame) -> None:
    with pytest.raises(EmptyData):
        answer_of(rows.clear())


def test_reliability_corrects_the_slope(rows: pl.DataFrame) -> None:
    plain = answer_of(rows, slopes=None)["fit"]["coefficients"][1]["estimate"]
    mended = answer_of(rows, slopes=None, reliability={"prior": 0.8})["fit"]["coefficients"][1]["estimate"]
    assert abs(mended) > abs(plain)


def test_a_year_joins_the_intake_once() -> None:
    assert with_year(["prior"], "year") == ["prior", "C(year)"]
    assert with_year(["prior", "C(year)"], "year") == ["prior", "C(year)"]
    assert with_year(["prior", "year"], "year") == ["prior", "year"]
    assert with_year(["prior"], None) == ["prior"]


def test_the_package_offers_what_it_names_and_nothing_else() -> None:
    assert callable(upwards.estimate_value_added)
    with pytest.raises(AttributeError, match="no attribute 'estimate_valueadded'"):
        upwards.estimate_valueadded  # noqa: B018
