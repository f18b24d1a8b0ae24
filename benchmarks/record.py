"""England's public record: import, convergence and groups beside the same steps in pandas and statsmodels."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.timing import Measured, measure

TOOLS = Path(__file__).parent / "tools"
MEASURE, FIRST, LAST = "ks2.reading_progress", "2016", "2019"
COLUMNS = "record-columns.json"
ASKED_MB = 2048.0


@dataclass(frozen=True)
class RecordCase:
    """One step on the public record: what a user types, the peer's script, and what was asked."""

    name: str
    ours: tuple[str, ...]
    peer: str
    peer_arguments: tuple[str, ...]
    peer_name: str
    asked_seconds: float
    asked_mb: float | None = None


def record_cases(release: Path, data: Path) -> tuple[RecordCase, ...]:
    """List the steps, with the folder of published files and where results go."""
    convergence = ("convergence", "--measure", MEASURE, "--years", f"{FIRST}-{LAST}", "--by")
    files = (str(release), str(data / COLUMNS), str(data / "record-pandas"))
    mixed = ("record_convergence_statsmodels", "pandas, statsmodels MixedLM")
    return (
        RecordCase("import", ("import", str(release), "--as", "england", "--yes"), "record_import_pandas",
                   files, "pandas", 60, ASKED_MB),
        *(RecordCase(f"convergence by {by}", (*convergence, by), mixed[0], (MEASURE, FIRST, LAST, by),
                     mixed[1], 10) for by in ("system", "authority")),
        RecordCase("groups", ("groups", "--year", LAST), "record_groups_statsmodels", (LAST,),
                   "pandas, statsmodels WLS", 10),
    )  # fmt: skip


def report_record(data: Path, *, case: str | None, repeats: int, output: Path | None) -> None:
    """Print every step beside its peer, and write the figures if asked."""
    release = Path(os.environ.get("UPWARDS_SHARED_DATA", "../shared/data/england")).resolve()
    print(f"\nPublic record: {release.name}")
    if not release.is_dir():
        print("  not measured: name the folder of published files by UPWARDS_SHARED_DATA")
        return
    data.mkdir(parents=True, exist_ok=True)
    _keep_bytecode(data)
    workspace, load = data / "record-workspace", os.getloadavg()[0]
    _prepare(release, data, workspace)
    chosen = [one for one in record_cases(release, data) if not case or case in one.name]
    found = {one.name: _measure(one, workspace, repeats) for one in chosen}
    if output is not None:
        output.write_text(json.dumps(_about(repeats, load) | {"found": found}, indent=1) + "\n")


def _keep_bytecode(data: Path) -> None:
    """Let both sides start as installed programs do, from compiled modules."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(data / "bytecode")


def _prepare(release: Path, data: Path, workspace: Path) -> None:
    """Make the workspace, note which columns are read, and import all once, so that no run is the first."""
    columns = [sys.executable, str(TOOLS / "record_columns.py"), str(release), str(data / COLUMNS)]
    subprocess.run(columns, check=True, capture_output=True)
    for case in record_cases(release, data):
        subprocess.run(_ours(workspace, case.ours), check=True, capture_output=True)
    warm = "import pandas, pyarrow.parquet, statsmodels.api, statsmodels.formula.api"
    subprocess.run([_peers(), "-c", warm], check=False, capture_output=True)


def _measure(case: RecordCase, workspace: Path, repeats: int) -> dict[str, Any]:
    """Measure ours and the peer in turn, print a line for each, and return the figures."""
    ours = _ours(workspace, case.ours)
    # The peer reads the same snapshot; a fresh import gives it the same name.
    snapshot = next(iter(sorted((workspace / "snapshots").glob("0*"))))
    before = () if case.name == "import" else (str(snapshot),)
    peer = [_peers(), str(TOOLS / f"{case.peer}.py"), *before, *case.peer_arguments]
    asked = {"seconds": case.asked_seconds, "mb": case.asked_mb}
    results = measure([ours, peer], repeats)
    print(f"\n  {case.name} (asked: under {case.asked_seconds:.0f} s)")
    for name, result in zip(("upwards", case.peer_name), results, strict=True):
        print(f"    {name:28s} {_line(result, results[0])}")
    return {
        "asked": asked,
        "upwards": _figures(results[0]),
        "peer": {"name": case.peer_name, **_figures(results[1])},
    }


def _line(found: Measured | str, ours: Measured | str) -> str:
    if isinstance(found, str):
        return found
    ratio = "" if isinstance(ours, str) else f" {min(found.walls) / min(ours.walls):6.2f}x"
    return f"{min(found.walls):7.2f} s (median {found.wall:6.2f}){ratio}  {found.peak_mb:6.0f} MB"


def _figures(found: Measured | str) -> dict[str, Any]:
    if isinstance(found, str):
        return {"not measured": found}
    return {
        "seconds_min": round(min(found.walls), 2),
        "seconds_median": round(found.wall, 2),
        "peak_mb": round(found.peak_mb),
        "report": found.report,
    }


def _about(repeats: int, load: float) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "HEAD"], check=False, capture_output=True, text=True)
    return {
        "commit": commit.stdout.strip() or None,
        "seed": 1,
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "repeats": repeats,
        "load_at_start": round(load, 1),
    }


def _ours(workspace: Path, command: Sequence[str]) -> list[str]:
    return [sys.executable, str(TOOLS / "upwards_record.py"), str(workspace), *command]


def _peers() -> str:
    return os.environ.get("UPWARDS_BENCH_PEERS", sys.executable)
