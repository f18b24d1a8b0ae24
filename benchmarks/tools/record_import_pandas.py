"""The published files to long tables with pandas: read, coerce, melt, join, write; nothing is checked."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

try:
    import pandas as pd
    import pyarrow  # noqa: F401
except ImportError:
    sys.exit(3)

SCHOOLS = ("URN", "TRUST_UID", "Group UID")


def main() -> None:
    start = time.perf_counter()
    folder, columns, output = (Path(argument) for argument in sys.argv[1:4])
    output.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, list[str]] = json.loads(columns.read_text(encoding="utf-8"))
    long: list[pd.DataFrame] = []
    n_in = n_wide = 0
    for place, numbers in wanted.items():
        rows = read(folder / place)
        n_in += len(rows)
        if place.startswith("gias") or not numbers:
            n_wide += len(rows)
            rows.to_parquet(output / (place.replace("/", "-") + ".parquet"))
        else:
            long.append(melt(rows, numbers, place))
    whole = pd.concat(long, ignore_index=True)
    whole.sort_values(["measure", "year", "school"], kind="stable").to_parquet(output / "long.parquet")
    seconds = time.perf_counter() - start
    rows_out = {"rows_in": n_in, "rows_long": len(whole), "rows_wide": n_wide}
    print(json.dumps({"seconds": seconds, "missing": int(whole["value"].isna().sum()), **rows_out}))


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
        except UnicodeDecodeError:
            continue
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="latin-1")


def melt(rows: pd.DataFrame, columns: list[str], place: str) -> pd.DataFrame:
    """One row for each school and column; percent signs, pounds and commas are taken off, markers are NaN."""
    rows = rows.rename(columns=lambda name: " ".join(name.split()))
    if "Short Desc" in rows:
        named = {"LA and Regions": "school", "Short Desc": "measure", "Years": "year", "Values": "value"}
        found = rows[list(named)].rename(columns=named)
        found["year"] = found["year"].astype(str)
    else:
        key = next(name for name in SCHOOLS if name in rows)
        found = rows.melt(id_vars=key, value_vars=columns, var_name="measure", value_name="value")
        found = found.rename(columns={key: "school"})
        found["year"] = next((part for part in place.split("/") if part[:4].isdigit()), place[-8:-4])
    if not pd.api.types.is_numeric_dtype(found["value"]):
        text = found["value"].astype("string").str.strip().str.replace("[%£,]", "", regex=True)
        found["value"] = pd.to_numeric(text, errors="coerce").astype("float64")
    return found.assign(source=place)


main()
