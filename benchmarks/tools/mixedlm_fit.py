"""From the file to effects and their variances with mixedlm."""

from __future__ import annotations

import json
import sys
import time

import polars as pl

try:
    import mixedlm
except ImportError:
    sys.exit(3)

path, model = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
result = mixedlm.lmer(model["formula"], pl.read_parquet(path))
result.ranef(condVar=True)
likelihood = -0.5 * float(result.REMLcrit())
print(json.dumps({"seconds": time.perf_counter() - start, "log_likelihood": likelihood}))
