"""What a workspace's results hold, counted as a person would."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.measures.group_of_schools import Shape, draw_group, import_rows, take_in
from upwards.store.results_rows import (
    count_teams,
    count_units,
    declared_intake,
    list_fits,
    list_schools,
    open_results,
    rows_of_fit,
)
from upwards.store.row_counts import count_rows
from upwards.store.snapshots import Snapshot, current_snapshot
from upwards.store.workspace import Workspace


def frame(**columns: list[object]) -> pl.LazyFrame:
    n = len(next(iter(columns.values())))
    fixed = {"subject": ["maths"] * n, "stage": ["1"] * n}
    return pl.LazyFrame(fixed | columns, strict=False)


def snapshot_of(folder: Path) -> Snapshot:
    found = current_snapshot(Workspace.open(folder))
    assert found is not None
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return import_rows(
        draw_group(41, Shape(schools=3, pupils=3)).rows, tmp_path, intake=["prior", "teacher", "sex"]
    )


def test_results_have_a_stage_and_numbers_for_yes_and_no(folder: Path) -> None:
    rows = open_results(snapshot_of(folder)).collect()
    assert rows["disadvantaged"].dtype == pl.Int8
    assert set(rows["disadvantaged"]) == {0, 1}
    assert set(rows["stage"]) == {"1", "2"}
    assert "group" not in rows.columns


def test_a_school_belongs_to_its_latest_group_and_else_to_itself(folder: Path) -> None:
    members = pl.DataFrame(
        {
            "school": ["S00", "S00", "S01"],
            "group": ["new", "old", "other"],
            "starts": ["2019-09-01", "2015-09-01", None],
        }
    )
    take_in(members, folder, table="memberships")
    rows = open_results(snapshot_of(folder)).select("school", "group").unique().sort("school").collect()
    assert rows.rows() == [("S00", "new"), ("S01", "other"), ("S02", "S02")]


def test_declared_intake_leaves_out_what_is_no_intake(folder: Path) -> None:
    assert declared_intake(snapshot_of(folder)) == ("prior", "sex")


def test_every_subject_and_stage_is_counted() -> None:
    rows = pl.LazyFrame(
        {
            "subject": ["reading", "maths", "maths", "maths", "maths"],
            "stage": ["10", "10", "2", "2", "2"],
            "school": ["a", "a", "a", "b", None],
            "pupil": ["1", "1", "1", "2", "2"],
            "year": [2019, 2019, 2019, 2019, 2019],
            "score": [1.0, 2.0, 3.0, None, 5.0],
            "scale": ["x", "x", "x", "y", None],
        }
    )
    facts = list_fits(rows)
    assert [(f.subject, f.stage, f.n_rows, f.n_scored) for f in facts] == [
        ("maths", "2", 3, 2),
        ("maths", "10", 1, 1),
        ("reading", "10", 1, 1),
    ]
    second = facts[0]
    # Only rows with a score count: the one on scale y has none.
    assert second.known["school"] == 1
    assert second.distinct["school"] == 1
    assert second.scales == ("x",)
    assert second.years == (2019,)
    assert second.prior_sources == ()
    assert second.text == frozenset({"school", "pupil", "scale"})
    assert second.n_repeated == 0


def test_further_results_of_a_pupil_in_a_year_are_counted() -> None:
    rows = frame(
        pupil=["1", "1", "1", "2", None, None],
        year=[2018, 2019, 2019, 2019, 2019, 2019],
        score=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    )
    assert list_fits(rows)[0].n_repeated == 1
    assert list_fits(rows.drop("pupil"))[0].n_repeated == 0


def test_the_rows_of_a_fit_have_a_score() -> None:
    rows = pl.LazyFrame({"subject": ["maths", "maths", "art"], "stage": ["1"] * 3, "score": [1.0, None, 2.0]})
    assert rows_of_fit(rows, "maths", "1").collect().height == 1


def test_teams_are_counted_with_their_known_teachers() -> None:
    rows = frame(
        school=["a", "a", "a", "b", "b", None],
        teacher=["t", "u", "t", "t", None, "v"],
        score=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    )
    scored, teachers = count_teams(rows)
    assert scored == {("a", "maths", "1"): 3, ("b", "maths", "1"): 2}
    # A blank is no further teacher: b is known to be taught by one person.
    assert teachers == {("a", "maths", "1"): 2, ("b", "maths", "1"): 1}


def test_teachers_who_followed_one_another_are_one_person_a_year() -> None:
    rows = frame(
        school=["a", "a", "a", "b", "b", "b", "b", "b"],
        year=[2017, 2018, 2019, 2018, 2018, 2018, 2019, 2019],
        teacher=["t", "u", "v", "w", "x", "w", "y", None],
        score=[1.0] * 8,
    )
    scored, teachers = count_teams(rows)
    assert scored == {("a", "maths", "1"): 3, ("b", "maths", "1"): 5}
    assert teachers == {("a", "maths", "1"): 1, ("b", "maths", "1"): 2}
    # Without years nobody can say who followed whom.
    assert count_teams(rows.drop("year"))[1] == {("a", "maths", "1"): 3, ("b", "maths", "1"): 3}


def test_without_teachers_the_classes_of_a_year_stand_in() -> None:
    rows = frame(school=["a"] * 4 + ["b"], year=[2018, 2018, 2019, 2019, 2019], score=[1.0] * 5)
    rows = rows.with_columns(pl.Series("class", ["x", "y", "x", "x", None]))
    scored, teachers = count_teams(rows)
    assert scored[("a", "maths", "1")] == 4
    assert teachers == {("a", "maths", "1"): 2}
    assert count_teams(rows.drop("class"))[1] == {}
    assert count_units(rows, ("school", "year"))[1] == {("a", "2018"): 2, ("a", "2019"): 1}
    assert count_units(rows.drop("year"), ("school",))[1] == {("a",): 2}


def test_schools_are_listed_once_in_order() -> None:
    assert list_schools(frame(school=["b", "a", None, "b"])) == ("a", "b")


def test_rows_are_counted_by_labels_as_the_fit_names_them() -> None:
    rows = pl.LazyFrame({"school": ["a", "a", "b"], "class": [1.0, 1.0, None]})
    assert count_rows(rows, ["school", "class"]) == {("a", "1"): 2}
