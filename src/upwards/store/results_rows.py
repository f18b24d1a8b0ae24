"""The results of a workspace, ready to be fitted: which fits there are, and the rows of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl

ANY_STAGE = "all"
NOT_INTAKE = frozenset(
    {"pupil", "assessment", "subject", "year", "attempt", "score", "scale", "prior_source", "prior_date"}
    | {"stage", "school", "department", "class", "teacher", "weight", "group"}
)


@dataclass(frozen=True, slots=True)
class FitFacts:
    """What the rows of one subject and stage hold.

    Attributes
    ----------
    subject, stage
        Which results; the stage is ``"all"`` where the file has none.
    n_rows, n_scored
        Rows, and rows with a score.
    known
        Column to the number of scored rows in which it is known.
    distinct
        Column to its number of different values among scored rows.
    scales
        Scales of the scores.
    prior_sources
        Sources of the prior attainment.
    years
        Academic years, by their ending.
    """

    subject: str
    stage: str
    n_rows: int
    n_scored: int
    known: Mapping[str, int]
    distinct: Mapping[str, int]
    scales: tuple[str, ...]
    prior_sources: tuple[str, ...]
    years: tuple[int, ...]


def open_results(snapshot: Snapshot) -> pl.LazyFrame:
    """Open the results of a snapshot, with the group of each school where memberships say it.

    Parameters
    ----------
    snapshot
        A state of a workspace.

    Returns
    -------
    polars.LazyFrame
        A row per result. ``stage`` is never null; ``group`` is there where memberships are. Yes and
        no become 1 and 0.
    """
    import polars as pl

    rows = snapshot.table("results")
    names = rows.collect_schema().names()
    stage = pl.col("stage").fill_null(ANY_STAGE) if "stage" in names else pl.lit(ANY_STAGE)
    rows = rows.with_columns(stage.alias("stage"), pl.col(pl.Boolean).cast(pl.Int8))
    if "memberships" not in snapshot.tables:
        return rows
    groups = snapshot.table("memberships").select("school", "group").unique("school", keep="last")
    return rows.join(groups, on="school", how="left")


def list_fits(rows: pl.LazyFrame) -> tuple[FitFacts, ...]:
    """Say what each subject and stage holds, in one pass.

    Parameters
    ----------
    rows
        From `open_results`.

    Returns
    -------
    tuple of FitFacts
        In the order of subject and stage.
    """
    import polars as pl

    names = [n for n in rows.collect_schema().names() if n not in ("subject", "stage")]
    scored = pl.col("score").is_not_null()
    chosen = {name: pl.col(name).filter(scored) for name in names}
    listed = [n for n in ("scale", "prior_source", "year") if n in names]
    facts = rows.group_by("subject", "stage").agg(
        pl.len().alias("n_rows"),
        scored.sum().alias("n_scored"),
        *(chosen[n].count().alias(f"known {n}") for n in names),
        *(chosen[n].drop_nulls().n_unique().alias(f"distinct {n}") for n in names),
        *(chosen[n].drop_nulls().unique().sort().alias(f"values {n}") for n in listed),
    )
    found = facts.sort("subject", "stage").collect(engine="streaming")
    return tuple(_facts(row, names) for row in found.iter_rows(named=True))


def _facts(row: Mapping[str, object], names: Sequence[str]) -> FitFacts:
    def values(name: str) -> tuple[str, ...]:
        found = row.get(f"values {name}")
        return tuple(str(value) for value in found) if isinstance(found, list) else ()

    return FitFacts(
        subject=str(row["subject"]),
        stage=str(row["stage"]),
        n_rows=_count(row["n_rows"]),
        n_scored=_count(row["n_scored"]),
        known={name: _count(row[f"known {name}"]) for name in names},
        distinct={name: _count(row[f"distinct {name}"]) for name in names},
        scales=values("scale"),
        prior_sources=values("prior_source"),
        years=tuple(int(year) for year in values("year")),
    )


def _count(value: object) -> int:
    return int(str(value))


def rows_of_fit(rows: pl.LazyFrame, subject: str, stage: str) -> pl.LazyFrame:
    """Return the scored rows of one subject and stage."""
    import polars as pl

    here = (pl.col("subject") == subject) & (pl.col("stage") == stage)
    return rows.filter(here & pl.col("score").is_not_null())


def declared_intake(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the columns that the mappings of the results name as intake, each once."""
    records = [record for record in snapshot.manifest.imports if record.table == "results"]
    named = [str(column) for record in records for column in record.mapping.get("intake", ())]
    return tuple(column for column in dict.fromkeys(named) if column not in NOT_INTAKE)


TeamCounts = dict[tuple[str, str, str], int]


def count_teams(rows: pl.LazyFrame) -> tuple[TeamCounts, TeamCounts]:
    """Count the scored results, and the teachers, of every school in every subject and stage.

    Parameters
    ----------
    rows
        From `open_results`.

    Returns
    -------
    tuple
        Results and teachers by (school, subject, stage); teachers only where the rows name them.
    """
    import polars as pl

    names = rows.collect_schema().names()
    keys = [pl.col(name).cast(pl.String) for name in ("school", "subject", "stage")]
    teachers = pl.col("teacher").n_unique() if "teacher" in names else pl.lit(0)
    unknown = pl.col("teacher").null_count() if "teacher" in names else pl.lit(1)
    counted = (
        rows.filter(pl.col("score").is_not_null() & pl.col("school").is_not_null())
        .group_by(keys)
        .agg(pl.len().alias("n"), teachers.alias("teachers"), unknown.alias("unknown"))
        .collect(engine="streaming")
    )
    scored = {(a, b, c): n for a, b, c, n, _, _ in counted.rows()}
    known = {(a, b, c): t for a, b, c, _, t, missing in counted.rows() if not missing}
    return scored, known
