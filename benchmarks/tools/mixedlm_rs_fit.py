"""From the file to effects and their covariances with mixedlm-rs, which knows one grouping factor."""

from __future__ import annotations

import json
import sys
import time

import polars as pl

try:
    import mixedlm_rs
    import pandas as pd
except ImportError:
    sys.exit(3)

path, model = sys.argv[1], json.loads(sys.argv[2])
groups = [*model["levels"], *model["crossed"]]
if len(groups) > 1:
    sys.exit("not offered")
start = time.perf_counter()
read = pl.read_parquet(path)
frame = pd.DataFrame({column: read[column].to_numpy() for column in read.columns})
slopes = " + ".join(model["slopes"].get(groups[0], ())) or "1"
fixed = model["formula"].split(" + (")[0]
result = mixedlm_rs.mixedlm(fixed, frame, groups=groups[0], re_formula=f"~{slopes}").fit()
_ = result.random_effects_array, result.random_effects_cov_array
print(json.dumps({"seconds": time.perf_counter() - start, "log_likelihood": float(result.llf)}))
