from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import FolderNotEmpty, NotAWorkspace, UnreadableWorkspace, WorkspaceBusy


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_new_workspace_has_its_folders_and_a_name(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "group", 'Five "Rivers" é')
    assert workspace.name == 'Five "Rivers" é'
    assert {path.name for path in workspace.folder.iterdir()} == {
        *("upwards.toml", "secret.key", ".gitignore"),
        *("imports", "snapshots", "answers", "rejects", "originals", "staging"),
    }


def test_the_folder_gives_its_name_where_none_is_given(tmp_path: Path) -> None:
    assert Workspace.create(tmp_path / "group").name == "group"


def test_everything_in_a_workspace_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        workspace = Workspace.create(tmp_path / "group")
    finally:
        os.umask(before)
    for path in workspace.folder.rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(workspace.folder) == 0o700


def test_making_a_workspace_twice_changes_nothing(tmp_path: Path) -> None:
    first = Workspace.create(tmp_path / "group", "One")
    pseudonym = first.pseudonyms.of("pupil", "A1")
    second = Workspace.create(tmp_path / "group", "Two")
    assert second.name == "One"
    assert second.pseudonyms.of("pupil", "A1") == pseudonym


def test_a_killed_making_can_be_repeated(tmp_path: Path) -> None:
    first = Workspace.create(tmp_path / "group", "One")
    pseudonym = first.pseudonyms.of("pupil", "A1")
    (first.folder / "upwards.toml").unlink()
    (first.folder / ".half-0-upwards.toml").touch()
    assert Workspace.create(tmp_path / "group", "One").pseudonyms.of("pupil", "A1") == pseudonym


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    for name in "abcd":
        (tmp_path / f"{name}.docx").touch()
    with pytest.raises(FolderNotEmpty, match=r"'a.docx', 'b.docx', 'c.docx' and more"):
        Workspace.create(tmp_path)
    assert len(list(tmp_path.iterdir())) == 4


@pytest.mark.parametrize("name", ["imports", "elsewhere"])
def test_a_folder_of_the_same_name_with_files_in_it_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine.csv").touch()
    with pytest.raises(FolderNotEmpty, match=name):
        Workspace.create(tmp_path)


def test_a_link_or_a_file_where_the_workspace_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderNotEmpty, match="is a file"):
        Workspace.create(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "imports").symlink_to(tmp_path)
    with pytest.raises(FolderNotEmpty, match="imports"):
        Workspace.create(tmp_path / "folder")


def test_a_workspace_is_found_from_the_folders_below_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UPWARDS_WORKSPACE", raising=False)
    monkeypatch.chdir(workspace.imports)
    assert Workspace.open().folder == workspace.folder


def test_the_variable_names_the_workspace(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UPWARDS_WORKSPACE", str(workspace.folder))
    assert Workspace.open().name == "Five Rivers"


def test_no_workspace_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPWARDS_WORKSPACE", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotAWorkspace, match="upwards init DIR"):
        Workspace.open()
    with pytest.raises(NotAWorkspace, match="upwards init"):
        Workspace.open(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[workspace]\nformat = 2\n", "Update upwards"),
        ("[workspace]\nformat = '1'\n", "Update upwards"),
        ("[workspace]\nname = 'x'\n", "format = 1"),
        ("workspace = 3\n", "cannot be read"),
        ("[workspace", "cannot be read"),
        ("\0", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_understood_are_refused(workspace: Workspace, text: str, said: str) -> None:
    (workspace.folder / "upwards.toml").write_text(text)
    with pytest.raises(UnreadableWorkspace, match=said):
        Workspace.open(workspace.folder)


def test_the_users_own_settings_are_handed_on(workspace: Workspace) -> None:
    with (workspace.folder / "upwards.toml").open("a") as file:
        file.write("[settings]\nsmall_counts = 10\n")
    assert Workspace.open(workspace.folder).settings == {"settings": {"small_counts": 10}}


@pytest.mark.parametrize("name", ["imports", "snapshots", "answers", "rejects", "originals", "staging"])
def test_a_folder_replaced_by_a_link_is_refused(workspace: Workspace, tmp_path: Path, name: str) -> None:
    (workspace.folder / name).rmdir()
    (workspace.folder / name).symlink_to(tmp_path)
    with pytest.raises(UnreadableWorkspace, match="link"):
        Workspace.open(workspace.folder)


@pytest.mark.parametrize("name", ["upwards.toml", ".lock"])
def test_a_file_replaced_by_a_link_is_refused(workspace: Workspace, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("[workspace]\nformat = 1\n")
    (workspace.folder / name).unlink(missing_ok=True)
    (workspace.folder / name).symlink_to(outside)
    with pytest.raises(UnreadableWorkspace, match="link"), Workspace.open(workspace.folder).writing():
        pass
    assert outside.read_text() == "[workspace]\nformat = 1\n"


def test_a_second_writer_is_told_and_gives_up_after_a_while(workspace: Workspace) -> None:
    told = []
    with (
        workspace.writing(),
        pytest.raises(WorkspaceBusy, match="Only one can write"),
        workspace.writing(wait_seconds=0.1, when_waiting=lambda: told.append(1)),
    ):
        pass
    assert told == [1]
    with workspace.writing(wait_seconds=0.1):
        pass


def test_what_a_killed_run_left_is_cleared_away_but_not_through_links(
    workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").touch()
    (workspace.staging / "link").symlink_to(tmp_path / "mine")
    (workspace.staging / "left").mkdir()
    (workspace.staging / "left" / "rows.parquet").touch()
    (workspace.imports / ".half-1-x").touch()
    (workspace.snapshots / "000001-00000000").mkdir()
    (workspace.snapshots / "000001-00000000" / ".half-1-x").touch()
    kept = workspace.answers / "000001-00000000-0"
    kept.mkdir()
    (kept / ".half-new").mkdir()
    (kept / ".half-old").mkdir()
    os.utime(kept / ".half-old", (0, 0))
    with workspace.writing():
        pass
    left = {
        str(path.relative_to(workspace.folder)) for path in workspace.folder.rglob("*") if not path.is_dir()
    }
    assert left - {".lock"} == {"upwards.toml", "secret.key", ".gitignore"}
    assert {path.name for path in kept.iterdir()} == {".half-new"}
    assert (tmp_path / "mine" / "file").exists()
