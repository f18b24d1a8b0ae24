"""A run to be killed: does one thing over and over and says what is done. Started by test_kill.py."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import polars as pl

from upwards.actions.import_data import import_data
from upwards.store.erasure import erase_person
from upwards.store.workspace import Workspace

FIRST_YEAR = 1950
# One large file spends its time in staging, many small ones in writing snapshots.
N_PUPILS = {"import": 60_000, "snapshot": 40}


def results(first: int, n: int, year: int) -> pl.DataFrame:
    """Return rows of pupils P000000, P000001, …"""
    numbers = pl.int_range(first, first + n, eager=True)
    return pl.DataFrame(
        {
            "pupil": numbers.map_elements(lambda i: f"P{i:06d}", return_dtype=pl.String),
            "score": numbers.cast(pl.Float64),
        }
    ).with_columns(subject=pl.lit("reading"), year=pl.lit(year), school=pl.lit("North"))


def bring_in(workspace: Workspace, folder: Path, year: int, n: int) -> None:
    """Import one file of `n` pupils, as a person does."""
    path = folder / f"{year}.csv"
    results(0, n, FIRST_YEAR + year).write_csv(path)
    import_data([path], as_table="results", workspace=workspace.folder, accept_doubts=True)


def main(what: str, workspace: Workspace, folder: Path, start: int) -> None:
    """Do one thing until killed."""
    print("ready", flush=True)
    for step in count(start):
        if what == "erasure":
            erase_person(workspace, "pupil", f"P{step:06d}")
        else:
            bring_in(workspace, folder, step, N_PUPILS[what])
        print(step, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Workspace.open(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
