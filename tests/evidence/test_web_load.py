"""Fifty pages a second for five minutes, with a fit beside them: docs/evidence/web_load.json."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.evidence import served_group as group
from tests.evidence.test_web_kill import database

READERS = Path(__file__).with_name("readers.py")
EVIDENCE = group.PROJECT / "docs" / "evidence" / "web_load.json"
SEED = 20261122
RATE = 50
SECONDS = {"sqlite": 300, "postgresql": 300}
# A shorter run, on a machine that others use too: UPWARDS_WEB_LOAD_SECONDS=60
SHORTER = os.environ.get("UPWARDS_WEB_LOAD_SECONDS")
SCHOOLS = 300
PARTNERSHIPS = 80
ROLES = ("school_lead", "coach", "teacher", "governor")
GROUPS = ("Ark Schools", "Harris Federation", "United Learning Trust")
FITS = 400
MOST_MILLISECONDS = 300
MOST_MIB_A_MINUTE = 4.0
LOOK_SECONDS = 2.0
NICENESS = 19
LOOPS, STEPS = 7, 3_000_000


@contextmanager
def readers(given: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Start the second process; it has read every page once when the block begins."""
    with subprocess.Popen(
        [sys.executable, str(READERS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            tell(process, json.dumps(given))
            assert process.stdout is not None
            assert process.stdout.readline() == "warm\n", "the readers could not sign in"
            yield process
        finally:
            process.kill()


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def watch(served: group.Served, process: subprocess.Popen[str], seconds: float) -> dict[str, Any]:
    """Look at memory and processors until the readers are done."""
    tell(process, "begin")
    began, before, looks = time.monotonic(), served.cpu_seconds(), []
    while time.monotonic() - began < seconds:
        looks.append((time.monotonic() - began, served.memory()))
        time.sleep(LOOK_SECONDS)
    assert process.stdout is not None
    found = json.loads(process.stdout.readline())
    passed = time.monotonic() - began
    used = {name: (spent - before[name]) / passed for name, spent in served.cpu_seconds().items()}
    return {
        **found,
        "processors_used": {name: round(share, 2) for name, share in used.items()},
        "memory": {name: steadiness(looks, name) for name in before},
    }


def steadiness(looks: list[tuple[float, dict[str, float]]], name: str) -> dict[str, Any]:
    """Return the memory of a part in MiB, and its slope after the first third, in which caches fill."""
    rest = looks[len(looks) // 3 :]
    minutes, mib = np.array([at / 60 for at, _ in rest]), np.array([held[name] for _, held in rest])
    slope = float(np.polyfit(minutes, mib, 1)[0]) if len(rest) > 1 else 0.0
    return {
        "mib_first": round(looks[0][1][name]),
        "mib_last": round(float(mib[-1])),
        "mib_most": round(max(held[name] for _, held in looks)),
        "mib_a_minute": round(slope, 2),
        "mib_each_half_minute": [round(held[name]) for _, held in looks[:: round(30 / LOOK_SECONDS)]],
    }


def loop_seconds() -> list[float]:
    """Return the least and the most that the same loop takes: how steady the machine itself is."""
    found = []
    for _ in range(LOOPS):
        began = time.perf_counter()
        sum(one * one for one in range(STEPS))
        found.append(round(time.perf_counter() - began, 3))
    return [min(found), max(found)]


def measure(kind: str, url: str, england: Path, folder: Path) -> dict[str, Any]:
    seconds = float(SHORTER or SECONDS[kind])
    workspace = folder / "group"
    schools = group.make_group(workspace, SCHOOLS, england)
    with group.serving(workspace, folder / "log", url):
        pass  # makes the database
    cast = {"password": group.PASSWORD, "roles": ROLES, "of_each": 1, "partnerships": PARTNERSHIPS}
    made = group.inside(workspace, "people", {**cast, "schools": schools}, url)
    with group.serving(workspace, folder / "log", url) as served:
        asked = {"address": f"http://127.0.0.1:{served.port}", "rate": RATE, "seconds": seconds}
        given = {**made, **asked, "password": group.PASSWORD, "schools": schools, "groups": GROUPS}
        with readers({**given, "seed": SEED}) as process:
            group.inside(workspace, "fits", {"question": "bright-spots", "first": 1000, "n": FITS}, url)
            load_before = os.getloadavg()[0]
            found = watch(served, process, seconds)
        assert os.getpriority(os.PRIO_PROCESS, served.parts()["worker"]) == NICENESS
    jobs = group.inside(workspace, "counted", {}, url)
    about = {"load_before": round(load_before, 1), "loop_seconds_after": loop_seconds()}
    return {**found, "fits_meanwhile": jobs["done"], **about}


@pytest.mark.evidence
@pytest.mark.parametrize("kind", list(SECONDS))
def test_fifty_pages_a_second_are_answered_in_time(kind: str, england: Path, tmp_path: Path) -> None:
    with database(kind) as url:
        found = measure(kind, url, england, tmp_path)
    known = json.loads(EVIDENCE.read_text()) if EVIDENCE.exists() else {}
    said = {
        "what": f"{RATE} requests a second of mixed pages, open-loop, from a second process on the same "
        f"cores; all of England's published files and {SCHOOLS} schools with results; fits meanwhile",
        "commit": group.commit(),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "seed": SEED,
        **group.machine(),
        "found": {**known.get("found", {}), kind: found},
    }
    EVIDENCE.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    assert found["n_errors"] == 0
    assert found["fits_meanwhile"] > 0
    assert found["milliseconds"]["p95"] < MOST_MILLISECONDS
    if not SHORTER:
        assert all(part["mib_a_minute"] < MOST_MIB_A_MINUTE for part in found["memory"].values())
