"""The results of a workspace, ready to be fitted: which fits there are, and the rows of each."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.store.cell_units import label_text
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
    text
        Columns that hold text.
    n_repeated
        Scored rows beyond the first of a pupil in a year, such as second sittings.
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
    text: frozenset[str] = frozenset()
    n_repeated: int = 0


def open_results(snapshot: Snapshot) -> pl.LazyFrame:
    """Open the results of a snapshot, with the group of each school where memberships say it.

    Parameters
    ----------
    snapshot
        A state of a workspace.

    Returns
    -------
    polars.LazyFrame
        A row per result. ``stage`` is never null. ``group`` is there where memberships are: the latest
        of a school, and the school itself where it has none. Yes and no become 1 and 0.
    """
    import polars as pl

    rows = snapshot.table("results")
    names = rows.collect_schema().names()
    stage = pl.col("stage").fill_null(ANY_STAGE) if "stage" in names else pl.lit(ANY_STAGE)
    rows = rows.with_columns(stage.alias("stage"), pl.col(pl.Boolean).cast(pl.Int8))
    if "memberships" not in snapshot.tables:
        return rows
    members = snapshot.table("memberships")
    if "starts" in members.collect_schema().names():
        members = members.sort("starts", nulls_last=False)
    groups = members.select("school", "group").unique("school", keep="last", maintain_order=True)
    joined = rows.join(groups, on="school", how="left")
    return joined.with_columns(pl.coalesce("group", "school").alias("group"))


def list_fits(rows: pl.LazyFrame) -> tuple[FitFacts, ...]:
    """Say what each subject and stage holds, in one pass.

    Parameters
    ----------
    rows
        From `open_results`.

    Returns
    -------
    tuple of FitFacts
        In the order of subject and stage, "2" before "10".
    """
    import polars as pl

    schema = rows.collect_schema()
    names = [n for n in schema.names() if n not in ("subject", "stage")]
    scored = pl.col("score").is_not_null()
    chosen = {name: pl.col(name).filter(scored) for name in names}
    listed = [n for n in ("scale", "prior_source", "year") if n in names]
    once = [name for name in ("pupil", "year") if name in names]
    counted = pl.struct(once).filter(scored & pl.col("pupil").is_not_null()) if "pupil" in names else None
    repeated = (counted.len() - counted.n_unique()) if counted is not None else pl.lit(0)
    facts = rows.group_by("subject", "stage").agg(
        repeated.alias("n_repeated"),
        pl.len().alias("n_rows"),
        scored.sum().alias("n_scored"),
        *(chosen[n].count().alias(f"known {n}") for n in names),
        *(chosen[n].drop_nulls().n_unique().alias(f"distinct {n}") for n in names),
        *(chosen[n].drop_nulls().unique().sort().alias(f"values {n}") for n in listed),
    )
    found = facts.collect(engine="streaming").iter_rows(named=True)
    text = frozenset(name for name in names if schema[name] == pl.String)
    ordered = sorted(found, key=lambda row: (str(row["subject"]), _natural(str(row["stage"]))))
    return tuple(_facts(row, names, text) for row in ordered)


def _natural(label: str) -> list[tuple[int, str]]:
    """Order numbers within a label by their value."""
    return [(int(part) if part.isdecimal() else -1, part) for part in re.split(r"(\d+)", label) if part]


def _facts(row: Mapping[str, object], names: Sequence[str], text: frozenset[str]) -> FitFacts:
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
        text=text,
        n_repeated=_count(row["n_repeated"]),
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
    mappings = [tomllib.loads(str(record.mapping.get("toml", ""))) for record in records]
    named = [str(column) for mapping in mappings for column in mapping.get("intake", ())]
    return tuple(column for column in dict.fromkeys(named) if column not in NOT_INTAKE)


TeamCounts = dict[tuple[str, str, str], int]
Counts = dict[tuple[str, ...], int]


def count_teams(rows: pl.LazyFrame) -> tuple[TeamCounts, TeamCounts]:
    """Count the scored results, and the teachers, of every school in every subject and stage.

    Parameters
    ----------
    rows
        From `open_results`.

    Returns
    -------
    tuple
        Results and teachers by (school, subject, stage); teachers of the year with most, and only where
        something is known of them.
    """
    scored, teachers = count_units(rows, ("school", "subject", "stage"))
    return (
        {(a, b, c): n for (a, b, c), n in scored.items()},
        {(a, b, c): n for (a, b, c), n in teachers.items()},
    )


def count_units(rows: pl.LazyFrame, labels: Sequence[str]) -> tuple[Counts, Counts]:
    """Count the scored results, and the teachers, behind every combination of labels.

    Parameters
    ----------
    rows
        From `open_results`, or some of them.
    labels
        Columns whose combination is one unit, such as school and year.

    Returns
    -------
    tuple
        Results and teachers by the combination's labels. Teachers are those of one year, the one with most.
        Where no teacher is named, the largest number of classes in one year stands in; a unit of which
        neither is known has no number of teachers.

    Notes
    -----
    Teachers who followed one another are not counted together: three in three years of a one-form team are
    one person each year, whose results that year are personal.

    A blank teacher does not count as a further one: a unit is personal until enough people are known to
    teach it.
    """
    import polars as pl

    schema = rows.collect_schema()
    keys = [label_text(name, schema[name]).alias(f"key {name}") for name in labels]
    nothing = pl.lit(0)
    teacher = pl.col("teacher").drop_nulls().n_unique() if "teacher" in schema else nothing
    classes = pl.col("class").drop_nulls().n_unique() if "class" in schema else nothing
    usable = pl.all_horizontal(pl.col(name).is_not_null() for name in ("score", *labels))
    year = [pl.col("year").alias("in year")] if "year" in schema else [pl.lit(0).alias("in year")]
    rows = rows.filter(usable)
    yearly = rows.group_by([*keys, *year]).agg(
        pl.len().alias("n"), teacher.alias("teachers"), classes.alias("classes")
    )
    names = [f"key {name}" for name in labels]
    most = yearly.group_by(names).agg(pl.col("n").sum(), pl.col("teachers", "classes").max())
    found = most.collect(engine="streaming")
    scored: Counts = {}
    taught: Counts = {}
    for *key, n, teachers, n_classes in found.rows():
        scored[tuple(key)] = n
        if teachers or n_classes:
            taught[tuple(key)] = teachers or n_classes
    return scored, taught


def list_schools(rows: pl.LazyFrame) -> tuple[str, ...]:
    """Return the labels of all schools, in order."""
    import polars as pl

    found = rows.select(pl.col("school").cast(pl.String).drop_nulls().unique().sort())
    return tuple(found.collect(engine="streaming")["school"])
