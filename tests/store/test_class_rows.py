"""Classes and teachers, counted as a person would."""

from __future__ import annotations

from pathlib import Path

import pytest

from upwards.actions.describe_classes import count_team_teachers, describe_classes
from upwards.actions.import_data import import_data
from upwards.actions.init_workspace import init_workspace

HEAD = "pupil,school,subject,year,score"
ROWS = ("a,Hill,art,2023,1", "b,Hill,art,2024,2", "c,Hill,art,2024,3", "d,Hill,art,2024,")


def workspace(tmp_path: Path, extra: str = "", cells: tuple[str, ...] = ("", "", "", "")) -> Path:
    folder = tmp_path / "ours"
    init_workspace(folder, name="Ours")
    rows = [f"{row},{cell}" if extra else row for row, cell in zip(ROWS, cells, strict=True)]
    bring(folder, "results", "\n".join([f"{HEAD},{extra}" if extra else HEAD, *rows]))
    return folder


def bring(folder: Path, table: str, text: str) -> None:
    path = folder.parent / f"{table}.csv"
    path.write_text(text + "\n", encoding="utf-8")
    report = import_data([path], as_table=table, workspace=folder, accept_doubts=True, keep_good=True)
    assert report.entered


def team(folder: Path) -> tuple[int, int, int]:
    row = count_team_teachers(folder)[0]
    return row["n_teachers"], row["n_last_year"], row["last_year"]


def test_results_that_name_no_teacher_attribute_nothing(tmp_path):
    folder = workspace(tmp_path)
    assert describe_classes("T1", folder)["classes"] == []
    assert team(folder) == (0, 0, 2024)


def test_classes_stand_in_where_no_teacher_is_named(tmp_path):
    assert team(workspace(tmp_path, "class", ("x", "y", "z", "w"))) == (2, 2, 2024)


def test_teachers_who_followed_one_another_count_together(tmp_path):
    folder = workspace(tmp_path, "teacher", ("T1", "T2", "T2", "T3"))
    assert team(folder) == (2, 1, 2024)  # T3 has no scored result
    found = describe_classes(" t2", folder)["classes"]
    assert [(one["name"], one["year"], one["n"], one["n_class"]) for one in found] == [(None, 2024, 2, 2)]


def test_a_class_says_how_many_of_its_results_name_anybody(tmp_path):
    folder = workspace(tmp_path, "class,teacher", ("x,T1", "x,T1", "x,", "x,T1"))
    found = describe_classes("T1", folder)["classes"]
    assert [(one["year"], one["n"], one["n_class"], one["n_named"]) for one in found] == [
        (2024, 1, 2, 1), (2023, 1, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(("heading", "cell", "share"), [("share", "0.4", 0.4), ("confirmed", "yes", None)])
def test_a_roster_says_the_share_where_it_has_one(tmp_path, heading, cell, share):
    folder = workspace(tmp_path, "class,teacher", ("x,T1", "x,T1", "x,T1", "x,T1"))
    roster = f"pupil,class,teacher,subject,year,school,{heading}\nb,x,T1,art,2024,Hill,{cell}"
    bring(folder, "rosters", roster)
    assert [one["share"] for one in describe_classes("T1", folder)["classes"]] == [share, None]


def test_a_workspace_without_results_has_no_teams(tmp_path):
    folder = tmp_path / "ours"
    init_workspace(folder, name="Ours")
    bring(folder, "rosters", "pupil,class,teacher,subject,year,school\nb,x,T1,art,2024,Hill")
    assert count_team_teachers(folder) == []
    assert describe_classes("T1", folder)["classes"] == []
