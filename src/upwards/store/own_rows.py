"""The results of one teacher's schools, with the teacher's part in each; read for one answer, never kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from upwards.core.attributed import AttributedClass

if TYPE_CHECKING:
    import polars as pl

NAME, SHARE = "own_class", "own_share"
KEYS = ("school", "subject", "year", NAME)
OTHER = "somebody else"
"""Stands for the teacher of rows that name this one, where the teacher says otherwise or nothing in time."""


@dataclass(frozen=True, slots=True)
class OwnCounts:
    """What the results hold of one teacher's classes.

    Attributes
    ----------
    n_results
        Results with a score that count as this teacher's.
    n_unnamed
        Further results of these classes that name nobody.
    n_pupils, n_years, n_classes
        Different ones behind `n_results`. Results without a pupil's identifier count as one pupil each in
        the subject of a year that has most of them: another subject may be of the same pupils again.
    """

    n_results: int
    n_unnamed: int
    n_pupils: int
    n_years: int
    n_classes: int


def own_rows(rows: pl.LazyFrame, pseudonym: str, classes: Sequence[AttributedClass]) -> pl.LazyFrame:
    """Return the scored results of the schools of some classes, with this teacher's part in each.

    Parameters
    ----------
    rows
        From `open_results`.
    pseudonym
        The teacher's.
    classes
        What counts; not empty.

    Returns
    -------
    polars.LazyFrame
        The columns of the results and ``own_share``: of a result that names this teacher, or of an added
        class, the teacher's part; else 0. ``teacher`` is this one where a class was taught alone,
        somebody else where results name this one against what counts. ``in_class`` says which results
        are of these classes.
    """
    import polars as pl

    names = rows.collect_schema().names()
    if "teacher" not in names:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("teacher"))
    said = pl.DataFrame([asdict(one) for one in classes]).rename({"name": NAME, "share": "said"})
    said = said.unique(KEYS, keep="first")  # a class named twice is one: no result may count twice
    text = [pl.col(one).cast(pl.String) for one in KEYS[:2]]
    name = pl.col("class").cast(pl.String).fill_null("") if "class" in names else pl.lit("")
    here = pl.col("school").cast(pl.String).is_in(said["school"].unique().to_list())
    marked = (
        rows.filter(pl.col("score").is_not_null(), here)
        .with_columns(*text, pl.col("year").cast(pl.Int64), name.alias(NAME))
        .join(said.lazy(), on=KEYS, how="left")
    )
    named = (pl.col("teacher") == pseudonym).fill_null(value=False)
    added = pl.col("is_added").fill_null(value=False)
    part = pl.when(named | added).then(pl.col("said")).otherwise(0.0).fill_null(0.0)
    in_class = pl.col("said").is_not_null().alias("in_class")
    return marked.with_columns(
        part.alias(SHARE), _teacher(named, added, pseudonym).alias("teacher"), in_class
    )


def _teacher(named: pl.Expr, added: pl.Expr, pseudonym: str) -> pl.Expr:
    """Return whose a result is, once this teacher was heard."""
    import polars as pl

    alone = added & (pl.col("said") == 1)
    denied = named & pl.col("said").is_null()
    return (
        pl.when(alone).then(pl.lit(pseudonym)).when(denied).then(pl.lit(OTHER)).otherwise(pl.col("teacher"))
    )


def count_own_rows(rows: pl.LazyFrame) -> OwnCounts:
    """Count what is one teacher's.

    Parameters
    ----------
    rows
        From `own_rows`.

    Returns
    -------
    OwnCounts
    """
    import polars as pl

    is_own = pl.col(SHARE) > 0
    if "pupil" not in rows.collect_schema().names():
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("pupil"))
    found = rows.filter(pl.col("in_class")).select(
        is_own.sum().alias("n_results"),
        (~is_own & pl.col("teacher").is_null()).sum().alias("n_unnamed"),
        pl.col("pupil").filter(is_own).drop_nulls().n_unique().alias("n_pupils"),
        pl.col("year").filter(is_own).n_unique().alias("n_years"),
        pl.struct(KEYS).filter(is_own).n_unique().alias("n_classes"),
    )
    counts = OwnCounts(**found.collect(engine="streaming").row(0, named=True))
    unknown = rows.filter(is_own & pl.col("pupil").is_null())
    return replace(counts, n_pupils=counts.n_pupils + _pupils_at_least(unknown))


def _pupils_at_least(rows: pl.LazyFrame) -> int:
    """Return how many pupils, at least, results without identifiers are of; one may have many subjects."""
    import polars as pl

    of_subject = rows.group_by("school", "year", "subject").agg(pl.len().alias("n"))
    most = of_subject.group_by("school", "year").agg(pl.col("n").max())
    return int(most.select(pl.col("n").sum()).collect().item())
