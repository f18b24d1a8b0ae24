"""A backup is one checked file; what is damaged or made to do harm is refused before anything is changed."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from upwards.actions.keep_workspace import check_workspace
from upwards.actions.repeat_erasures import Erased, forget_erased, list_erased, remember_erased
from upwards.core.errors import UserError
from upwards.store.erased_list import now_text
from upwards.web.health.models import Participation, Pulse, Tally
from upwards.web.keeping import erasures
from upwards.web.keeping.backup import make_backup, remove_backups, verify
from upwards.web.keeping.manifest import MANIFEST, Manifest, is_inside
from upwards.web.keeping.models import Backup
from upwards.web.keeping.recorded import know_backups, record_backup, record_removed, remove_expired
from upwards.web.keeping.restore import _unpack, restore_backup
from upwards.web.keeping.restored_tables import close_what_was_open
from upwards.web.keeping.retention import remove_what_is_over
from upwards.web.keeping.secret_box import WrongPassphrase, lock, unlock
from upwards.web.trail.models import AuditEntry, What, write_entry

WORDS = "four random words here"


@pytest.fixture
def workspace(trust_workspace, tmp_path, settings) -> Path:
    folder = tmp_path / "trust"
    shutil.copytree(trust_workspace, folder)
    for path in folder.rglob("*.parquet"):
        path.chmod(0o600)
    settings.UPWARDS_WORKSPACE = folder
    return folder


@pytest.fixture
def back_up(db, workspace, tmp_path):
    def make(passphrase: str | None = None):
        to = tmp_path / "backups"
        return make_backup(workspace, connection, to, passphrase=passphrase, say=lambda line: None)

    return make


def rebuilt(path: Path, change) -> Path:
    """Write a backup anew with its members changed by a function of a dict."""
    with zipfile.ZipFile(path) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def with_manifest(path: Path, **values) -> Path:
    def change(members):
        members[MANIFEST] = json.dumps({**json.loads(members[MANIFEST]), **values}).encode()

    return rebuilt(path, change)


def refused(path: Path, tmp_path: Path) -> str:
    with pytest.raises(UserError) as said:
        restore_backup(path, tmp_path / "new", replace=False, passphrase=None, say=lambda line: None)
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".restoring-*"))
    return str(said.value)


def test_a_backup_is_whole_private_and_holds_no_secret_and_no_cache(back_up, people, workspace):
    (workspace / "answers" / "x").mkdir(parents=True, exist_ok=True)
    (workspace / "uploads").mkdir(exist_ok=True)
    (workspace / "uploads" / "raw.csv").write_text("P1")
    made = back_up()
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert made.sha256 == hashlib.sha256(made.path.read_bytes()).hexdigest()
    assert verify(made.path) == made.manifest
    places = {path.partition("/")[0] for path in made.manifest.files}
    assert places <= {"upwards.toml", ".gitignore", "erased.json", "imports", "snapshots", "rejects"}
    assert made.manifest.members["tables/accounts.user.jsonl"].rows == len(people)
    assert "tables/sessions.session.jsonl" not in made.manifest.members
    key = (workspace / "secret.key").read_bytes().strip()
    with zipfile.ZipFile(made.path) as opened:
        assert not [name for name in opened.namelist() if key in opened.read(name)]


def test_files_that_snapshots_share_are_in_it_once(back_up, workspace):
    parquet = [path for path in back_up().manifest.files.items() if path[0].endswith(".parquet")]
    assert len({member for _, member in parquet}) <= len(parquet)
    files = [path for path in workspace.rglob("*.parquet") if "answers" not in path.parts]
    assert {path for path, _ in parquet} == {path.relative_to(workspace).as_posix() for path in files}


def test_secrets_go_in_only_when_asked_for_and_only_locked(back_up, workspace, tmp_path):
    made = back_up(WORDS)
    key = (workspace / "secret.key").read_bytes()
    assert made.manifest.secrets
    assert key.strip() not in made.path.read_bytes()
    _unpack(made.path, tmp_path / "out", WORDS, lambda line: None)
    assert (tmp_path / "out" / "secret.key").read_bytes() == key
    with pytest.raises(WrongPassphrase, match="do not open"):
        _unpack(made.path, tmp_path / "out2", WORDS + "!", lambda line: None)
    assert not check_workspace(tmp_path / "out")


def test_a_short_passphrase_is_refused_and_nothing_is_left(back_up, tmp_path):
    with pytest.raises(WrongPassphrase, match="at least 12"):
        back_up("short")
    assert not [path for path in (tmp_path / "backups").iterdir() if not path.name.startswith("erasures")]


def test_what_is_locked_opens_with_its_words_only():
    box = lock({"secret.key": b"abc"}, WORDS)
    assert unlock(box, WORDS) == {"secret.key": b"abc"}
    for wrong in (box[:-1], box[:5], b""):
        with pytest.raises(WrongPassphrase):
            unlock(wrong, WORDS)


def test_any_changed_byte_is_noticed(back_up, tmp_path):
    made = back_up()

    def change(members):
        name = next(name for name in members if name.startswith("tables/trail"))
        members[name] += b"{}\n"

    assert "is damaged" in refused(rebuilt(made.path, change), tmp_path)


def test_what_is_missing_or_added_is_noticed(back_up, tmp_path):
    made = back_up()
    extra = "files/" + "0" * 64
    rebuilt(made.path, lambda members: members.update({extra: b"x"}))
    assert "other parts" in refused(made.path, tmp_path)
    with pytest.raises(UserError, match="other parts"):
        verify(made.path)
    rebuilt(made.path, lambda members: members.pop(MANIFEST))
    assert "damaged" in refused(made.path, tmp_path)


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "files/..", "upwards.toml", "files\\x", "a:b"])
def test_a_name_that_leads_elsewhere_is_refused(back_up, tmp_path, name):
    made = back_up()
    rebuilt(made.path, lambda members: members.update({name: b"x"}))
    assert "may have been made to do harm" in refused(made.path, tmp_path)


@pytest.mark.parametrize(
    "path",
    ["../upwards.toml", "/x", "snapshots/../../x", "secrets/signing.key", "imports", "imports//x", "a\n"],
)
def test_a_path_in_the_manifest_that_leads_elsewhere_is_refused(back_up, tmp_path, path):
    made = back_up()
    name = made.manifest.files["upwards.toml"]
    with_manifest(made.path, files={**made.manifest.files, path: name})
    assert "manifest cannot be read" in refused(made.path, tmp_path)
    assert not is_inside(path)


def test_links_and_encrypted_and_repeated_members_are_refused(back_up, tmp_path):
    made = back_up()
    link = zipfile.ZipInfo("files/" + "1" * 64)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made.path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in refused(made.path, tmp_path)
    again = tmp_path / "again.zip"
    with zipfile.ZipFile(again, "w") as archive:
        archive.writestr(MANIFEST, "{}")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(MANIFEST, "{}")
    assert "repeated" in refused(again, tmp_path)


def test_a_bomb_is_read_no_further_than_its_manifest_says(back_up, tmp_path):
    made = back_up()
    name = made.manifest.files["upwards.toml"]

    def change(members):
        members[name] = b"0" * 30_000_000

    assert "is damaged" in refused(rebuilt(made.path, change), tmp_path)


def test_what_does_not_fit_the_disk_is_refused_before_it_is_read(back_up, tmp_path):
    made = back_up()
    held = json.loads(made.manifest.to_json())["members"]
    name = made.manifest.files["upwards.toml"]
    with_manifest(made.path, members={**held, name: {**held[name], "size": 10**18}})
    assert "Make room" in refused(made.path, tmp_path)


def test_what_is_no_backup_is_told_so(tmp_path):
    wrong = tmp_path / "wrong.zip"
    wrong.write_bytes(b"hello")
    assert "is not a backup" in refused(wrong, tmp_path)
    assert "There is no file" in refused(tmp_path / "nowhere.zip", tmp_path)
    wrong.write_bytes(b"PK\x03\x04" + b"\0" * 50)
    assert "is damaged" in refused(wrong, tmp_path)


def test_a_newer_form_is_refused_with_what_to_do(back_up, tmp_path):
    made = back_up()
    with_manifest(made.path, format=99, version="9.9.9")
    assert "Update upwards" in refused(made.path, tmp_path)


@pytest.mark.parametrize(
    "change", [{"installation": "../x"}, {"made": "yesterday"}, {"steps": 3}, {"files": []}]
)
def test_a_manifest_that_makes_no_sense_is_refused(back_up, tmp_path, change):
    made = back_up()
    with_manifest(made.path, **change)
    assert "manifest cannot be read" in refused(made.path, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        *({"size": "12"}, {"size": -1}, {"size": True}, {"size": 1.5}),
        *({"sha256": 3}, {"rows": "2"}, {"other": 1}),
    ],
)
def test_a_part_of_another_type_is_refused(back_up, tmp_path, change):
    made = back_up()
    held = json.loads(made.manifest.to_json())["members"]
    name = made.manifest.files["upwards.toml"]
    with_manifest(made.path, members={**held, name: {**held[name], **change}})
    assert "manifest cannot be read" in refused(made.path, tmp_path)


@pytest.mark.parametrize(
    "change", [{"secrets": "yes"}, {"version": 3}, {"workspace": None}, {"made": "0001-01-01T00:00+00:00"}]
)
def test_values_of_another_type_are_refused(back_up, tmp_path, change):
    made = back_up()
    with_manifest(made.path, **change)
    assert "manifest cannot be read" in refused(made.path, tmp_path)


@pytest.mark.parametrize("path", ["imports/" + "x" * 300, "imports/" + "\u00e9" * 130, "upwards.toml/x"])
def test_names_that_no_disk_takes_and_files_as_folders_are_refused(back_up, tmp_path, path):
    made = back_up()
    name = made.manifest.files["upwards.toml"]
    with_manifest(made.path, files={**made.manifest.files, path: name})
    assert "manifest cannot be read" in refused(made.path, tmp_path)
    deeper = {**made.manifest.files, "imports/a": name, "imports/a/b": name}
    with_manifest(made.path, files=deeper)
    assert "manifest cannot be read" in refused(made.path, tmp_path)


def test_a_disk_that_refuses_while_unpacking_is_told_in_words(back_up, tmp_path, monkeypatch):
    def fails(*given):
        raise OSError(28, "No space left on device")

    made = back_up()
    monkeypatch.setattr("upwards.web.keeping.restore._write_files", fails)
    assert "No space left" in refused(made.path, tmp_path)


def test_a_folder_that_is_not_empty_is_refused_and_stays(back_up, workspace):
    made = back_up()
    for replace in (False,):
        with pytest.raises(UserError, match="is not empty"):
            restore_backup(made.path, workspace, replace=replace, passphrase=None, say=lambda line: None)
    with pytest.raises(UserError, match="link or a file"):
        restore_backup(made.path, made.path, replace=False, passphrase=None, say=lambda line: None)
    assert not check_workspace(workspace)


def test_a_workspace_that_is_served_is_not_replaced(back_up, workspace):
    from upwards.web.jobs.worker import only_worker

    made = back_up()
    with only_worker(workspace) as alone:
        assert alone
        with pytest.raises(UserError, match="being served"):
            restore_backup(made.path, workspace, replace=True, passphrase=None, say=lambda line: None)


def test_only_so_many_are_kept_and_none_beyond_its_time(back_up):
    first, second, third = back_up(), back_up(), back_up()
    folder = first.path.parent
    (folder / "notes.txt").write_text("mine")
    assert remove_backups(folder, third.manifest, keep=2, days=35) == [first.path]
    old = second.path.with_name(second.path.name.replace("-2026", "-2020").replace("-2027", "-2020"))
    second.path.rename(old)
    assert remove_backups(folder, third.manifest, keep=None, days=35) == [old]
    assert third.path.exists()
    assert (folder / "notes.txt").exists()


def test_backups_are_remembered_and_expire(back_up):
    made = back_up()
    record_backup(made)
    row = Backup.objects.get()
    assert (str(row), row.path, row.size) == (made.path.name, made.path, made.size)
    now = timezone.now()
    assert remove_expired(now - datetime.timedelta(days=35)) == 0
    assert remove_expired(now + datetime.timedelta(days=1)) == 1
    assert not made.path.exists()
    assert Backup.objects.get().removed is not None
    record_removed([made.path])
    assert AuditEntry.objects.filter(kind="backup").exists()


def test_what_a_backup_names_elsewhere_is_never_removed(back_up, workspace, tmp_path):
    made = back_up()
    record_backup(made)
    precious = tmp_path / "elsewhere" / "notes.txt"
    precious.parent.mkdir()
    precious.write_text("mine")
    alike = precious.with_name(made.path.name)
    alike.write_text("mine")
    other = made.path.with_name("notes.txt")
    other.write_text("mine")
    for path in (precious, alike, other):
        Backup.objects.create(made=made.manifest.moment, folder=str(path.parent), name=path.name, size=1)
    assert remove_expired(timezone.now() + datetime.timedelta(days=1)) == 1
    assert not made.path.exists()
    assert all(path.exists() for path in (precious, alike, other))


def test_restoring_forgets_the_backups_that_tables_name_and_knows_those_that_lie_there(back_up):
    made = back_up()
    Backup.objects.create(made=made.manifest.moment, folder="/etc", name="passwd", size=1)
    (made.path.parent / "notes.txt").write_text("mine")
    close_what_was_open()
    assert not Backup.objects.exists()
    know_backups(made.path.parent, made.manifest.installation)
    assert Backup.objects.get().path == made.path
    assert abs(Backup.objects.get().made - made.manifest.moment) < datetime.timedelta(seconds=1)


def test_the_answers_of_an_open_pulse_are_in_no_backup(back_up, people):
    about = {"year": 2027, "term": "1", "shown_from": 6, "closes": timezone.localdate()}
    pulse = Pulse.objects.create(**about)
    Participation.objects.create(pulse=pulse, user=people["teacher"])
    Tally.objects.create(pulse=pulse, school="Alder", n=1)
    tables = ("tables/health.participation.jsonl", "tables/health.tally.jsonl")
    assert [back_up().manifest.members[one].rows for one in tables] == [0, 0]
    Pulse.objects.update(closed=True)
    assert [back_up().manifest.members[one].rows for one in tables] == [1, 1]


def test_an_erasure_is_told_beside_the_backups(back_up, django_capture_on_commit_callbacks, workspace):
    made = back_up()
    record_backup(made)
    with django_capture_on_commit_callbacks(execute=True):
        write_entry(What.DID, "erasure", "person 7")
    listed = json.loads(erasures.beside(made.path.parent, made.manifest.installation).read_text())
    assert [(one["kind"], one["key"]) for one in listed["erased"]] == [("person", "7")]
    assert [(one.name, n) for one, n in erasures.still_holding()] == [(made.path.name, 1)]
    since = erasures.erased_since(
        made.manifest.moment, made.manifest.installation, made.path.parent, workspace
    )
    assert {(one.kind, one.key) for one in since} == {("person", "7")}
    assert not erasures.erased_since(made.manifest.moment, "f" * 16, made.path.parent, workspace)
    later = made.manifest.moment + datetime.timedelta(hours=1)
    assert not erasures.erased_since(later, made.manifest.installation, made.path.parent)


def test_the_list_of_erasures_forgets_when_backups_have_expired(workspace):
    remember_erased(workspace, [Erased("2026-01-01T00:00:00.000000+00:00", "user", "3")])
    assert forget_erased(workspace, datetime.datetime(2025, 12, 31, tzinfo=datetime.UTC)) == 0
    assert forget_erased(workspace, datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)) == 1
    assert not list_erased(workspace).erased


def test_each_day_the_lists_are_written_anew_without_pseudonyms(back_up, workspace):
    made = back_up()
    record_backup(made)
    listed, pseudonym = list_erased(workspace), "0f" * 16
    former = listed.joined([Erased(now_text(), "pupil", pseudonym)]).to_json()
    beside = erasures.beside(made.path.parent, made.manifest.installation)
    for path in (workspace / "erased.json", beside):
        path.write_bytes(former)
    assert remove_what_is_over(lambda *_: None)["erasures"] == 0
    for path in (workspace / "erased.json", beside):
        assert pseudonym not in path.read_text()
        assert len(json.loads(path.read_text())["erased"]) == 1


def test_a_disk_that_refuses_is_told_in_words(db, workspace, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises((UserError, FileExistsError)):
        make_backup(workspace, connection, blocked, passphrase=None, say=lambda line: None)


def test_the_manifest_reads_what_it_wrote(back_up):
    manifest = back_up().manifest
    assert Manifest.from_json(manifest.to_json(), where="x") == manifest
