"""A file of two gigabytes is read in bounded memory."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest

EVIDENCE = Path(__file__).parents[2] / "docs" / "evidence" / "import_memory.json"
SEED = 20241122
N_BYTES = 2 << 30
BLOCK_ROWS = 250_000
MOST_MIB = 1.5 * 1024

READ = """
import json, resource, sys
from upwards.sources.cleaning import clean_batches
from upwards.sources.mapping import Mapping
columns = {"pupil": "UPN", "school": "URN", "subject": "Subject", "year": "Year", "score": "Score",
           "prior": "KS2", "sex": "Sex", "disadvantaged": "PP", "eal": "EAL", "class": "Class"}
mapping = Mapping("results", columns, {"prior_source": "KS2"}, extra_number=("Absence",), extra_text=("SES",))
for batch in clean_batches(sys.argv[1], "results", mapping):
    totals = batch.problems.totals()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"rows": dict(totals), "peak_mib": round(peak)}))
"""


def write_pupils(path: Path, n_bytes: int) -> None:
    """Write results of made-up pupils; one row in a hundred thousand has a fault."""
    rng, start = np.random.default_rng(SEED), 0
    with path.open("wb") as file:
        while file.tell() < n_bytes:
            block(rng, start).write_csv(file, include_header=start == 0)
            start += BLOCK_ROWS


def block(rng: np.random.Generator, start: int) -> pl.DataFrame:
    n = BLOCK_ROWS
    score = rng.normal(100, 15, n).round(2).astype(str)
    score[rng.random(n) < 1e-5] = "05-Jun"
    return pl.DataFrame(
        {
            "UPN": [f"H{number:012d}" for number in range(start, start + n)],
            "URN": rng.integers(100_000, 120_000, n),
            "Subject": rng.choice(["Mathematics", "English"], n),
            "Year": rng.choice(["2017/18", "2018/19"], n),
            "Score": score,
            "KS2": rng.normal(100, 15, n).round(2),
            "Sex": rng.choice(["M", "F"], n),
            "PP": rng.choice(["Y", "N"], n),
            "EAL": rng.choice(["Y", "N"], n),
            "SES": rng.choice(["low", "middle", "high"], n),
            "Absence": rng.normal(5, 1, n).round(3),
            "Class": rng.choice(["11a", "11b"], n),
        }
    )


def commit() -> str:
    found = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=EVIDENCE.parent.parent, capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


@pytest.mark.evidence
def test_two_gigabytes_are_read_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "pupils.csv"
    write_pupils(path, N_BYTES)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    rows = found["rows"]
    assert rows["in"] == rows["kept"] + rows["date as score"]
    assert found["peak_mib"] < MOST_MIB
    evidence = {
        "what": "reading and checking one CSV of pupil results, without writing it to a workspace",
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "commit": commit(),
        "seed": SEED,
        "n_bytes": path.stat().st_size,
        "seconds": round(seconds),
        **found,
    }
    EVIDENCE.parent.mkdir(exist_ok=True)
    EVIDENCE.write_text(json.dumps(evidence, indent=2) + "\n", encoding="utf-8")
