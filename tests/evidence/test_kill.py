"""Whatever the moment at which a run is killed, nothing that was said to be done is lost."""

from __future__ import annotations

import datetime
import importlib.util
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from upwards.store.snapshots import current_snapshot, find_damage, list_snapshots
from upwards.store.workspace import Workspace

SCRIPT = Path(__file__).with_name("killing.py")
EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "kill.json"
WHAT = ("import", "snapshot", "erasure")
# Runs do their work several times within this span, so a moment falls on any of their steps.
SPAN_SECONDS = 0.6
SEED = 20240917
# More years than this in one workspace only make the checks slower.
MOST_STEPS = {"import": 8, "snapshot": 60}


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("killing", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


killing = load_script()


def start_run(what: str, workspace: Workspace, folder: Path, start: int) -> subprocess.Popen[str]:
    """Start a run and wait until it begins to work."""
    run = subprocess.Popen(
        [sys.executable, str(SCRIPT), what, str(workspace.folder), str(folder), str(start)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert run.stdout is not None
    if run.stdout.readline() != "ready\n":
        raise AssertionError(run.communicate()[1])
    return run


def end_run(run: subprocess.Popen[str]) -> list[int]:
    """Kill a run and return the steps that it said were done."""
    run.kill()
    said, error = run.communicate()
    assert error == ""
    # A line may be cut off by the kill; only whole ones count.
    return [int(line) for line in said.splitlines(keepends=True) if line.endswith("\n")]


def kill_once(what: str, workspace: Workspace, folder: Path, start: int, delay: float) -> int:
    """Start a run, kill it after `delay` seconds of work, and return the first step not said to be done."""
    run = start_run(what, workspace, folder, start)
    time.sleep(delay)
    return max(end_run(run), default=start - 1) + 1


def everything(workspace: Workspace) -> dict[Path, set[str]]:
    """Return the pupils in every file of rows."""
    return {
        path: set(pl.read_parquet(path, columns=["pupil"])["pupil"].to_list())
        for path in workspace.folder.rglob("*.parquet")
    }


def check_whole(folder: Path) -> Workspace:
    """Open what a killed run left and check that every snapshot is what it says it is."""
    workspace = Workspace.open(folder)
    assert not workspace.journal.exists()
    for snapshot in list_snapshots(workspace):
        assert find_damage(snapshot) == ()
        n_in = sum(record.n_kept for record in snapshot.manifest.imports)
        n_erased = sum(tombstone.rows for tombstone in snapshot.manifest.erasures)
        assert snapshot.table("results").select(pl.len()).collect().item() == n_in - n_erased
    return workspace


def check_imported(workspace: Workspace, n: int, n_pupils: int) -> int:
    """Check that all imports said to be done are there, and at most one more; return how many."""
    current = current_snapshot(workspace)
    n_held = 0 if current is None else len(current.manifest.imports)
    assert n <= n_held <= n + 1
    if current is not None:
        per_year = current.table("results").group_by("year").len().collect()
        assert dict(per_year.rows()) == {killing.FIRST_YEAR + year: n_pupils for year in range(n_held)}
    return n_held


def check_erased(workspace: Workspace, n: int) -> int:
    """Check that all those said to be erased are nowhere; the one in between is everywhere or nowhere."""
    held = everything(workspace)
    of = workspace.pseudonyms.of
    for step in range(n):
        assert not any(of("pupil", f"P{step:06d}") in pupils for pupils in held.values())
    between = [of("pupil", f"P{n:06d}") in pupils for pupils in held.values()]
    assert all(between) or not any(between)
    assert all(of("pupil", f"P{n + 1:06d}") in pupils for pupils in held.values())
    return n if all(between) else n + 1


def kill_at_moments(what: str, folder: Path, n_moments: int, generator: random.Random) -> None:
    """Kill run after run in one workspace and check it after each."""
    workspace = Workspace.create(folder / what)
    step = 0
    if what == "erasure":
        for year in range(3):
            killing.bring_in(workspace, folder, year, 2_000)
    for _ in range(n_moments):
        said = kill_once(what, workspace, folder, step, generator.uniform(0, SPAN_SECONDS))
        workspace = check_whole(workspace.folder)
        if what == "erasure":
            step = check_erased(workspace, said)
        else:
            step = check_imported(workspace, said, killing.N_PUPILS[what])
            if step > MOST_STEPS[what]:
                workspace, step = Workspace.create(folder / f"{what}-{generator.random()}"), 0
    with workspace.writing(wait_seconds=1):
        assert list(workspace.staging.iterdir()) == []


@pytest.mark.parametrize("what", WHAT)
def test_a_run_killed_at_a_random_moment_loses_nothing(what: str, tmp_path: Path) -> None:
    kill_at_moments(what, tmp_path, 1, random.Random(SEED))


def wait_for_a_snapshot(workspace: Workspace, *, seconds: float = 60) -> None:
    """Give a busy machine the time to start: killed before anything was written, runs would show nothing."""
    end = time.monotonic() + seconds
    while current_snapshot(workspace) is None and time.monotonic() < end:
        time.sleep(0.05)


def test_two_runs_at_once_do_not_corrupt_each_other_even_when_killed(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "group")
    (tmp_path / "other").mkdir()
    runs = [
        start_run("snapshot", workspace, folder, start)
        for folder, start in ((tmp_path, 0), (tmp_path / "other", 70))
    ]
    wait_for_a_snapshot(workspace)
    time.sleep(2 * SPAN_SECONDS)
    n_done = [len(end_run(run)) for run in runs]
    current = current_snapshot(check_whole(workspace.folder))
    assert current is not None
    assert sum(n_done) <= len(current.manifest.imports) <= sum(n_done) + len(runs)


@pytest.mark.evidence
def test_runs_killed_at_a_hundred_random_moments_lose_nothing(tmp_path: Path) -> None:
    generator = random.Random(SEED)
    moments = {"import": 34, "snapshot": 33, "erasure": 33}
    for what, n_moments in moments.items():
        kill_at_moments(what, tmp_path, n_moments, generator)
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=SCRIPT.parent, capture_output=True, text=True, check=True
    ).stdout.strip()
    EVIDENCE.parent.mkdir(exist_ok=True)
    said = {
        "what": "runs killed (SIGKILL) at random moments; snapshots damaged, rows lost, erasures undone",
        "kills": sum(moments.values()),
        "kills_by_run": moments,
        "lost": 0,
        "seed": SEED,
        "commit": commit,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    EVIDENCE.write_text(json.dumps(said, indent=1) + "\n")
