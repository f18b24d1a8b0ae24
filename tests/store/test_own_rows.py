"""Which results are one teacher's, and how many pupils stand behind them."""

from __future__ import annotations

import polars as pl

from upwards.core.attributed import AttributedClass
from upwards.store.own_rows import SHARE, OwnCounts, count_own_rows, own_rows

CLASSES = [AttributedClass("Hill", subject, 2024, "1") for subject in ("reading", "art")]


def results(**changed: pl.Expr) -> pl.LazyFrame:
    """Two pupils of each of two stages of one class, in two subjects; one result names somebody else."""
    pupils, subjects = ["a", "b", "c", "d"] * 2, ["reading"] * 4 + ["art"] * 4
    rows = pl.DataFrame({"pupil": pupils, "subject": subjects, "stage": ["7", "7", "8", "8"] * 2})
    rows = rows.with_columns(
        pl.lit("Hill").alias("school"),
        pl.lit(2024).alias("year"),
        pl.lit("1").alias("class"),
        pl.lit(0.5).alias("score"),
        pl.when((pl.col("pupil") == "d") & (pl.col("subject") == "art"))
        .then(pl.lit("U"))
        .otherwise(pl.lit("T"))
        .alias("teacher"),
    )
    return rows.with_columns(**changed).lazy()


def counted(rows: pl.LazyFrame, classes: list[AttributedClass]) -> OwnCounts:
    return count_own_rows(own_rows(rows, "T", classes))


def test_a_class_that_is_named_twice_counts_its_results_once() -> None:
    found = own_rows(results(), "T", CLASSES * 2).collect()
    assert found.height == 8
    assert found[SHARE].sum() == 7
    assert counted(results(), CLASSES * 2) == counted(results(), CLASSES) == OwnCounts(7, 0, 4, 1, 2)


def test_pupils_without_an_identifier_are_not_counted_again_in_each_subject() -> None:
    unknown = results(pupil=pl.lit(None, dtype=pl.String))
    assert counted(unknown, CLASSES).n_pupils == 4
    assert counted(results().drop("pupil"), CLASSES).n_pupils == 4
    some = results(pupil=pl.when(pl.col("pupil") == "a").then(None).otherwise("pupil"))
    assert counted(some, CLASSES).n_pupils == 4
    assert counted(results(), CLASSES[:1]).n_pupils == 4
