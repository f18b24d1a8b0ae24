"""From one database to the other and back, from a released schema to today's: same rows, same answers."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

from tests.web import local_postgres
from tests.web.partnerships_of_trust import coaching_of_cast
from upwards.actions.repeat_erasures import Erased, list_erased, remember_erased
from upwards.core.errors import UserError
from upwards.store.erasure import erase_pseudonym
from upwards.store.snapshots import current_snapshot
from upwards.store.workspace import Workspace
from upwards.web.answers import QUESTIONS, compute
from upwards.web.keeping.backup import make_backup, verify
from upwards.web.keeping.database_copy import applied_steps, label, lines_of, tables_at, unknown_steps
from upwards.web.keeping.erasures import erase_again
from upwards.web.keeping.manifest import Manifest
from upwards.web.keeping.restored_tables import load_tables, refuse_newer
from upwards.web.people.models import Person

SCHEMAS = Path(__file__).parent / "schemas"
RELEASES = sorted(path.stem for path in SCHEMAS.glob("*.sql"))
# What needs a public record is refused here, in the same words before and after.
ARGUMENTS = {
    "convergence": {"measure": "ks2.reading_progress"},
    "school-scores": {"measures": ["ks2.reading_progress"]},
    "snapshot-changes": {"before": "none", "after": "none"},
    "regions": {"region": "London"},
}
# Rows that every start writes for itself, and what a backup does not hold.
NOT_COMPARED = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "django_session",
    "sqlite_sequence",
}


def upwards(*arguments: object, database: str = "", code: int = 0) -> str:
    passed_on = {
        name: text for name, text in os.environ.items() if not name.startswith(("DJANGO_", "UPWARDS_"))
    }
    passed_on.pop("DATABASE_URL", None)
    if database:
        passed_on["DATABASE_URL"] = database
    command = [sys.executable, "-m", "upwards", *map(str, arguments)]
    done = subprocess.run(command, env=passed_on, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def rows_of(file: Path) -> dict[str, list[dict[str, object]]]:
    with sqlite3.connect(file) as opened:
        opened.row_factory = sqlite3.Row
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [name for name in names if name not in NOT_COMPARED and not name.startswith("practices_")]
        return {
            name: [dict(row) for row in opened.execute(f"SELECT * FROM {name} ORDER BY 1")] for name in kept
        }


def without_what_restoring_closed(table: str, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Invitations that are open in a backup are withdrawn by restoring it, which the trail says."""
    if table == "accounts_invitation":
        return [{**row, "withdrawn": None} for row in rows]
    closed = ("accounts.invitation", "changed", "withdrawn")
    is_trail = table == "trail_auditentry"
    return [row for row in rows if not is_trail or (row["kind"], row["what"], row["detail"]) != closed]


def require_postgres() -> None:
    if local_postgres.programs() is None:
        missing = "PostgreSQL is not installed. On Debian: apt-get install postgresql"
        assert "postgres" not in os.environ.get("UPWARDS_REQUIRE", "").split(","), missing
        pytest.skip(missing)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    require_postgres()
    with local_postgres.running() as url:
        yield url


@pytest.fixture
def workspace(trust_workspace: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "trust"
    shutil.copytree(trust_workspace, folder)
    return folder


def plain(answer: object) -> object:
    """Return the figures of an answer: to eight places, since threads add up in another order each time."""
    if isinstance(answer, dict):
        return {name: plain(value) for name, value in answer.items() if name != "created"}
    if isinstance(answer, list | tuple):
        return [plain(one) for one in answer]
    return round(answer, 8) if isinstance(answer, float) else answer


def answers(folder: Path, settings) -> dict[str, object]:
    """Compute every question anew, without what was kept."""
    settings.UPWARDS_WORKSPACE = folder
    shutil.rmtree(folder / "answers")
    (folder / "answers").mkdir(mode=0o700)
    found: dict[str, object] = {}
    for question in QUESTIONS:
        try:
            found[question] = plain(compute(question, ARGUMENTS.get(question, {})))
        except UserError as error:
            found[question] = str(error).replace(str(folder), "")
    return found


@pytest.mark.django_db
@pytest.mark.skipif(
    "UPWARDS_TEST_POSTGRES" in os.environ, reason="the commands choose their databases themselves"
)
def test_a_released_state_goes_to_postgresql_and_back_with_the_same_rows_and_answers(
    workspace, tmp_path, postgres, settings
):
    """The backup is made of the released schema by today's program, and brought forward on PostgreSQL."""
    release = RELEASES[-1]
    with sqlite3.connect(workspace / "upwards.db") as opened:
        opened.executescript((SCHEMAS / f"{release}.sql").read_text(encoding="utf-8"))
    before = rows_of(workspace / "upwards.db")
    assert before["people_person"]
    upwards("backup", workspace, "--to", tmp_path / "one")
    (first,) = (tmp_path / "one").glob("*.zip")
    assert sorted(map(list, verify(first).steps)) == json.loads((SCHEMAS / f"{release}.json").read_text())

    elsewhere, back = tmp_path / "elsewhere", tmp_path / "back"
    said = upwards("restore", first, elsewhere, database=postgres)
    assert "no secret.key" in said
    assert not (elsewhere / "upwards.db").exists()
    assert "is not empty" in upwards("restore", first, tmp_path / "no", database=postgres, code=2)
    shutil.copy(workspace / "secret.key", elsewhere / "secret.key")
    upwards("backup", elsewhere, "--to", tmp_path / "two", database=postgres)
    (second,) = (tmp_path / "two").glob("*.zip")
    upwards("restore", second, back)

    after = rows_of(back / "upwards.db")
    assert all(one["accepted"] or one["withdrawn"] for one in after["accounts_invitation"])
    for table, rows in before.items():
        after[table] = without_what_restoring_closed(table, after[table])
        assert len(after[table]) == len(rows), table
        for one, other in zip(rows, after[table], strict=True):
            assert {name: other[name] for name in one if name in other} == {
                name: value for name, value in one.items() if name in other
            }, table
    original = answers(workspace, settings)
    assert answers(elsewhere, settings) == answers(back, settings) == original
    assert sum(isinstance(one, dict) for one in original.values()) >= 6


@pytest.fixture
def other(tmp_path: Path, django_db_blocker) -> Iterator[str]:
    """A second, empty SQLite database."""
    connections.settings["other"] = {
        **connections.settings["default"], "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(tmp_path / "other.db"), "OPTIONS": {}, "CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0,
    }  # fmt: skip
    with django_db_blocker.unblock():
        yield "other"
        connections["other"].close()
    del connections["other"], connections.settings["other"]


@pytest.mark.django_db
def test_every_table_comes_back_line_by_line_and_newer_ones_are_refused(
    people, other, workspace, tmp_path, settings
):
    settings.UPWARDS_WORKSPACE = workspace
    coaching_of_cast()
    made = make_backup(workspace, connection, tmp_path / "b", passphrase=None, say=lambda line: None)
    load_tables(made.path, made.manifest, connections[other])
    steps = applied_steps(connection)
    for here, there in zip(tables_at(connection, steps), tables_at(connections[other], steps), strict=True):
        assert list(lines_of(connection, here)) == list(lines_of(connections[other], there)), label(here)
    newer = {**json.loads(made.manifest.to_json()), "steps": [*steps, ("accounts", "9999_later")]}
    later = Manifest.from_json(json.dumps(newer).encode(), where="x")
    assert unknown_steps(later.steps) == [("accounts", "9999_later")]
    with pytest.raises(UserError, match="Update upwards"):
        refuse_newer(later)


@pytest.mark.skipif(
    "UPWARDS_TEST_POSTGRES" in os.environ, reason="the commands choose their databases themselves"
)
def test_what_is_replaced_lies_aside_and_whom_it_erased_stays_erased(workspace, tmp_path):
    with sqlite3.connect(workspace / "upwards.db") as opened:
        opened.executescript((SCHEMAS / f"{RELEASES[-1]}.sql").read_text(encoding="utf-8"))
    upwards("backup", workspace, "--to", tmp_path / "one")
    (made,) = (tmp_path / "one").glob("*.zip")
    listed = list_erased(workspace)
    (tmp_path / "one" / f"erasures-{listed.installation}.json").write_bytes(
        listed.joined([Erased("2999-01-01T00:00:00.000000+00:00", "person", "1")]).to_json()
    )
    said = upwards("restore", made, workspace, "--replace")
    assert "Erased again: 1" in said
    (aside,) = tmp_path.glob("trust.before-*")
    assert rows_of(aside / "upwards.db")["people_person"][0]["name"] == "Tom"
    assert rows_of(workspace / "upwards.db")["people_person"][0]["name"] == "Erased person"


@pytest.mark.skipif(
    "UPWARDS_TEST_POSTGRES" in os.environ, reason="the commands choose their databases themselves"
)
def test_a_pupil_erased_since_is_erased_again_with_the_copy_of_the_secret_key(workspace, tmp_path):
    with sqlite3.connect(workspace / "upwards.db") as opened:
        opened.executescript((SCHEMAS / f"{RELEASES[-1]}.sql").read_text(encoding="utf-8"))
    pupil = pupils_of(workspace)[0]
    upwards("backup", workspace, "--to", tmp_path / "one")
    (made,) = (tmp_path / "one").glob("*.zip")
    erase_pseudonym(Workspace.open(workspace), "pupil", pupil)
    shutil.copy(workspace / "erased.json", tmp_path / "one" / "erased.json")
    assert pupil not in (workspace / "erased.json").read_text()
    back, key = tmp_path / "back", workspace / "secret.key"
    assert "name your copy with --secret-key" in upwards("restore", made, back, code=2)
    assert not back.exists()
    (tmp_path / "other.key").write_text("nonsense")
    said = upwards("restore", made, back, "--secret-key", tmp_path / "other.key", code=2)
    assert "no secret key of a workspace" in said
    said = upwards("restore", made, back, "--secret-key", key)
    assert "Erased again: 1 " in said
    assert "no secret.key" not in said
    assert pupils_of(back) == pupils_of(workspace)
    assert (back / "secret.key").read_bytes() == key.read_bytes()


def pupils_of(workspace: Path) -> list[str]:
    snapshot = current_snapshot(Workspace.open(workspace))
    assert snapshot is not None
    return snapshot.table("results").select("pupil").unique().sort("pupil").collect()["pupil"].to_list()


FAILS = """
import sys
from pathlib import Path
from upwards.core.errors import UserError
from upwards.web.keeping import restore

def fails(staged):
    raise UserError("half way")

restore._check = fails
try:
    restore.restore_backup(
        Path(sys.argv[1]), Path(sys.argv[2]), replace=bool(sys.argv[3]), passphrase=None, say=print
    )
except UserError as error:
    sys.exit(f"refused: {error}")
"""


def tables_of(url: str) -> set[tuple[str, str]]:
    with psycopg.connect(url) as opened:
        ours = "WHERE table_schema !~ '^(pg_|inf)'"
        said = f"SELECT table_schema, table_name FROM information_schema.tables {ours}"
        return set(opened.execute(said).fetchall())


@pytest.mark.skipif(
    "UPWARDS_TEST_POSTGRES" in os.environ, reason="the commands choose their databases themselves"
)
def test_a_restore_to_postgresql_that_fails_half_way_leaves_all_as_it_was(workspace, tmp_path):
    require_postgres()
    with sqlite3.connect(workspace / "upwards.db") as opened:
        opened.executescript((SCHEMAS / f"{RELEASES[-1]}.sql").read_text(encoding="utf-8"))
    upwards("backup", workspace, "--to", tmp_path / "one")
    (made,) = (tmp_path / "one").glob("*.zip")
    with local_postgres.running() as url:
        environ = {**os.environ, "DATABASE_URL": url}

        def fails(target: Path, replace: str) -> None:
            command = [sys.executable, "-c", FAILS, str(made), str(target), replace]
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
            assert "refused: half way" in done.stderr

        fails(tmp_path / "new", "")
        assert not (tmp_path / "new").exists()
        assert not tables_of(url)
        upwards("restore", made, tmp_path / "new", database=url)
        (tmp_path / "new" / "mine.txt").write_text("mine")
        before = tables_of(url)
        assert before
        fails(tmp_path / "new", "yes")
        assert (tmp_path / "new" / "mine.txt").exists()
        assert tables_of(url) == before
        assert not list(tmp_path.glob("new.before-*"))
        assert not list(tmp_path.glob(".restoring-*"))


def copies_of_a_row(opened: sqlite3.Connection, table: str) -> None:
    names = [row[1] for row in opened.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
    listed = ", ".join(f'"{name}"' for name in names)
    opened.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {table} ORDER BY id LIMIT 1")


@pytest.mark.skipif(
    "UPWARDS_TEST_POSTGRES" in os.environ, reason="the commands choose their databases themselves"
)
def test_a_backup_made_while_others_write_is_whole_and_of_one_state(workspace, tmp_path):
    """Two rows come in each transaction, in tables copied one after the other; the lock is taken too."""
    tables = ("accounts_appointment", "trail_auditentry")
    with sqlite3.connect(workspace / "upwards.db") as opened:
        opened.execute("PRAGMA journal_mode=WAL")
        opened.executescript((SCHEMAS / f"{RELEASES[-1]}.sql").read_text(encoding="utf-8"))
        first = [opened.execute(f"SELECT COUNT(*) FROM {one}").fetchone()[0] for one in tables]
    over, n_written = threading.Event(), []

    def write() -> None:
        with sqlite3.connect(workspace / "upwards.db", timeout=20) as opened:
            while not over.is_set():
                for table in tables:
                    copies_of_a_row(opened, table)
                opened.commit()
                n_written.append(1)
                time.sleep(0.002)

    def lock() -> None:
        while not over.is_set():
            remember_erased(
                workspace, [Erased(f"2020-01-01T00:00:00.{len(n_written):06}+00:00", "user", "9")]
            )
            time.sleep(0.05)

    threads = [threading.Thread(target=write), threading.Thread(target=lock)]
    for one in threads:
        one.start()
    try:
        upwards("backup", workspace, "--to", tmp_path / "one")
    finally:
        over.set()
        for one in threads:
            one.join()
    (made,) = (tmp_path / "one").glob("*.zip")
    members = verify(made).members
    labels = ("accounts.appointment", "trail.auditentry")
    more = [(members[f"tables/{one}.jsonl"].rows or 0) - n for one, n in zip(labels, first, strict=True)]
    assert more[0] == more[1]
    assert 0 < more[0] <= len(n_written)


@pytest.mark.django_db
def test_erasing_again_by_number_leaves_no_name(people):
    person = Person.objects.create(name="Tom", school="Alder", user=people["teacher"])
    erase_again((Erased("2026-01-01", "person", str(person.pk)), Erased("2026-01-01", "user", "no number")))
    person.refresh_from_db()
    assert person.name == "Erased person"
