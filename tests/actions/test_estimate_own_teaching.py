"""What one teacher's classes added, from imported rows: which results enter, and what is kept of it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.measures.group_of_schools import Shape, draw_group, import_rows
from upwards.actions.describe_teaching_spread import describe_teaching_spread
from upwards.actions.estimate_own_teaching import estimate_own_teaching
from upwards.actions.workspace_answer import NotYetComputed, kept_only
from upwards.core.attributed import AttributedClass

YEARS = (2017, 2018, 2019)
TEACHER = "TS03-1-A"
OTHER = "TS03-1-B"


def classes_of(name: str = "A", share: float = 1.0, **more: Any) -> list[AttributedClass]:
    """The three years of one class in both subjects."""
    return [
        AttributedClass("S03", subject, year, name, share, **more)
        for year in YEARS
        for subject in ("mathematics", "reading")
    ]


def drawn(**changed: pl.Expr) -> pl.DataFrame:
    rows = draw_group(31, Shape(schools=8, years=YEARS, pupils=24)).rows
    known = rows.with_columns(
        pl.format("T{}-{}-{}", "school", "stage", "class").alias("teacher"),
        pl.col("disadvantaged").cast(pl.Int8),
    ).filter(pl.col("stage") == "1")
    return known.with_columns(**changed) if changed else known


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = import_rows(drawn(), tmp_path_factory.mktemp("own"), intake=["disadvantaged", "sex"])
    describe_teaching_spread(folder)
    return folder


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_classes_of_a_teacher_are_measured_together(workspace: Path) -> None:
    found = estimate_own_teaching(f" {TEACHER.lower()} ", classes_of(), workspace)
    assert found["refusal"] == ""
    assert (found["n_results"], found["n_pupils"], found["n_years"], found["n_classes"]) == (144, 72, 3, 6)
    assert found["coverage"] == 1.0
    figure = found["figure"]
    assert figure["lower"] < figure["effect"] < figure["upper"]
    assert abs(figure["effect"]) < abs(figure["raw"])
    assert set(found["settings"]) == {"coverage.minimum", "named_person.min_pupils", "named_person.min_years"}
    assert "Only 8 schools" in found["notes"][0]


def test_nothing_of_it_is_written_down(workspace: Path) -> None:
    before = files_of(workspace)
    estimate_own_teaching(TEACHER, classes_of(), workspace)
    assert files_of(workspace) == before


def test_what_is_kept_for_it_is_about_nobody(workspace: Path) -> None:
    kept = describe_teaching_spread(workspace)
    assert set(kept) == {"schema", "refusal", "expectations", "spread"}
    text = json.dumps(kept)
    assert not any(name in text for name in ("S03", "TS03", "pupil_"))
    assert all(one["adjustment"] == {} for one in kept["expectations"])


def test_enough_without_a_kept_spread_waits_and_too_little_does_not(tmp_path: Path) -> None:
    folder = import_rows(drawn(), tmp_path, intake=["disadvantaged", "sex"])
    with kept_only():
        with pytest.raises(NotYetComputed):
            estimate_own_teaching(TEACHER, classes_of(), folder)
        assert "here are 24 in 1" in estimate_own_teaching(TEACHER, classes_of()[:2], folder)["refusal"]


def test_classes_that_do_not_count_are_not_used(workspace: Path) -> None:
    found = estimate_own_teaching(TEACHER, classes_of()[1:], workspace)
    assert (found["n_results"], found["n_classes"]) == (120, 5)
    whole = estimate_own_teaching(TEACHER, classes_of(), workspace)
    assert found["figure"]["effect"] != whole["figure"]["effect"]


def test_classes_of_somebody_else_give_no_figure(workspace: Path) -> None:
    found = estimate_own_teaching(TEACHER, classes_of("B"), workspace)
    assert found["n_results"] == 0
    assert found["figure"] is None


def test_a_confirmed_class_that_the_results_give_to_somebody_else_enters(workspace: Path) -> None:
    added = [AttributedClass("S03", "reading", 2019, "B", is_added=True)]
    found = estimate_own_teaching(TEACHER, [*classes_of(), *added], workspace)
    assert (found["n_results"], found["n_classes"]) == (168, 7)


def test_a_shared_class_counts_by_its_share(workspace: Path) -> None:
    def effect(share: float) -> float:
        shared = [AttributedClass("S03", subject, 2019, "A", share) for subject in ("mathematics", "reading")]
        given = [one for one in classes_of() if one.year != 2019] + shared
        return float(estimate_own_teaching(TEACHER, given, workspace)["figure"]["raw"])

    whole, half, hardly = effect(1.0), effect(0.5), effect(1e-9)
    # weights 1, 1 and the share: raw is a weighted mean
    year, others = 3 * whole - 2 * hardly, hardly
    assert half == pytest.approx((2 * others + 0.5 * year) / 2.5, abs=1e-6)


@pytest.mark.parametrize(
    ("teacher", "classes"), [(TEACHER, []), ("  ", classes_of()), ("nobody", classes_of())]
)
def test_without_classes_or_a_code_there_is_nothing_to_tell(
    workspace: Path, teacher: str, classes: list[AttributedClass]
) -> None:
    found = estimate_own_teaching(teacher, classes, workspace)
    assert found["figure"] is None
    assert found["refusal"]


def test_results_that_name_nobody_count_against_coverage(tmp_path: Path) -> None:
    blank = pl.when(pl.col("pupil").str.ends_with("0") | pl.col("pupil").str.ends_with("1")).then(None)
    folder = import_rows(drawn(teacher=blank.otherwise("teacher")), tmp_path, intake=["disadvantaged", "sex"])
    found = estimate_own_teaching(TEACHER, classes_of(), folder)
    # of each class of 24 pupils, 0 to 23, those that end in 0 or 1 are six
    assert found["coverage"] == pytest.approx(0.75)
    strict = folder / "upwards.toml"
    strict.write_text(strict.read_text() + "\n[settings.coverage]\nminimum = 0.8\n")
    assert "Only 75%" in estimate_own_teaching(TEACHER, classes_of(), folder)["refusal"]


def test_results_without_teachers_are_refused_in_words(tmp_path: Path) -> None:
    folder = import_rows(drawn(teacher=pl.lit(None, dtype=pl.String)), tmp_path)
    assert "Only 0%" in estimate_own_teaching(TEACHER, classes_of(), folder)["refusal"]
    assert describe_teaching_spread(folder)["refusal"]


def test_without_a_column_of_teachers_an_added_class_is_refused_in_words(tmp_path: Path) -> None:
    folder = import_rows(drawn().drop("teacher"), tmp_path)
    found = estimate_own_teaching(TEACHER, classes_of(is_added=True), folder)
    assert found["n_results"] == 144
    assert "name 0 teachers" in found["refusal"]


def test_a_spread_that_cannot_be_told_is_a_reason(tmp_path: Path) -> None:
    one_school = drawn().filter(pl.col("school") == "S03")
    folder = import_rows(one_school, tmp_path)
    found = estimate_own_teaching(TEACHER, classes_of(), folder)
    assert "one school" in found["refusal"]
    assert found["figure"] is None
