"""Measure speed and memory, and print them as ratios: ``python -m benchmarks [pass|fit|record|long|all]``."""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.cases import FIT, LONG, PASS, Case
from benchmarks.record import report_record
from benchmarks.timing import Measured, measure, tool_command

PEERS = ("mixedlm_rs_fit", "mixedlm_fit", "lme_python_fit")
MOST_ROWS_FOR_PEERS = 5_000_000
DISAGREES = 0.01


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", default="all", choices=["pass", "fit", "record", "long", "all"])
    parser.add_argument("--rows", type=int, help="rows in every file, instead of each case's own")
    parser.add_argument("--case", help="only cases whose name holds this")
    parser.add_argument("--repeats", type=int, help="runs per figure (the median is printed)")
    parser.add_argument("--output", type=Path, help="write the figures of the public record as JSON")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "upwards-benchmarks")
    asked = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    everything = [("pass", PASS, report_pass), ("fit", FIT, report_fit), ("long", LONG, report_fit)]
    for what, cases, report in everything:
        if asked.what == what or (asked.what == "all" and what != "long"):
            for case in cases.values():
                if not asked.case or asked.case in case.name:
                    chosen = case.with_rows(asked.rows)
                    report(chosen, pupils(chosen, asked.data), asked.repeats or chosen.repeats)
    if asked.what in ("record", "all"):
        report_record(asked.data, case=asked.case, repeats=asked.repeats or 3, output=asked.output)


def pupils(case: Case, folder: Path) -> Path:
    """Return the file of a case, written if it is not there."""
    key = f"{case.variant} {case.n_rows} {case.n_schools} {case.half}"
    path = folder / f"{case.variant}-{case.n_rows}-{hashlib.sha256(key.encode()).hexdigest()[:8]}.parquet"
    # In a process of its own: a child's peak memory counts from its parent's, so this one stays small.
    sizes = [
        "--rows",
        str(case.n_rows),
        "--schools",
        str(case.n_schools),
        "--half" if case.half else "--full",
    ]
    subprocess.run(
        [sys.executable, "-m", "benchmarks.generator", str(path), case.variant, *sizes], check=True
    )
    return path


def report_pass(case: Case, path: Path, repeats: int) -> None:
    """Print the pass of both engines beside a bare scan; seconds are without imports."""
    print(f"\nPass: {case.name} ({case.n_rows:,} rows, {path.stat().st_size / 1e6:.0f} MB)")
    passes = [tool_command("upwards_pass", path, case, engine) for engine in ("polars", "duckdb")]
    results = measure([tool_command("bare_scan", path, case), *passes], repeats)
    base = results[0]
    for name, found in zip(("bare scan", "polars", "duckdb"), results, strict=True):
        if isinstance(found, str) or isinstance(base, str):
            print(f"  {name:24s} {found}")
            continue
        wall, cpu = found.report_median("seconds"), found.report_median("cpu")
        ratio, cpu_ratio = wall / base.report_median("seconds"), cpu / base.report_median("cpu")
        print(
            f"  {name:24s} {wall:7.3f} s {ratio:5.2f}x   processor {cpu:7.3f} s {cpu_ratio:5.2f}x  "
            f"{found.peak_mb:6.0f} MB"
        )


def report_fit(case: Case, path: Path, repeats: int) -> None:
    """Print file to effects beside the peers; wall and memory are of the whole process."""
    print(f"\nFit: {case.name}, {case.formula} ({case.n_rows:,} rows)")
    peers = PEERS if case.n_rows <= MOST_ROWS_FOR_PEERS else ()
    tools = ("upwards_fit", *peers)
    results = measure([tool_command(tool, path, case) for tool in tools], repeats)
    ours = results[0]
    for tool, found in zip(tools, results, strict=True):
        name = tool.removesuffix("_fit").replace("_", "-")
        if isinstance(found, str) or isinstance(ours, str):
            print(f"  {name:24s} {found}")
        else:
            _line(name, found, ours)
    if isinstance(ours, Measured):
        _report_parts(case, path, ours)


def _report_parts(case: Case, path: Path, ours: Measured) -> None:
    seconds = {part: ours.report_median(f"{part}_seconds") for part in ("imports", "pass", "fit")}
    print(f"  upwards, in parts: {', '.join(f'{part} {value:.2f} s' for part, value in seconds.items())}")
    (drawn,) = measure([tool_command("upwards_fit", path, case, "1000")], 1)
    if isinstance(drawn, str):
        print(f"  with intervals and 1,000 draws: {drawn}")
    else:
        more = drawn.wall - ours.wall
        print(f"  with intervals and 1,000 draws: {more:+.2f} s, {drawn.peak_mb:.0f} MB")


def _line(name: str, found: Measured, ours: Measured) -> None:
    """Print one tool, its ratio to ours, and whether it found another optimum."""
    difference = found.report_median("log_likelihood") - ours.report_median("log_likelihood")
    note = "" if abs(difference) < DISAGREES else f"  log-likelihood {difference:+.4g}: another optimum"
    print(
        f"  {name:24s} {found.wall:7.2f} s {found.wall / ours.wall:6.1f}x  "
        f"{found.peak_mb:6.0f} MB {found.peak_mb / ours.peak_mb:5.1f}x{note}"
    )


main()
