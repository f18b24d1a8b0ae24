"""The pass over the rows, as part of a fresh process."""

from __future__ import annotations

import json
import sys
import time

import polars as pl

from upwards.store.moments_pass import compute_moments

path, model = sys.argv[1], json.loads(sys.argv[2])
engine = sys.argv[3] if len(sys.argv) > 3 else "polars"
start, cpu = time.perf_counter(), time.process_time()
moments = compute_moments(
    pl.scan_parquet(path),
    outcome="score",
    intake=["prior", "age", "deprivation", "attendance"],
    nested=model["levels"],
    crossed=model["crossed"],
    slopes=model["slopes"],
    engine=engine,  # type: ignore[arg-type]
)
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - start,
            "cpu": time.process_time() - cpu,
            "cells": len(moments.n_rows),
            "n": moments.n,
        }
    )
)
