"""One tool, one case, one fresh process: wall time and peak memory of the whole of it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_SECONDS = 200.0
_Run = tuple[float, float, dict[str, Any]]


@dataclass(frozen=True)
class Measured:
    """Medians over runs; `report` is what the tool printed in the last one, `walls` the seconds of each."""

    wall: float
    peak_mb: float
    report: dict[str, Any]
    walls: tuple[float, ...] = ()

    def report_median(self, name: str) -> float:
        """Return a figure that the tool reported."""
        return float(self.report[name])


def measure(commands: Sequence[Sequence[str]], repeats: int) -> list[Measured | str]:
    """Run commands in turn, several rounds of it; a text says why there is no result."""
    found: list[Measured | str | None] = [None] * len(commands)
    runs: list[list[_Run]] = [[] for _ in commands]
    for _ in range(repeats):
        for position, command in enumerate(commands):
            if not isinstance(found[position], str):
                run = _run(command)
                if isinstance(run, str):
                    found[position] = run
                else:
                    runs[position].append(run)
    return [why if isinstance(why, str) else _median(run) for why, run in zip(found, runs, strict=True)]


def _median(runs: Sequence[_Run]) -> Measured:
    numbers = {name for name, value in runs[0][2].items() if isinstance(value, int | float)}
    report = runs[-1][2] | {name: statistics.median(run[2][name] for run in runs) for name in numbers}
    walls = tuple(run[0] for run in runs)
    return Measured(statistics.median(walls), statistics.median(run[1] for run in runs), report, walls)


def _run(command: Sequence[str]) -> _Run | str:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err)
        status, usage = _wait(process, start)
        wall = time.perf_counter() - start
        out.seek(0)
        err.seek(0)
        if status is None:
            return f"over {LIMIT_SECONDS:.0f} s"
        if status:
            lines = err.read().decode(errors="replace").strip().splitlines()
            return "not installed" if status == 3 else f"failed: {lines[-1][:90] if lines else status}"
        return wall, usage.ru_maxrss / 1024, json.loads(out.read().decode().strip().splitlines()[-1])


def _wait(process: subprocess.Popen[bytes], start: float) -> tuple[int | None, Any]:
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage
        if time.perf_counter() - start > LIMIT_SECONDS:
            process.kill()
            process.wait()
            return None, None
        time.sleep(0.005)


def tool_command(tool: str, path: Path, case: Any, *more: str) -> list[str]:
    """Return the command that runs a tool on a case."""
    script = Path(__file__).parent / "tools" / f"{tool}.py"
    ours = tool.startswith(("upwards", "bare"))
    python = sys.executable if ours else os.environ.get("UPWARDS_BENCH_PEERS", sys.executable)
    model = {"formula": case.formula, "levels": case.levels, "crossed": case.crossed, "slopes": case.slopes}
    return [python, str(script), str(path), json.dumps(model), *more]
