from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from upwards.actions.erase import erase
from upwards.actions.import_data import BLANK_CELL, import_data, undo_last_import
from upwards.actions.import_data_mapping import propose_mapping, save_mapping
from upwards.actions.init_workspace import init_workspace
from upwards.core.errors import EmptyData, UserError
from upwards.core.tables import UnknownTable
from upwards.sources.mapping import BadMapping
from upwards.store.tables import read_table
from upwards.store.workspace import Workspace

CLEAN = """UPN,School,Subject,Year,Score,Teacher initials,SES
A1,North,reading,2019,34,JSM,0.5
A2,North,reading,2019,33,JSM,0.7
A3,South,reading,2019,31,ABC,
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    return init_workspace(tmp_path / "group", name="Five Rivers")


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_clean_file_enters_with_its_extra_columns(workspace: Workspace, tmp_path: Path) -> None:
    report = import_data([write(tmp_path, "a.csv", CLEAN)], as_table="results", workspace=workspace.folder)
    assert report.entered
    rows = read_table(workspace, "results").collect()
    assert rows["score"].to_list() == [34, 33, 31]
    assert rows["SES"].to_list() == [0.5, 0.7, None]
    assert rows["pupil"][0] == workspace.pseudonyms.of("pupil", "a1")
    assert rows["teacher"][2] == workspace.pseudonyms.of("teacher", "abc")


def test_the_report_says_how_the_file_was_read_and_adds_up(workspace: Workspace, tmp_path: Path) -> None:
    text = CLEAN + "A3,South,reading,2019,99,ABC,\n"
    report = import_data(
        [write(tmp_path, "a.csv", text)], as_table="results", workspace=workspace.folder, keep_good=True
    )
    (file,) = report.files
    assert file.n_in == 4
    assert file.n_kept == 3
    assert file.rejected == {"duplicate": 1}
    assert "comma" in file.detected
    assert 'pupil = "UPN"' in file.mapping
    assert [problem.row for problem in file.problems] == [5]
    said = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert said["schema"] == "upwards.import/1"
    assert said["files"][0]["rejected"] == {"duplicate": 1}
    assert "99" not in json.dumps(said["files"][0]["problems"])


def test_a_file_with_problems_does_not_enter_unless_the_good_rows_are_wanted(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "a.csv", CLEAN + "A4,South,reading,soon,30,ABC,\n")
    report = import_data([path], as_table="results", workspace=workspace.folder)
    assert not report.entered
    assert report.snapshot is None
    assert report.files[0].problems
    assert import_data([path], as_table="results", workspace=workspace.folder, keep_good=True).entered
    (rejects,) = workspace.rejects.glob("*.parquet")
    assert pl.read_parquet(rejects)["UPN"].to_list() == [workspace.pseudonyms.of("pupil", "A4")]


def test_no_identifier_of_the_file_is_in_any_byte_of_the_workspace(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = CLEAN.replace("A1", "PUPIL0001").replace("JSM", "TEACHER0001") + "PUPIL0001,North,x,?,?,?,?\n"
    report = import_data(
        [write(tmp_path, "a.csv", text)],
        as_table="results",
        workspace=workspace.folder,
        keep_good=True,
    )
    assert report.entered
    content = b"".join(path.read_bytes() for path in workspace.folder.rglob("*") if path.is_file())
    assert b"PUPIL0001" not in content
    assert b"TEACHER0001" not in content
    done = erase(pupil="pupil0001", workspace=workspace.folder)
    assert sum(done.snapshots.values()) == 1
    assert read_table(workspace, "results").collect().height == 2


def test_a_pupil_numbered_within_a_school_is_erased_by_school_and_number(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = "No,School,Subject,Year,Score\n1,North,reading,2019,3\n1,South,reading,2019,4\n1,North,a,x,4\n"
    path = write(tmp_path, "a.csv", text)
    mapping = write(
        tmp_path,
        "map.toml",
        'table = "results"\n[columns]\npupil = "No"\nschool = "School"\nsubject = "Subject"\nyear = "Year"\n'
        'score = "Score"\n[scales]\nscore = "number"\n[reading]\npupils_numbered_within = "school"\n',
    )
    report = import_data(
        [path], as_table="results", workspace=workspace.folder, map_file=mapping, keep_good=True
    )
    assert report.files[0].n_kept == 2
    done = erase(pupil="north 1", workspace=workspace.folder)
    assert sum(done.snapshots.values()) == 1
    assert done.n_rows_elsewhere == 2
    assert read_table(workspace, "results").collect()["school"].to_list() == ["South"]


def test_the_same_file_again_changes_nothing_and_undo_goes_back(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", CLEAN)
    first = import_data([path], as_table="results", workspace=workspace.folder)
    again = import_data([path], as_table="results", workspace=workspace.folder)
    assert again.unchanged == ("a.csv",)
    assert again.files == ()
    assert again.snapshot == first.snapshot
    assert undo_last_import(workspace.folder) is None
    import_data([path], as_table="results", workspace=workspace.folder)
    more = write(tmp_path, "b.csv", CLEAN.replace("2019", "2020"))
    import_data([more], as_table="results", workspace=workspace.folder)
    assert str(undo_last_import(workspace.folder)).startswith("000002-")


def test_corrections_replace_and_are_counted(workspace: Workspace, tmp_path: Path) -> None:
    import_data([write(tmp_path, "a.csv", CLEAN)], as_table="results", workspace=workspace.folder)
    path = write(tmp_path, "b.csv", CLEAN.replace("34", "44"))
    with pytest.raises(UserError, match="--replace"):
        import_data([path], as_table="results", workspace=workspace.folder)
    report = import_data([path], as_table="results", workspace=workspace.folder, replace_held=True)
    assert report.files[0].n_replaced == 3
    assert sorted(read_table(workspace, "results").collect()["score"]) == [31, 33, 44]


def test_progress_tells_the_file_and_the_bytes(workspace: Workspace, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    path = write(tmp_path, "a.csv", CLEAN)
    import_data(
        [path],
        as_table="results",
        workspace=workspace.folder,
        progress=lambda *said: told.append(said),
        keep_original=True,
    )
    assert told[-1] == ("a.csv", len(CLEAN), len(CLEAN))
    assert [kept.name for kept in workspace.originals.rglob("*.csv")] == ["a.csv"]


def test_a_wide_file_counts_its_blank_cells(workspace: Workspace, tmp_path: Path) -> None:
    text = "UPN,School,Maths 2019,Reading 2019\nA1,North,5,\nA2,North,6,7\n"
    report = import_data([write(tmp_path, "wide.csv", text)], as_table="results", workspace=workspace.folder)
    (file,) = report.files
    assert (file.n_in, file.n_kept, file.rejected) == (4, 3, {BLANK_CELL: 1})


def test_a_school_that_is_not_in_the_table_of_schools_is_a_problem(
    workspace: Workspace, tmp_path: Path
) -> None:
    schools = write(tmp_path, "schools.csv", "school,name\nNorth,North School\n")
    import_data([schools], as_table="schools", workspace=workspace.folder)
    report = import_data([write(tmp_path, "a.csv", CLEAN)], as_table="results", workspace=workspace.folder)
    assert not report.entered
    assert report.files[0].n_kept == 2


def test_an_ambiguous_mapping_is_not_used_without_a_yes(workspace: Workspace, tmp_path: Path) -> None:
    path = write(tmp_path, "results-2019.csv", CLEAN.replace(",Year", "").replace(",2019", ""))
    with pytest.raises(UserError, match="not clear: the year 2019"):
        import_data([path], as_table="results", workspace=workspace.folder)
    assert import_data([path], as_table="results", workspace=workspace.folder, accept_doubts=True).entered


def test_a_mapping_is_used_again_but_its_year_is_not_taken_for_granted(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = CLEAN.replace(",Year", "").replace(",2019", "")
    first = write(tmp_path, "results-2019.csv", text)
    import_data([first], as_table="results", workspace=workspace.folder, accept_doubts=True)
    same = propose_mapping(first, as_table="results", workspace=workspace.folder)
    assert (same.origin, same.is_clear) == ("used before", True)
    second = write(tmp_path, "results-2020.csv", text.replace("34", "35"))
    other = propose_mapping(second, as_table="results", workspace=workspace.folder)
    assert other.origin == "used before"
    assert other.mapping.constants["year"] == 2020
    assert "year = 2020" in other.doubts[0]
    third = write(tmp_path, "other.csv", text.replace("34", "36"))
    unsaid = propose_mapping(third, as_table="results", workspace=workspace.folder)
    assert unsaid.mapping.constants["year"] == 2019
    assert not unsaid.is_clear


def test_a_mapping_with_nothing_fixed_is_used_again_as_it_is(workspace: Workspace, tmp_path: Path) -> None:
    import_data([write(tmp_path, "a.csv", CLEAN)], as_table="results", workspace=workspace.folder)
    again = propose_mapping(
        write(tmp_path, "b.csv", CLEAN.replace("2019", "2020")),
        as_table="results",
        workspace=workspace.folder,
    )
    assert (again.origin, again.is_clear) == ("used before", True)


def test_a_mapping_of_another_table_or_without_what_is_needed_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, "a.csv", CLEAN)
    mapping = write(tmp_path, "map.toml", 'table = "schools"\n[columns]\nschool = "School"\n')
    with pytest.raises(UserError, match="--as schools"):
        import_data([path], as_table="results", workspace=workspace.folder, map_file=mapping)
    mapping.write_text('table = "results"\n[columns]\nschool = "School"\n')
    with pytest.raises(UserError, match="gives no"):
        import_data([path], as_table="results", workspace=workspace.folder, map_file=mapping)
    mapping.write_text("table = ")
    with pytest.raises(BadMapping):
        import_data([path], as_table="results", workspace=workspace.folder, map_file=mapping)


def test_a_saved_mapping_never_overwrites_another(workspace: Workspace, tmp_path: Path) -> None:
    proposal = propose_mapping(
        write(tmp_path, "a.csv", CLEAN), as_table="results", workspace=workspace.folder
    )
    first, second = (save_mapping(proposal, tmp_path) for _ in range(2))
    assert (first.name, second.name) == ("a.map.toml", "a.map-2.toml")
    report = import_data(
        [tmp_path / "a.csv"], as_table="results", workspace=workspace.folder, map_file=second
    )
    assert report.entered


def test_what_cannot_be_read_at_all_is_told(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(UnknownTable):
        import_data([tmp_path / "a.csv"], as_table="result", workspace=workspace.folder)
    with pytest.raises(UserError, match="no file"):
        import_data([tmp_path / "a.csv"], as_table="results", workspace=workspace.folder)
    empty = tmp_path / "empty.parquet"
    pl.DataFrame({"UPN": ["A1"]}).clear().write_parquet(empty)
    with pytest.raises(EmptyData):
        import_data([empty], as_table="results", workspace=workspace.folder)


def test_one_person_has_to_be_named_to_be_erased(workspace: Workspace) -> None:
    for names in ({}, {"pupil": "A1", "teacher": "JSM"}):
        with pytest.raises(UserError, match="Name one person"):
            erase(workspace=workspace.folder, **names)
    assert erase(teacher="JSM", workspace=workspace.folder).snapshots == {}
