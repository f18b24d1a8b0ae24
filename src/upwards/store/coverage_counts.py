"""How many results there are, and how many can be attributed: counted before any score is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

COUNTED = {"scored": "score", "with_prior": "prior", "with_class": "class", "with_teacher": "teacher"}


def count_coverage(
    rows: pl.LazyFrame, by: tuple[str, ...], schools: frozenset[str] | None
) -> list[dict[str, Any]]:
    """Count results, and those with a score, prior attainment, class and teacher.

    Parameters
    ----------
    rows
        From `results_rows.open_results`.
    by
        Columns whose values make one row of the answer.
    schools
        Schools counted; None for all.

    Returns
    -------
    list of dict
        The columns of `by` as text, ``n`` and one count for each of `COUNTED`, in the order of `by`.

    Examples
    --------
    >>> import polars as pl
    >>> rows = pl.LazyFrame({"year": [2023, 2023], "school": ["a", "b"], "score": [1.0, None]})
    >>> count_coverage(rows, ("year",), None)[0]["scored"]
    1
    """
    import polars as pl

    names = rows.collect_schema().names()
    chosen = rows if schools is None else rows.filter(pl.col("school").is_in(sorted(schools)))
    scored = pl.col("score").is_not_null()
    counts = [
        ((pl.col(column).is_not_null() & scored) if column in names else pl.lit(False)).sum().alias(name)
        for name, column in COUNTED.items()
    ]
    counted = chosen.group_by(by).agg(pl.len().alias("n"), *counts).sort(by).collect(engine="streaming")
    return [{**row, **{name: str(row[name] or "") for name in by}} for row in counted.iter_rows(named=True)]
