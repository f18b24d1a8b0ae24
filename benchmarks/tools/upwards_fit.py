"""From the file to effects and standard errors with upwards; a third argument gives the number of draws."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

begin = time.perf_counter()
import upwards  # noqa: E402
from upwards.store import moments_pass  # noqa: E402

path, model = sys.argv[1], json.loads(sys.argv[2])
draws = int(sys.argv[3]) if len(sys.argv) > 3 else 0
compute, seconds = moments_pass.compute_moments, {"pass_seconds": 0.0}


def timed(*arguments: Any, **options: Any) -> Any:
    start = time.perf_counter()
    moments = compute(*arguments, **options)
    seconds["pass_seconds"] = time.perf_counter() - start
    return moments


moments_pass.compute_moments = timed
start = time.perf_counter()
answer = upwards.estimate_value_added(
    path,
    outcome="score",
    intake=["prior", "age", "deprivation", "attendance"],
    levels=model["levels"],
    crossed=model["crossed"],
    slopes=model["slopes"],
    draws=draws,
    intervals="auto" if draws else "none",
)
end = time.perf_counter()
fit = answer.value_added.fit_to_dict()
seconds |= {
    "seconds": end - start,
    "fit_seconds": end - start - seconds["pass_seconds"],
    "imports_seconds": start - begin,
}
print(json.dumps(seconds | {"log_likelihood": fit["log_likelihood"], "converged": fit["converged"]}))
