from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.store.published import Counts, Published, Rows, figures, publish, snapshot_of
from upwards.actions.import_data import import_data
from upwards.core.errors import EmptyData, InternalError, UserError
from upwards.store.erasure import erase_person
from upwards.store.panels import read_panel
from upwards.store.releases import add_up, import_releases
from upwards.store.shrunk_files import ShrunkFile
from upwards.store.snapshots import current_snapshot, find_damage, undo_import
from upwards.store.tables import known_schools
from upwards.store.workspace import Workspace

SCHOOLS_2019 = pl.DataFrame({"school": ["1", "2"], "name": ["Old name", "Two"], "area": ["Kent", "Kent"]})
SCHOOLS_2022 = pl.DataFrame({"school": ["1", "3"], "name": ["New name", "Three"], "phase": ["Primary"] * 2})
OLD = Published("2019/schools.csv", "2019-06-01", {"schools": SCHOOLS_2019}, "register")
NEW = Published("2022/schools.csv", "2022-04-25", {"schools": SCHOOLS_2022}, "register")
FIGURES = Published(
    "2019/figures.csv",
    "2019-08-31",
    {
        "school_measures": figures(
            {"school": "1", "year": 2019, "value": 1.0}, {"school": "4", "year": 2019, "value": 2.0}
        ),
        "schools": pl.DataFrame({"school": ["1", "4"], "name": ["As in the tables", "Four"]}),
    },
)


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def schools(workspace: Workspace) -> list[tuple[str, str | None, str | None, str | None]]:
    table = snapshot_of(workspace).table("schools").collect()
    return table.select("school", "name", "area", "phase").rows()


MERGED = [
    ("1", "New name", "Kent", "Primary"),
    ("2", "Two", "Kent", None),
    ("3", "Three", None, "Primary"),
    ("4", "Four", None, None),
]


def test_all_files_become_one_snapshot(workspace: Workspace) -> None:
    outcome = publish(workspace, OLD, NEW, FIGURES)
    assert outcome.entered
    assert outcome.snapshot == snapshot_of(workspace).id
    assert snapshot_of(workspace).manifest.previous is None
    assert [record.yields for record in outcome.files] == [
        {"schools": 2},
        {"schools": 2},
        {"school_measures": 2, "schools": 2},
    ]
    assert find_damage(snapshot_of(workspace)) == ()
    assert known_schools(workspace) == frozenset("1234")


@pytest.mark.parametrize("order", [[OLD, NEW, FIGURES], [FIGURES, NEW, OLD]])
def test_a_school_has_one_row_described_by_the_newest_register_that_knows(
    workspace: Workspace, order: list[Published]
) -> None:
    publish(workspace, *order)
    assert schools(workspace) == MERGED


@pytest.mark.parametrize("order", [[OLD, NEW, FIGURES], [FIGURES, NEW, OLD]])
def test_one_import_or_three_come_to_the_same(workspace: Workspace, order: list[Published]) -> None:
    for file in order:
        publish(workspace, file)
    assert schools(workspace) == MERGED
    assert len(snapshot_of(workspace).manifest.imports) == 3


def test_a_school_that_only_figures_links_or_groups_name_is_not_lost(workspace: Workspace) -> None:
    publish(
        workspace,
        Published(
            "a.csv",
            "",
            {
                "school_measures": figures({"school": "m", "year": 2019, "value": 1.0}),
                "memberships": pl.DataFrame({"school": ["g"], "group": ["G"]}),
                "successions": pl.DataFrame({"school": ["p"], "successor": ["s"], "kind": ["merges"]}),
                "finances": pl.DataFrame({"school": ["f"], "year": [2018], "item": ["x"], "amount": [1.0]}),
            },
        ),
    )
    assert known_schools(workspace) == frozenset("mgpsf")


def test_a_second_run_changes_nothing(workspace: Workspace) -> None:
    publish(workspace, OLD, FIGURES)
    before = contents(workspace.folder)
    again = publish(workspace, OLD, FIGURES)
    assert again.unchanged == ("2019/schools.csv", "2019/figures.csv")
    assert (again.files, again.entered) == ((), True)
    assert contents(workspace.folder) == before


def test_a_newer_reader_reads_again(workspace: Workspace) -> None:
    publish(workspace, FIGURES)
    newer = Published(FIGURES.place, FIGURES.period, FIGURES.tables, version=2)
    assert publish(workspace, newer).files[0].n_replaced == 2
    assert snapshot_of(workspace).table("school_measures").collect().height == 2


def test_one_wrong_file_keeps_all_out(workspace: Workspace) -> None:
    publish(workspace, OLD)
    before = contents(workspace.folder)
    wrong = Published("w.csv", "", FIGURES.tables, counts=Counts(3, 2, {"text": 1}, is_clean=False))
    outcome = publish(workspace, NEW, wrong)
    assert not outcome.entered
    assert [record.n_in for record in outcome.files] == [2, 3]
    assert contents(workspace.folder) == before
    assert publish(workspace, NEW, wrong, keep_good=True).entered
    assert len(known_schools(workspace) or ()) == 4


def test_a_reissued_file_takes_the_place_of_all_its_rows(workspace: Workspace) -> None:
    member = pl.DataFrame({"school": ["1", "2"], "group": ["A", "A"]}).with_columns(
        seen=pl.lit(datetime.date(2019, 6, 1))
    )
    publish(workspace, FIGURES, Published("m.csv", "2019-06-01", {"memberships": member}, "links"), OLD)
    revised = {"school_measures": figures({"school": "1", "year": 2019, "value": 9.0})}
    outcome = publish(
        workspace,
        Published(FIGURES.place, FIGURES.period, revised, content="revised"),
        Published("m.csv", "2019-06-01", {"memberships": member.head(1)}, "links", content="revised"),
    )
    assert [record.n_replaced for record in outcome.files] == [2, 2]
    assert read_panel(snapshot_of(workspace), "progress").value.tolist() == [[9.0]]
    assert snapshot_of(workspace).table("memberships").collect()["school"].to_list() == ["1"]


def many(n: int, *, content: str = "", place: str = "ks2.csv") -> Published:
    rows = [{"school": str(100000 + k), "year": 2019, "value": 1.0} for k in range(n)]
    return Published(place, "2019", {"school_measures": figures(*rows)}, content=content)


def test_a_file_that_came_again_without_many_of_its_schools_stops(workspace: Workspace) -> None:
    publish(workspace, many(200), many(3, place="other.csv"))
    before = contents(workspace.folder)
    with pytest.raises(ShrunkFile, match=r"^ks2\.csv lacks 3 of the 200 schools.*--replace\.$"):
        publish(workspace, many(197, content="cut"), may_be_missing=0.01)
    assert contents(workspace.folder) == before
    # A correction of a few schools is the publisher's.
    assert publish(workspace, many(198, content="corrected"), may_be_missing=0.01).entered
    assert publish(workspace, many(100, content="cut"), may_be_missing=1.0).entered
    assert len(read_panel(snapshot_of(workspace), "progress").school) == 100


def test_files_cut_together_are_counted(workspace: Workspace) -> None:
    names = [f"{letter}.csv" for letter in "abcd"]
    publish(workspace, *(many(10, place=name, content=name) for name in names))
    with pytest.raises(ShrunkFile, match=r"a\.csv lacks 8 of the 10 schools; .*; and 1 more files that"):
        publish(workspace, *(many(2, place=name, content=f"{name}2") for name in names), may_be_missing=0.5)


def test_a_register_that_came_again_takes_the_place_of_its_rows(workspace: Workspace) -> None:
    def register(*schools: str, content: str) -> Published:
        rows = pl.DataFrame({"school": list(schools), "name": [f"Name {one}" for one in schools]})
        return Published("r.csv", "2022-04-25", {"schools": rows}, content=content)

    publish(workspace, register("100000", "100001", "3", content="whole"), many(2))
    with pytest.raises(ShrunkFile, match=r"r\.csv lacks 2 of the 3 schools"):
        publish(workspace, register("100000", content="cut"), may_be_missing=0.01)
    outcome = publish(workspace, register("100000", content="cut"))
    assert [record.n_replaced for record in outcome.files] == [3]
    rows = snapshot_of(workspace).table("schools").collect()
    # Schools that figures name stay, without what the register said of them.
    assert dict(rows.select("school", "name").rows()) == {"100000": "Name 100000", "100001": None}


def test_a_file_that_went_back_to_its_first_content_is_read_again(workspace: Workspace) -> None:
    publish(workspace, FIGURES)
    revised = {"school_measures": figures({"school": "1", "year": 2019, "value": 9.0})}
    publish(workspace, Published(FIGURES.place, FIGURES.period, revised, content="revised"))
    assert publish(workspace, FIGURES).unchanged == ()
    assert read_panel(snapshot_of(workspace), "progress").value.tolist() == [[1.0], [2.0]]


def test_a_reissue_without_rows_for_a_table_leaves_none_of_the_old_there(workspace: Workspace) -> None:
    publish(workspace, FIGURES, OLD)
    publish(workspace, Published(FIGURES.place, FIGURES.period, {"schools": SCHOOLS_2019}, content="empty"))
    assert snapshot_of(workspace).table("school_measures").collect().is_empty()


def test_the_same_link_from_two_files_is_held_once_as_the_newer_says(workspace: Workspace) -> None:
    def link(kind: str) -> dict[str, pl.DataFrame]:
        return {"successions": pl.DataFrame({"school": ["1"], "successor": ["2"], "kind": [kind]})}

    old, new = (
        Published("a.csv", "2019-01-01", link("merges")),
        Published("b.csv", "2020-01-01", link("splits")),
    )
    publish(workspace, old, new)
    assert snapshot_of(workspace).table("successions").collect()["kind"].to_list() == ["splits"]
    outcome = publish(workspace, Published("c.csv", "2021-01-01", link("continues")))
    assert outcome.files[0].n_replaced == 1
    assert snapshot_of(workspace).table("successions").collect()["kind"].to_list() == ["continues"]


def test_rows_a_person_imported_come_before_any_register(workspace: Workspace, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("School,Name,Budget\n1,Our name,5\n7,Seven,6\n")
    import_data([own], as_table="schools", workspace=workspace.folder, accept_doubts=True)
    publish(workspace, NEW)
    table = snapshot_of(workspace).table("schools").collect()
    assert table.select("school", "name", "phase").rows() == [
        ("1", "Our name", "Primary"),
        ("3", "Three", "Primary"),
        ("7", "Seven", None),
    ]
    assert table["Budget"].to_list() == [5, None, 6]


def test_an_import_is_undone_like_any_other(workspace: Workspace) -> None:
    publish(workspace, OLD)
    first = snapshot_of(workspace).id
    publish(workspace, NEW, FIGURES)
    undo_import(workspace)
    assert snapshot_of(workspace).id == first
    assert publish(workspace, NEW, FIGURES).entered
    assert schools(workspace) == MERGED


def test_erasing_a_pupil_leaves_the_public_record_as_it_is(workspace: Workspace) -> None:
    publish(workspace, OLD, FIGURES)
    before = contents(workspace.folder)
    assert erase_person(workspace, "pupil", "A1").n_rows_elsewhere == 0
    after = contents(workspace.folder)
    assert set(after) - set(before) == {"erased.json"}  # so that a backup forgets too (decision 0084)
    assert {name: after[name] for name in before} == before


def test_what_each_file_said_is_kept_with_where_it_came_from(workspace: Workspace) -> None:
    record = publish(workspace, FIGURES).files[0]
    kept = json.loads((workspace.imports / f"school_measures-{record.id}.json").read_text())
    assert kept["mapping"] == {
        "dataset": "figures",
        "version": 1,
        "place": "2019/figures.csv",
        "period": "2019-08-31",
    }
    rows = pl.read_parquet(workspace.imports / f"school_measures-{record.id}.parquet")
    assert rows["source"].to_list() == ["2019/figures.csv"] * 2
    assert (workspace.imports / f"schools-{record.id}.parquet").stat().st_mode & 0o077 == 0


def test_one_file_in_two_years_is_refused(workspace: Workspace) -> None:
    one = Published("2018/a.csv", "2018-08-31", FIGURES.tables, content="same")
    two = Published("2019/a.csv", "2019-08-31", FIGURES.tables, content="same")
    with pytest.raises(UserError, match="byte for byte the file 2018/a.csv"):
        publish(workspace, one, two)
    assert current_snapshot(workspace) is None


def test_a_copy_of_a_file_is_read_once(workspace: Workspace) -> None:
    one = Published("a.csv", "2018-08-31", FIGURES.tables, content="same")
    two = Published("copy/a.csv", "2018-08-31", FIGURES.tables, content="same")
    assert publish(workspace, one, two).unchanged == ("copy/a.csv",)


def test_a_file_that_changes_while_it_is_read_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    incoming = FIGURES.incoming(tmp_path / "public")

    def grown() -> Rows:
        incoming.path.write_text("something longer than before, written by another program")
        return Rows({}, Counts(0, 0))

    with pytest.raises(UserError, match="changed while it was being read"):
        import_releases(workspace, [replace(incoming, read=grown)])


def test_files_without_a_row_to_keep_are_said_to_be_empty(workspace: Workspace) -> None:
    empty = Published("a.csv", "", {}, counts=Counts(2, 0, {"total": 2}))
    with pytest.raises(EmptyData, match=r"No row of a\.csv"):
        publish(workspace, empty)


def test_a_reader_that_makes_an_unknown_column_is_a_bug(workspace: Workspace) -> None:
    with pytest.raises(InternalError, match="colour"):
        publish(workspace, Published("a.csv", "", {"schools": SCHOOLS_2019.with_columns(colour=pl.lit(1))}))


def test_progress_reaches_the_end(workspace: Workspace, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    files = [OLD.incoming(tmp_path / "public"), FIGURES.incoming(tmp_path / "public")]
    import_releases(workspace, files, progress=lambda *said: told.append(said))
    total = sum(file.path.stat().st_size for file in files)
    assert [place for place, _, _ in told] == [OLD.place, FIGURES.place, FIGURES.place]
    assert told[0][1] == 0
    assert told[-1][1:] == (total, total)


def test_totals_add_up(workspace: Workspace) -> None:
    counted = Published("t.csv", "", FIGURES.tables, counts=Counts(5, 3, {"total of an area": 2}))
    totals = add_up(publish(workspace, OLD, counted).files)
    assert (totals.n_files, totals.n_in, totals.n_kept) == (2, 7, 5)
    assert totals.n_in == totals.n_kept + sum(totals.rejected.values())
    assert totals.yields == {"school_measures": 2, "schools": 4}
