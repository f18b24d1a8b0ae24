"""Whatever is killed while people write, nothing that the server said was done is lost."""

from __future__ import annotations

import datetime
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.evidence import served_group as group
from tests.evidence.writers import PUPILS, Notes, Writers
from tests.web import local_postgres
from upwards.store.snapshots import current_snapshot, find_damage, list_snapshots
from upwards.store.workspace import Workspace

EVIDENCE = group.PROJECT / "docs" / "evidence" / "web_kill.json"
SEED = 20261122
KILLS = int(os.environ.get("UPWARDS_WEB_KILLS", "50"))
WHAT = ("worker", "server", "one of the server's processes", "everything")
WEIGHTS = (40, 20, 20, 20)
# How long people write before something is killed.
MOMENTS = (0.2, 2.5)
WAIT_SECONDS = 60
SCHOOLS = 4


@contextmanager
def database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        yield ""
        return
    if local_postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed. On Debian: apt-get install postgresql")
    with local_postgres.running() as url:
        yield url


def kill(served: group.Served, what: str, chance: random.Random) -> None:
    """Kill with SIGKILL: a process alone, or all of them as when the machine goes down."""
    parts = served.parts()
    if what == "everything":
        group.end_all([served.process.pid, *group.with_children(served.process.pid)])
    elif what == "worker" and "worker" in parts:
        group.end_all(group.with_children(parts["worker"]))
    elif what == "server" and "server" in parts:
        group.end_all(group.with_children(parts["server"]))
    elif "server" in parts and group.children(parts["server"]):
        os.kill(chance.choice(group.children(parts["server"])), signal.SIGKILL)


def serve_again(served: group.Served, workspace: Path, log: Path, url: str) -> group.Served:
    """Start anew what ended, as a supervisor does; what ended by itself must have ended in order."""
    if served.answers():
        return served
    end = time.monotonic() + WAIT_SECONDS
    while served.process.poll() is None and time.monotonic() < end and not served.answers():
        time.sleep(0.1)
    if served.process.poll() is not None:
        served = group.start(workspace, log, url, served.port)
    served.wait()
    return served


def wait_for_a_write(notes: Notes) -> None:
    before, end = notes.n, time.monotonic() + WAIT_SECONDS
    while notes.n == before:
        assert time.monotonic() < end, f"nobody can write any more: {notes.refused[-5:]}"
        time.sleep(0.05)


def kill_at_moments(workspace: Path, log: Path, url: str, n: int, seed: int) -> dict[str, Any]:
    """Kill something again and again while people write, then look at what is left."""
    schools = group.make_group(workspace, SCHOOLS)
    said = {"password": group.PASSWORD, "roles": ["coach", "teacher"], "of_each": 1, "partnerships": 4}
    served = group.start(workspace, log, url)
    served.wait()
    made = group.inside(workspace, "people", {**said, "schools": schools}, url)
    who = {role: email for email, role in made["accounts"].items()}
    chance, killed = random.Random(seed), Counter[str]()
    try:
        address = f"http://127.0.0.1:{served.port}"
        with Writers(address, who, made["partnerships"], schools).at_work() as notes:
            for _ in range(n):
                wait_for_a_write(notes)
                time.sleep(chance.uniform(*MOMENTS))
                what = chance.choices(WHAT, WEIGHTS)[0]
                kill(served, what, chance)
                killed[what] += 1
                served = serve_again(served, workspace, log, url)
            wait_for_a_write(notes)
        found = group.inside(workspace, "settle", {"seconds": 180}, url)
    finally:
        group.stop(served)
    left = group.inside(workspace, "left", {"partnerships": made["partnerships"]}, url)
    return {"kills": n, "killed": dict(killed), **check(notes, left, found, workspace)}


def check(notes: Notes, left: dict[str, Any], settled: dict[str, Any], workspace: Path) -> dict[str, Any]:
    """Compare what is there with what was acknowledged."""
    assert settled["open"] == 0, "a job is open for ever"
    assert not [one for one in left["jobs"].values() if one not in ("done", "failed with a reason")]
    assert left["queue_left"] == 0
    assert left["integrity"] == "ok"
    lost = {
        "visits": sorted(set(notes.visits) - set(left["visits"])),
        "jobs": sorted(notes.jobs - set(left["jobs"])),
        "uploads": sorted(set(notes.uploads) - set(left["uploads"])),
        "imports": missing_imports(notes, workspace),
        "settings": [] if notes.setting in (None, *settings_that_may_stand(notes, left)) else [notes.setting],
    }
    assert not any(lost.values()), lost
    assert len(left["visits"]) == len(set(left["visits"])), "a visit was kept twice"
    return {
        "acknowledged": {
            "visits": len(notes.visits), "jobs": len(notes.jobs), "uploads": len(notes.uploads),
            "imports": len(notes.imported), "settings": notes.n_settings,
        },
        "lost": sum(map(len, lost.values())),
        "answers_cut_off": notes.lost_answers,
        "refused": dict(Counter(notes.refused)),
        "jobs_ended": dict(Counter(left["jobs"].values())),
        "database": left["integrity"],
    }  # fmt: skip


def settings_that_may_stand(notes: Notes, left: dict[str, Any]) -> list[float | None]:
    """Return the acknowledged value where what stands is it, or one that was sent after it."""
    assert notes.setting is not None
    after = notes.tried[len(notes.tried) - 1 - notes.tried[::-1].index(notes.setting) :]
    return [notes.setting] if left["setting"] in after else []


def missing_imports(notes: Notes, folder: Path) -> list[int]:
    """Check the workspace, and return the years said to be imported whose rows are not all there."""
    workspace = Workspace.open(folder)
    for snapshot in list_snapshots(workspace):
        assert find_damage(snapshot) == ()
    current = current_snapshot(workspace)
    assert current is not None
    rows = dict(current.table("results").group_by("year").agg(pl.len()).collect().rows())
    wanted = Counter(notes.imported)
    return [year for year, times in wanted.items() if rows.get(year, 0) < times * PUPILS]


@pytest.mark.evidence
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_server_and_worker_killed_at_random_moments_lose_nothing(kind: str, tmp_path: Path) -> None:
    began = time.monotonic()
    with database(kind) as url:
        found = kill_at_moments(tmp_path / "group", tmp_path / "log", url, KILLS, SEED)
    known = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {}
    said = {
        "what": "upwards serve: worker, server, or all of it killed (SIGKILL) at random moments while "
        "people log visits, change a setting, start jobs and import files; what was acknowledged and lost",
        "seed": SEED,
        "commit": group.commit(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        **group.machine(),
        "found": {**known.get("found", {}), kind: {**found, "seconds": round(time.monotonic() - began)}},
    }
    EVIDENCE.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
