"""From the file to effects with lme-python."""

from __future__ import annotations

import json
import sys
import time

import polars as pl

try:
    import lme_python
except ImportError:
    sys.exit(3)

path, model = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
result = lme_python.lmer(model["formula"], data=pl.read_parquet(path), reml=True)
_ = result.ranef
print(json.dumps({"seconds": time.perf_counter() - start, "log_likelihood": float(result.log_likelihood)}))
