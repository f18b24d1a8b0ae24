"""A large group with the public record, its people, and `upwards serve` as its users meet it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

PROJECT = Path(__file__).parents[2]
PEOPLE = Path(__file__).with_name("served_people.py")
SUBJECTS = ("mathematics", "reading")
YEARS = (2022, 2023, 2024)
FORMS = 3
PUPILS_OF_A_FORM = 20
PASSWORD = "a long horse with a battery"
WAIT_SECONDS = 90


def school_names(n: int) -> list[str]:
    return [f"School {number:03d}" for number in range(1, n + 1)]


def results(schools: list[str], seed: int = 20261122, years: tuple[int, ...] = YEARS) -> pl.DataFrame:
    """Return made-up results: schools, teams and classes differ, as they do."""
    rng, n_schools = np.random.default_rng(seed), len(schools)
    n_each = len(years) * FORMS * PUPILS_OF_A_FORM
    n = n_schools * n_each
    place = np.arange(n)
    school, form = place // n_each, place % FORMS
    year = np.asarray(years)[(place // (FORMS * PUPILS_OF_A_FORM)) % len(years)]
    prior = rng.normal(size=n) + 0.3 * rng.normal(size=n_schools)[school]
    names = np.asarray(schools)
    parts = []
    for subject in SUBJECTS:
        team = 0.25 * rng.normal(size=n_schools)[school]
        score = 100 + 15 * (0.6 * prior + team + 0.8 * rng.normal(size=n))
        parts.append(
            pl.DataFrame(
                {
                    "pupil": [f"P{one:07d}" for one in place],
                    "school": names[school],
                    "subject": subject,
                    "stage": "year 6",
                    "year": year,
                    "class": [f"{one}-{two}" for one, two in zip(year, form, strict=True)],
                    "teacher": [f"T{one:03d}-{two}" for one, two in zip(school, form, strict=True)],
                    "prior": (100 + 15 * prior).round(1),
                    "score": score.round(1),
                }
            )
        )
    return pl.concat(parts)


def make_group(folder: Path, n_schools: int, england: Path | None = None) -> list[str]:
    """Make a workspace of made-up results, beside England's published files where they are given.

    Returns
    -------
    list of str
        Its schools; England's, where they are known, since results of unknown ones are refused.
    """
    from upwards.actions.import_data import import_data
    from upwards.actions.import_release import import_release
    from upwards.actions.init_workspace import init_workspace

    init_workspace(folder, name="The Long Group")
    schools = school_names(n_schools)
    if england is not None:
        import_release([england], workspace=folder)
        (known,) = folder.glob("snapshots/*/schools.parquet")
        open_ones = pl.read_parquet(known, columns=["school"])["school"].unique().sort()
        schools = open_ones.gather_every(len(open_ones) // n_schools)[:n_schools].to_list()
    source = folder.parent / "results.csv"
    results(schools).write_csv(source)
    report = import_data([source], as_table="results", workspace=folder, accept_doubts=True)
    assert report.entered
    return schools


def inside(workspace: Path, what: str, given: object, database_url: str = "") -> Any:
    """Have `served_people.py` do something where Django is set up; JSON in, JSON out."""
    done = subprocess.run(
        [sys.executable, str(PEOPLE), what],
        cwd=PROJECT,
        env=environment(workspace, database_url),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def environment(workspace: Path, database_url: str = "") -> dict[str, str]:
    own = {"UPWARDS_WORKSPACE": str(workspace), "DJANGO_SETTINGS_MODULE": "upwards.web.settings"}
    own |= {"PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {**os.environ, **own, **({"DATABASE_URL": database_url} if database_url else {})}


@dataclass
class Served:
    """A group that is being served.

    Attributes
    ----------
    process
        `upwards serve`; its children are the server and the worker.
    port
        On 127.0.0.1.
    """

    process: subprocess.Popen[bytes]
    port: int

    def parts(self) -> dict[str, int]:
        """Return the process ids of server and worker, for those that live."""
        found = {}
        for child in children(self.process.pid):
            said = command_of(child)
            if "gunicorn" in said:
                found["server"] = child
            elif "jobs.worker" in said:
                found["worker"] = child
        return found

    def answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def wait(self) -> None:
        end = time.monotonic() + WAIT_SECONDS
        while not self.answers():
            assert self.process.poll() is None, "upwards serve ended by itself"
            assert time.monotonic() < end, "the server never answered"
            time.sleep(0.1)

    def memory(self) -> dict[str, float]:
        """Return the memory of server and worker in MiB, pages that processes share counted once."""
        return {
            name: sum(proportional_mib(one) for one in with_children(pid))
            for name, pid in self.parts().items()
        }

    def cpu_seconds(self) -> dict[str, float]:
        return {
            name: sum(spent_seconds(one) for one in with_children(pid)) for name, pid in self.parts().items()
        }


@contextmanager
def serving(workspace: Path, log: Path, database_url: str = "", port: int = 0) -> Iterator[Served]:
    """Serve until the end of the block."""
    served = start(workspace, log, database_url, port)
    try:
        served.wait()
        yield served
    finally:
        stop(served)


def start(workspace: Path, log: Path, database_url: str = "", port: int = 0) -> Served:
    port = port or free_port()
    command = [sys.executable, "-m", "upwards", "serve", str(workspace), "--port", str(port)]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment(workspace, database_url), stdout=file, stderr=file
        )
    return Served(process, port)


def stop(served: Served) -> None:
    left = with_children(served.process.pid)
    if served.process.poll() is None:
        served.process.terminate()
    try:
        served.process.wait(60)
    except subprocess.TimeoutExpired:
        served.process.kill()
        served.process.wait()
    end_all(left)


def end_all(processes: list[int]) -> None:
    """Kill what is left of processes that we started."""
    for one in processes:
        try:
            os.kill(one, signal.SIGKILL)
        except ProcessLookupError:
            continue


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# -- what the system says of processes ------------------------------------------------------------------


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def with_children(pid: int) -> list[int]:
    return [pid, *(found for child in children(pid) for found in with_children(child))]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def proportional_mib(pid: int) -> float:
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def spent_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine() -> Mapping[str, Any]:
    """Return what a figure of speed hangs on."""
    import platform
    import sqlite3
    from importlib.metadata import version

    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "machine": f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, {pages / 2**30:.0f} GiB",
        "versions": {
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            **{name: version(name) for name in ("upwards", "django", "gunicorn", "polars")},
        },
    }


def commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout.strip()
