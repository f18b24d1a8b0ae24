"""How levels, categories, powers and products are written on the command line."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def pupils(tmp_path: Any) -> Any:
    path = tmp_path / "pupils.csv"
    rows = [
        f"{'abcdef'[i % 6]},{i % 3},{'xyz'[i % 5 % 3]},{(i * 37) % 23},{(i * 53) % 29 + i % 6 + 2 * (i % 3)}"
        for i in range(180)
    ]
    path.write_text("school,band,kind,prior,score\n" + "\n".join(rows), encoding="utf-8")
    return path


def terms(said: Any) -> list[str]:
    assert said.code == 0, said.err
    return [row["term"] for row in said.json["fit"]["coefficients"]]


@pytest.mark.parametrize(
    ("intake", "expected"),
    [
        ("kind", ["kindy", "kindz"]),
        ("band", ["band"]),
        ("C(band)", ["band1", "band2"]),
        ("prior,prior^2", ["prior", "prior^2"]),
        ("prior,kind:prior", ["prior", "kindy:prior", "kindz:prior"]),
    ],
)
def test_a_term_is_spelt_out_as_columns(run: Any, pupils: Any, intake: str, expected: list[str]) -> None:
    said = run(
        "value-added",
        pupils,
        "--outcome",
        "score",
        "--levels",
        "school",
        "--intake",
        intake,
        "--draws",
        "0",
        "--format",
        "json",
    )
    assert terms(said) == ["(Intercept)", *expected]


def test_options_may_be_repeated_or_parted_by_commas(run: Any, pupils: Any) -> None:
    fixed = [
        "value-added",
        pupils,
        "--outcome",
        "score",
        "--levels",
        "school",
        "--draws",
        "0",
        "--format",
        "json",
    ]
    once = run(*fixed, "--intake", "prior,kind")
    again = run(*fixed, "--intake", "prior", "--intake", "kind")
    assert once.json["fit"] == again.json["fit"]


def test_another_reference_level_changes_names_and_not_the_fit(run: Any, pupils: Any) -> None:
    fixed = [
        "value-added",
        pupils,
        "--outcome",
        "score",
        "--levels",
        "school",
        "--intake",
        "kind",
        "--draws",
        "0",
        "--format",
        "json",
    ]
    plain, other = run(*fixed), run(*fixed, "--reference-level", "kind=y")
    assert terms(other) == ["(Intercept)", "kindx", "kindz"]
    by_term = {row["term"]: row["estimate"] for row in plain.json["fit"]["coefficients"]}
    moved = {row["term"]: row["estimate"] for row in other.json["fit"]["coefficients"]}
    assert moved["kindx"] == pytest.approx(-by_term["kindy"])
    likely = [said.json["fit"]["log_likelihood"] for said in (plain, other)]
    assert likely[0] == pytest.approx(likely[1])


def test_slopes_may_vary_at_several_levels(run: Any, files: Any) -> None:
    said = run(
        "value-added",
        files["Chem97"],
        "--outcome",
        "score",
        "--intake",
        "gcsecnt",
        "--levels",
        "lea,school",
        "--slopes",
        "lea:gcsecnt,school:gcsecnt",
        "--draws",
        "0",
        "--intervals",
        "none",
        "--format",
        "json",
    )
    assert said.code == 0, said.err
    named = {(row["level"], row["term"]) for row in said.json["units"]}
    assert named == {(level, term) for level in ("lea", "school") for term in ("(Intercept)", "gcsecnt")}


def test_crossed_factors_need_no_levels(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "crossed.csv"
    rows = [f"p{i % 12},s{i % 5},{(i * 31) % 17 + i % 5 + i % 12 / 3}" for i in range(240)]
    path.write_text("primary,secondary,score\n" + "\n".join(rows), encoding="utf-8")
    said = run(
        "value-added", path, "--outcome", "score", "--crossed", "primary,secondary", "--format", "json"
    )
    assert said.code == 0, said.err
    assert {row["level"] for row in said.json["units"]} == {"primary", "secondary"}
    assert all(len(row["path"]) == 1 for row in said.json["units"])


def test_composition_and_reliability_reach_the_fit(run: Any, files: Any) -> None:
    fixed = [
        "value-added",
        files["Exam"],
        "--outcome",
        "normexam",
        "--intake",
        "standLRT",
        "--levels",
        "school",
        "--draws",
        "0",
        "--intervals",
        "none",
        "--format",
        "json",
    ]
    said = run(*fixed, "--composition", "school", "--reliability", "standLRT=0.85")
    plain = run(*fixed).json["fit"]["coefficients"][1]["estimate"]
    assert said.code == 0, said.err
    assert said.json["fit"]["coefficients"][1]["estimate"] > plain * 1.05
    assert [row["term"] for row in said.json["composition"]][-1] == "standLRT (mean of school)"
    assert len(said.json["units_adjusted"]) == 65
    assert any("as exact" in warning for warning in said.json["warnings"])


def test_a_year_adds_a_part_and_a_forecast(run: Any, tmp_path: Any) -> None:
    path = tmp_path / "years.csv"
    rows = [
        f"{'abcdefgh'[i % 8]},{2018 + i // 8 % 3},{(i * 41) % 19},{(i * 29) % 31 + 2 * (i % 8)}"
        for i in range(480)
    ]
    path.write_text("school,year,prior,score\n" + "\n".join(rows), encoding="utf-8")
    said = run(
        "value-added",
        path,
        "--outcome",
        "score",
        "--intake",
        "prior",
        "--levels",
        "school",
        "--year",
        "year",
        "--format",
        "json",
    )
    assert terms(said) == ["(Intercept)", "prior", "year2019", "year2020"]
    assert {row["level"] for row in said.json["units"]} == {"school", "school:year"}
    part = next(row for row in said.json["units"] if row["level"] == "school:year")
    assert part["path"] == ["a", "2018"]
    lasting = {row["unit"]: row for row in said.json["units"] if row["level"] == "school"}
    for row in said.json["forecasts"]:
        assert row["estimate"] == lasting[row["unit"]]["effect"]
        assert row["se"] >= lasting[row["unit"]]["se"]
