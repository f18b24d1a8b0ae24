"""How many rows units have in all, whatever a fit can use of them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from upwards.store.cell_units import label_text

Counts = dict[tuple[str, ...], int]


def count_rows(rows: pl.LazyFrame, labels: Sequence[str]) -> Counts:
    """Count the rows of every combination of labels.

    Parameters
    ----------
    rows
        Any rows.
    labels
        Columns whose combination is one unit, such as school and year.

    Returns
    -------
    dict
        Labels of the unit to its rows; rows without one of the labels are no unit's.

    Examples
    --------
    >>> count_rows(pl.LazyFrame({"school": ["a", "b", "a", None]}), ["school"])
    {('a',): 2, ('b',): 1}
    """
    schema = rows.collect_schema()
    texts = [label_text(name, schema[name]).alias(f"label {place}") for place, name in enumerate(labels)]
    counted = rows.select(texts).drop_nulls().group_by(pl.all()).agg(pl.len().alias("n"))
    found = counted.collect(engine="streaming").sort(pl.all())
    return {tuple(key): int(n) for *key, n in found.rows()}
