from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from upwards.actions.import_data import import_data, undo_last_import
from upwards.actions.import_release import ReleaseReport, import_release
from upwards.core.errors import EmptyData
from upwards.sources.england.recognise import recognise
from upwards.store.panels import read_panel
from upwards.store.register import read_register
from upwards.store.shrunk_files import ShrunkFile
from upwards.store.snapshots import current_snapshot
from upwards.store.tables import read_table
from upwards.store.workspace import Workspace

CFR = "URN,Income,Expenditure,Balance,Academic Year\n100000,10,9,1,2018\n100001,8,9,-1,2018\n"
INSPECTIONS = "URN,Rating,Inspection Date\n100000,Good,20130418\n100002,Inadequate,20190301\n"
FILES = {"finance/cfr_2018.csv": CFR, "ofsted/inspections_2005_2020.csv": INSPECTIONS}
HEAD = 25  # rows of each real file: enough to be one, few enough to be quick


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "group")


@pytest.fixture
def public(tmp_path: Path) -> Path:
    return write(tmp_path / "public", FILES)


def write(folder: Path, files: dict[str, str]) -> Path:
    for place, content in files.items():
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def contents(workspace: Workspace) -> dict[str, str]:
    files = (path for path in workspace.folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def take_in(public: Path, workspace: Workspace, **options: Any) -> ReleaseReport:
    return import_release([public], workspace=workspace.folder, **options)


def test_a_folder_becomes_one_snapshot_and_the_rows_add_up(public: Path, workspace: Workspace) -> None:
    report = take_in(public, workspace)
    assert report.entered
    assert [(one.file, one.n_in, one.n_kept, one.yields) for one in report.files] == [
        ("finance/cfr_2018.csv", 2, 2, {"finances": 6}),
        ("ofsted/inspections_2005_2020.csv", 2, 2, {"judgements": 2}),
    ]
    assert (report.totals.n_in, report.totals.n_kept) == (4, 4)
    assert report.tables == {"finances": 6, "judgements": 2, "schools": 3}
    assert json.loads(json.dumps(report.to_dict()))["schema"] == "upwards.import_release/1"


def test_a_second_run_changes_nothing(public: Path, workspace: Workspace) -> None:
    take_in(public, workspace)
    before = contents(workspace)
    again = take_in(public, workspace)
    assert (again.files, again.unchanged) == ((), tuple(FILES))
    assert contents(workspace) == before


def test_pupils_imported_after_it_are_checked_against_these_schools(
    public: Path, workspace: Workspace, tmp_path: Path
) -> None:
    take_in(public, workspace)
    pupils = tmp_path / "pupils.csv"
    pupils.write_text("UPN,School,Subject,Year,Score\nA1,100002,reading,2019,34\nA2,199999,reading,2019,33\n")
    report = import_data([pupils], as_table="results", workspace=workspace.folder, accept_doubts=True)
    assert not report.entered
    assert [problem.row for problem in report.files[0].problems] == [3]
    undo_last_import(workspace.folder)
    assert current_snapshot(workspace) is None


def test_rows_that_are_wrong_keep_all_out_unless_the_good_are_asked_for(
    public: Path, workspace: Workspace
) -> None:
    write(public, {"finance/cfr_2018.csv": CFR.replace("-1,2018", "much,2018")})
    before = contents(workspace)
    report = take_in(public, workspace)
    assert (report.entered, report.snapshot, report.tables) == (False, None, {})
    (problem,) = report.files[0].problems
    assert (problem.row, problem.column) == (3, "Balance")
    assert problem.remedy
    assert contents(workspace) == before
    kept = take_in(public, workspace, keep_good=True)
    assert kept.entered
    assert kept.totals.n_in == kept.totals.n_kept + sum(kept.totals.rejected.values())


def test_a_file_nobody_knows_keeps_all_out_even_where_good_rows_are_asked_for(
    public: Path, workspace: Workspace
) -> None:
    write(public, {"stray.csv": "A,B\n1,2\n"})
    before = contents(workspace)
    report = take_in(public, workspace, keep_good=True)
    assert not report.entered
    assert [problem.file for problem in report.problems] == ["stray.csv"]
    assert contents(workspace) == before


def test_a_file_that_cannot_be_read_keeps_all_out_even_where_good_rows_are_asked_for(
    public: Path, workspace: Workspace
) -> None:
    write(public, {"finance/cfr_2018.csv": CFR + "100003,1"})
    before = contents(workspace)
    report = take_in(public, workspace, keep_good=True)
    assert not report.entered
    assert "ends in the middle of row 4" in str(report.files[0].problems[0])
    assert contents(workspace) == before


def test_a_folder_of_notes_is_no_data(workspace: Workspace, tmp_path: Path) -> None:
    notes = write(tmp_path / "notes", {"README.md": "x", "abs_meta.csv": "Variable,Label\nURN,x\n"})
    with pytest.raises(EmptyData, match=r"only abs_meta\.csv, README\.md"):
        import_release([notes], workspace=workspace.folder)


def test_a_cut_file_does_not_take_the_place_of_the_whole_one_unless_asked(
    workspace: Workspace, tmp_path: Path
) -> None:
    whole = CFR + "".join(f"{100002 + k},1,1,0,2018\n" for k in range(100))
    public = write(tmp_path / "public", {"finance/cfr_2018.csv": whole})
    take_in(public, workspace)
    write(public, {"finance/cfr_2018.csv": CFR})
    before = contents(workspace)
    with pytest.raises(ShrunkFile, match=r"cfr_2018\.csv lacks 100 of the 102 schools"):
        take_in(public, workspace)
    assert contents(workspace) == before
    assert take_in(public, workspace, replace_shrunk=True).files[0].n_replaced == 306


# The real files, where they are.


def places(england: Path) -> list[str]:
    return [path.relative_to(england).as_posix() for path in sorted(england.rglob("*")) if path.is_file()]


def rows_of(path: Path) -> int:
    """Count the rows of a file in another way than the readers do."""
    if path.suffix == ".parquet":
        return int(pl.scan_parquet(path).select(pl.len()).collect().item())
    content = path.read_bytes().decode("latin-1")
    return sum(any(cell.strip() for cell in row) for row in csv.reader(io.StringIO(content, newline=""))) - 1


def test_every_published_file_is_imported_and_its_rows_add_up(england: Path, england_workspace: Path) -> None:
    report = json.loads((england_workspace.parent / "england.json").read_text())
    assert report["entered"]
    assert report["problems"] == []
    files = {one["file"]: one for one in report["files"]}
    assert sorted([*files, *report["dictionaries"]]) == places(england)
    for place, one in files.items():
        assert one["n_in"] == rows_of(england / place), place
        assert one["n_in"] == one["n_kept"] + sum(one["rejected"].values()), place
        assert one["problems"] == [], place
    assert report["totals"]["n_in"] == sum(one["n_in"] for one in files.values())
    assert files["gias/2022-04-25/edubasealldata.csv"]["n_in"] == 20185
    assert files["ofsted/inspections_2005_2020.csv"]["n_in"] == 60134
    assert files["lait/bds_long.parquet"]["n_in"] == 641070


def test_every_school_of_every_file_has_a_row(england_workspace: Path) -> None:
    workspace = Workspace.open(england_workspace)
    known = set(read_table(workspace, "schools").collect()["school"])
    for table in ("school_measures", "finances", "judgements", "memberships", "workforce"):
        assert set(read_table(workspace, table).select("school").unique().collect()["school"]) <= known
    links = read_table(workspace, "successions").collect()
    assert {*links["school"], *links["successor"]} <= known


def test_a_second_run_over_all_published_files_changes_nothing(
    england: Path, england_workspace: Path
) -> None:
    workspace = Workspace.open(england_workspace)
    before = contents(workspace)
    again = import_release([england], workspace=england_workspace)
    assert (again.entered, again.files, again.problems) == (True, (), ())
    assert len(again.unchanged) + len(again.dictionaries) == len(places(england))
    assert contents(workspace) == before


# A corrupted copy of each of them.

Spoil = Callable[[bytes], bytes]


def head_of(path: Path) -> bytes:
    """Return the headings and some of the last schools of a file, encoded as it is."""
    if path.suffix == ".parquet":
        buffer = io.BytesIO()
        pl.read_parquet(path, n_rows=HEAD).write_parquet(buffer)
        return buffer.getvalue()
    lines = path.read_bytes().splitlines(keepends=True)
    # The first rows of one register are no schools, the last ones of performance tables are totals.
    totals = [line for line in lines[-3:] if line.startswith((b"NAT", b"4,", b"5,"))]
    return b"".join([lines[0], *(lines[1:-5][-HEAD:] or lines[1:]), *totals])


def truncated(content: bytes) -> bytes:
    if content.startswith(b"PAR1"):
        return content[: len(content) // 2]
    body, _, last = content.rstrip(b"\n").rpartition(b"\n")
    return body + b"\n" + last[: len(last.split(b",")[0]) + 1]


def renamed(content: bytes) -> bytes:
    return changed(content, lambda frame: frame.rename({name: f"{name} (new)" for name in frame.columns}))


def changed(content: bytes, change: Callable[[pl.DataFrame], pl.DataFrame]) -> bytes:
    """Change the rows of a file as a spreadsheet would, all cells being text."""
    buffer = io.BytesIO()
    if content.startswith(b"PAR1"):
        change(pl.read_parquet(io.BytesIO(content)).cast(pl.String)).write_parquet(buffer)
    else:
        encoding = "utf8" if content.decode("utf-8", "ignore").encode() == content else "cp1252"
        frame = pl.read_csv(content, infer_schema=False, encoding=encoding, truncate_ragged_lines=True)
        change(frame).write_csv(buffer)
    return buffer.getvalue()


def shuffled(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + content[half:].decode("latin-1").encode("utf-16")


SPOILS = (truncated, renamed, shuffled)


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that holds something already."""
    folder = tmp_path_factory.mktemp("held")
    workspace = Workspace.create(folder / "group")
    take_in(write(folder / "public", FILES), workspace)
    return workspace


def copy_of(england: Path, place: str, folder: Path, spoil: Spoil = bytes) -> Path:
    copy = folder / place
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_bytes(spoil(head_of(england / place)))
    return folder


def said(report: ReleaseReport) -> str:
    files = [str(problem) for one in report.files for problem in one.problems]
    return "\n".join([*map(str, report.problems), *files])


def test_some_rows_of_each_published_file_can_be_imported(
    england: Path, workspace: Workspace, tmp_path: Path
) -> None:
    for place in places(england):
        copy_of(england, place, tmp_path / "public")
    report = take_in(tmp_path / "public", workspace)
    assert said(report) == ""
    assert report.entered


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_corrupted_copy_of_each_file_is_named_and_changes_nothing(
    england: Path, held: Workspace, tmp_path: Path, spoil: Spoil
) -> None:
    before = contents(held)
    for number, place in enumerate(places(england)):
        public = copy_of(england, place, tmp_path / str(number), spoil)
        report = take_in(public, held)
        assert not report.entered, place
        assert Path(place).name in said(report), place
        assert contents(held) == before, place


def rename(heading: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.rename({heading: f"{heading}_2"})


def with_cell(cell: pl.Expr) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.with_columns(cell)


def test_each_heading_that_a_file_needs_is_named_when_it_is_renamed(england: Path, tmp_path: Path) -> None:
    for number, place in enumerate(places(england)):
        (tmp_path / str(number)).mkdir()
        for one in recognise(copy_of(england, place, tmp_path / str(number))).files:
            content = one.opened.path.read_bytes()
            for heading in one.dataset.headings:
                one.opened.path.write_bytes(changed(content, rename(heading)))
                (problem,) = recognise(tmp_path / str(number)).problems
                assert f"has no column {heading!r}; did you mean" in str(problem)
                assert one.dataset.module in str(problem)


FIGURES = {  # a column of each kind of file in which a word has no place
    "absence": "PERCTOT",
    "authorities": "Values",
    "census": "NOR",
    "cfr": "Balance",
    "establishments": "NumberOfPupils",
    "fft_ks4": "Progress 8, 2019",
    "group_links": "Joined date",
    "groups": "Open date",
    "inspections": "Inspection Date",
    "ks2_schools": "READPROG",
    "ks4_joined": "P8MEA",
    "ks4_schools": "P8MEA",
    "ks4_trusts": "P8MEA_WGTAVG",
    "school_links": "LinkURN",
    "workforce": "Total Number of Teachers (Headcount)",
}


def test_a_suppressed_cell_turned_into_text_is_named_with_its_row_and_column(
    england: Path, held: Workspace, tmp_path: Path
) -> None:
    before, word = contents(held), pl.lit("hidden by hand")
    for number, place in enumerate(places(england)):
        (tmp_path / str(number)).mkdir()
        public = copy_of(england, place, tmp_path / str(number))
        for one in recognise(public).files:
            column, row = FIGURES[one.dataset.name], pl.int_range(pl.len())
            spoilt = pl.when(row == 3).then(word).otherwise(pl.col(column)).alias(column)
            content = one.opened.path.read_bytes()
            one.opened.path.write_bytes(changed(content, with_cell(spoilt)))
            report = take_in(public, held)
            assert not report.entered, place
            assert (5, column) in [(p.row, p.column) for p in report.files[0].problems], place
            assert contents(held) == before, place


def test_the_number_of_schools_in_a_year_does_not_depend_on_the_registers(
    england: Path, england_workspace: Path, workspace: Workspace, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    for place in places(england):
        if "ks2final" in place or "links_edubase" in place:
            (public / place).parent.mkdir(parents=True, exist_ok=True)
            (public / place).symlink_to(england / place)
    take_in(public, workspace)
    counts = []
    for one in (workspace, Workspace.open(england_workspace)):
        snapshot = current_snapshot(one)
        assert snapshot is not None
        panel = read_panel(snapshot, "ks2.reading_progress")
        counts.append(((panel.code != "").sum(axis=0).tolist(), (panel.missing == "").sum(axis=0).tolist()))
        assert panel.n_conflicts == 0
    assert counts[0] == counts[1]
    # Schools with a figure, counted in the files themselves; six stand there under an old and a new code.
    files = [england / f"performance-tables/{year - 1}-{year}/england_ks2final.csv" for year in panel.years]
    rows = (row for file in files for row in csv.DictReader(io.StringIO(file.read_text())))
    n_figures = sum(row["READPROG"].lstrip("-").replace(".", "").isdigit() for row in rows)
    assert n_figures - sum(counts[0][1]) == panel.n_double_codes == 6


def test_no_school_that_a_register_of_any_day_places_is_lost_from_its_region(
    england: Path, workspace: Workspace
) -> None:
    """A register of April 2022 with links of 2025: many of its schools have another code since."""
    named = ("gias/2022-04-25", "gias/2025-04-22", "performance-tables/2015-2016/england_ks2final.csv")
    import_release([england / name for name in named], workspace=workspace.folder)
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    register = read_register(snapshot)
    placed: dict[str, bool] = {}
    for line, region in zip(register.line.tolist(), register.region.tolist(), strict=True):
        placed[line] = placed.get(line, False) or bool(region)
    lost = [
        (school, line)
        for school, line, region in zip(register.school, register.line, register.region, strict=True)
        if placed[str(line)] and not region
    ]
    assert lost == []
