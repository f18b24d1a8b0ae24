from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upwards.core.errors import UserError
from upwards.store import answers, erasure
from upwards.store.erasure import erase_person
from upwards.store.snapshots import Snapshot, current_snapshot, list_snapshots
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import UnreadableWorkspace

TakeIn = Callable[..., Snapshot]


def every_byte_and_value(folder: Path) -> tuple[bytes, set[object]]:
    content, values = b"", set()
    for path in folder.rglob("*"):
        if path.is_file():
            content += path.name.encode() + path.read_bytes()
            if path.suffix == ".parquet":
                frame = pl.read_parquet(path)
                values |= {value for column in frame for value in column.to_list()}
    return content, values


def keep_a_copy(workspace: Workspace, snapshot: Snapshot) -> None:
    """Place a table also among the imports, under the same inode, as import does."""
    (workspace.imports / "results-1234.parquet").hardlink_to(snapshot.path("results"))
    (workspace.rejects / "results-1234.parquet").write_bytes(snapshot.path("results").read_bytes())


def test_a_pupil_is_nowhere_after_erasure(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    pseudonym = workspace.pseudonyms.of("pupil", "A2")
    first = take_in(workspace, some_results)
    keep_a_copy(workspace, first)
    take_in(workspace, some_results.with_columns(pupil=pl.col("pupil") + "x"))
    done = erase_person(workspace, "pupil", " a2 ")
    content, values = every_byte_and_value(workspace.folder)
    assert pseudonym not in values
    assert str(pseudonym).encode() not in content
    assert set(done.snapshots.values()) == {2}
    assert len(done.snapshots) == 2
    assert done.n_rows_elsewhere == 4
    assert [s.table("results").collect().height for s in list_snapshots(workspace)] == [2, 6]


def test_the_manifests_say_how_many_and_when_but_not_who(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    take_in(workspace, some_results)
    done = erase_person(workspace, "pupil", "A2")
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    (tombstone,) = snapshot.manifest.erasures
    assert (tombstone.rows, tombstone.kind, tombstone.date) == (2, "pupil", done.date)
    assert snapshot.manifest.tables["results"].rows == 2
    assert snapshot.manifest.tables["results"].bytes == snapshot.path("results").stat().st_size
    assert b"A2" not in snapshot.manifest.to_json()


def test_a_teacher_leaves_pupils_rows_but_not_the_pupils_results(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    take_in(workspace, some_results)
    take_in(
        workspace, pl.DataFrame({"person": ["T1", "T2"], "hours": [1, 2]}), table="people", keys=["person"]
    )
    done = erase_person(workspace, "teacher", "t1")
    snapshot = current_snapshot(workspace)
    assert snapshot is not None
    other = workspace.pseudonyms.of("teacher", "T2")
    assert snapshot.table("results").collect()["teacher"].to_list() == [None, None, other, other]
    assert snapshot.table("people").collect().rows() == [(other, 2)]
    assert done.snapshots[snapshot.id] == 3


def test_one_file_with_several_names_stays_one_file(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    first = take_in(workspace, some_results)
    second = take_in(workspace, pl.DataFrame({"school": ["North"]}), table="schools", keys=["school"])
    assert first.path("results").samefile(second.path("results"))
    before = first.path("results").stat().st_ino
    erase_person(workspace, "pupil", "A2")
    assert first.path("results").samefile(second.path("results"))
    assert first.path("results").stat().st_ino != before
    assert second.table("schools").collect().height == 1


def test_nobody_found_changes_no_snapshot(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    before = snapshot.path("results").stat().st_ino
    done = erase_person(workspace, "pupil", "A9")
    assert done.snapshots == {}
    assert done.n_rows_elsewhere == 0
    assert snapshot.path("results").stat().st_ino == before
    assert not workspace.journal.exists()


@pytest.mark.parametrize(("kind", "identifier"), [("pupil", " "), ("parent", "A1")])
def test_a_blank_identifier_or_an_unknown_kind_is_refused(
    workspace: Workspace, kind: str, identifier: str
) -> None:
    with pytest.raises(UserError, match=r"blank|not a kind"):
        erase_person(workspace, kind, identifier)  # type: ignore[arg-type]


def test_answers_and_originals_that_could_hold_the_person_go(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    without = take_in(workspace, some_results.filter(pl.col("pupil") == "A1"))
    snapshot = take_in(workspace, some_results.filter(pl.col("pupil") != "A1"))
    for kept in (without, snapshot):
        assert answers.put(workspace, kept, "k" * 64, {"value": 1})
    (workspace.originals / "1234").mkdir()
    (workspace.originals / "1234" / "a.csv").write_text("A2")
    done = erase_person(workspace, "pupil", "A2")
    assert (done.n_answers, done.n_originals) == (1, 1)
    assert answers.get(workspace, without, "k" * 64) is not None
    assert answers.get(workspace, snapshot, "k" * 64) is None
    assert list(workspace.originals.iterdir()) == []


def test_an_answer_computed_before_an_erasure_is_not_kept_after_it(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn
) -> None:
    snapshot = take_in(workspace, some_results)
    erase_person(workspace, "pupil", "A2")
    assert not answers.put(workspace, snapshot, "k" * 64, {"value": 1})
    assert not [path for path in workspace.answers.rglob("*") if path.is_file()]


STEPS = ["_rewrite_files", "_rewrite", "_leave_tombstones", "_remove_originals", "publish", "sync_folder"]


@pytest.mark.parametrize("step", STEPS)
def test_an_erasure_stopped_at_any_step_is_finished_when_the_workspace_is_opened(
    workspace: Workspace,
    some_results: pl.DataFrame,
    take_in: TakeIn,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    pseudonym = workspace.pseudonyms.of("pupil", "A2")
    keep_a_copy(workspace, take_in(workspace, some_results))
    take_in(workspace, some_results.with_columns(pupil=pl.col("pupil") + "x"))

    class Killed(BaseException):
        pass

    def kill(*args: object, **kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, step, kill)
        with pytest.raises(Killed):
            erase_person(workspace, "pupil", "A2")
    opened = Workspace.open(workspace.folder)
    content, values = every_byte_and_value(workspace.folder)
    assert pseudonym not in values
    assert str(pseudonym).encode() not in content
    assert not workspace.journal.exists()
    for snapshot in list_snapshots(opened):
        assert [tombstone.rows for tombstone in snapshot.manifest.erasures] == [2]
        assert snapshot.manifest.tables["results"].rows == snapshot.table("results").collect().height


def test_opening_does_not_wait_for_an_erasure_under_way(workspace: Workspace) -> None:
    workspace.journal.write_text("{}")
    with workspace.writing():
        Workspace.open(workspace.folder)
    assert workspace.journal.exists()


@pytest.mark.parametrize("journal", ["{", "{}", '{"pseudonym": 1}', '{"pseudonym": "a", "x": 1}'])
def test_a_damaged_journal_is_told(workspace: Workspace, journal: str) -> None:
    workspace.journal.write_text(journal)
    with pytest.raises(UnreadableWorkspace, match="run upwards erase again"):
        Workspace.open(workspace.folder)


def test_a_link_among_the_imports_is_never_followed(
    workspace: Workspace, some_results: pl.DataFrame, take_in: TakeIn, tmp_path: Path
) -> None:
    snapshot = take_in(workspace, some_results)
    outside = tmp_path / "outside.parquet"
    outside.write_bytes(snapshot.path("results").read_bytes())
    (workspace.imports / "results-1234.parquet").symlink_to(outside)
    with pytest.raises(UnreadableWorkspace, match="link"):
        erase_person(workspace, "pupil", "A2")
    assert pl.read_parquet(outside).height == 4


identifiers = st.text(alphabet="AB12", min_size=1, max_size=3)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=st.sets(identifiers, min_size=1), second=st.sets(identifiers, min_size=1), data=st.data())
def test_whoever_is_erased_is_nowhere_and_everybody_else_stays(
    tmp_path_factory: pytest.TempPathFactory,
    take_in: TakeIn,
    first: set[str],
    second: set[str],
    data: st.DataObject,
) -> None:
    workspace = Workspace.create(tmp_path_factory.mktemp("group"))
    for year, pupils in enumerate((first, second)):
        frame = pl.DataFrame({"pupil": sorted(pupils), "year": [2019 + year] * len(pupils)})
        take_in(workspace, frame, keys=["pupil", "year"])
    erased = data.draw(st.sampled_from(sorted(first | second)))
    erase_person(workspace, "pupil", erased)
    content, values = every_byte_and_value(workspace.folder)
    of = workspace.pseudonyms.of
    assert str(of("pupil", erased)).encode() not in content
    assert values >= {of("pupil", pupil) for pupil in (first | second) - {erased}}
    assert of("pupil", erased) not in values
    assert not any(json.loads(path.read_text()).get("pseudonym") for path in workspace.folder.glob("*.json"))


def test_a_teacher_leaves_a_roster_with_the_row(workspace: Workspace, take_in: TakeIn) -> None:
    roster = pl.DataFrame({"pupil": ["A1", "A1"], "teacher": ["T1", "T2"], "school": ["North", "North"]})
    snapshot = take_in(workspace, roster, table="rosters", keys=["pupil", "teacher"])
    erase_person(workspace, "teacher", "T1")
    left = snapshot.table("rosters").collect()
    assert left["teacher"].to_list() == [workspace.pseudonyms.of("teacher", "T2")]
