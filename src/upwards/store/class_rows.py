"""Classes as results and rosters attribute them to teachers: counts only, never a score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.store.results_rows import open_results
from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl

TEAM = ("school", "subject", "stage")
CLASS = (*TEAM, "year", "class")


@dataclass(frozen=True, slots=True)
class TaughtClass:
    """One class of one teacher.

    Attributes
    ----------
    school, subject, stage
        Of which team; the stage is ``"all"`` where the results have none.
    year
        Academic year, by its ending.
    name
        The class; None where the results name none.
    n
        Results with a score that name this teacher.
    n_class
        Results with a score of the class, whoever is named.
    n_named
        Of these, results that name any teacher.
    share
        The teacher's part according to a roster of the whole class, 0 to 1; None where none says it.
    """

    school: str
    subject: str
    stage: str
    year: int
    name: str | None
    n: int
    n_class: int
    n_named: int
    share: float | None


@dataclass(frozen=True, slots=True)
class HeldClass:
    """One class that the results hold, whoever taught it."""

    school: str
    subject: str
    stage: str
    year: int
    name: str


@dataclass(frozen=True, slots=True)
class TeamTeachers:
    """How many people taught one team.

    Attributes
    ----------
    school, subject, stage
        The team.
    n_teachers
        Different teachers over all years; where none is named, the most classes in one year.
    n_last_year
        The same of the latest year alone.
    last_year
        Latest academic year with a score.
    """

    school: str
    subject: str
    stage: str
    n_teachers: int
    n_last_year: int
    last_year: int


def list_taught_classes(snapshot: Snapshot, pseudonym: str) -> tuple[TaughtClass, ...]:
    """List the classes that results attribute to one teacher.

    Parameters
    ----------
    snapshot
        A state of a workspace.
    pseudonym
        The teacher's.

    Returns
    -------
    tuple of TaughtClass
        Latest year first, then by subject and class. Empty where the results name no teacher.
    """
    import polars as pl

    rows = _classes(open_results(snapshot))
    if rows is None:
        return ()
    own = pl.col("teacher") == pseudonym
    counted = (
        rows.group_by(CLASS)
        .agg(
            own.sum().alias("n"),
            pl.len().alias("n_class"),
            pl.col("teacher").is_not_null().sum().alias("n_named"),
        )
        .filter(pl.col("n") > 0)
        .sort("year", "subject", "class", descending=[True, False, False], nulls_last=True)
    )
    shares = _shares(snapshot, pseudonym)
    return tuple(
        TaughtClass(
            school=row["school"],
            subject=row["subject"],
            stage=row["stage"],
            year=row["year"],
            name=row["class"],
            n=row["n"],
            n_class=row["n_class"],
            n_named=row["n_named"],
            share=shares.get((row["subject"], row["year"], row["class"])),
        )
        for row in counted.collect(engine="streaming").iter_rows(named=True)
    )


def list_classes_named(snapshot: Snapshot, name: str, subject: str, year: int) -> tuple[HeldClass, ...]:
    """List the classes of one name, subject and year, in order of school.

    Parameters
    ----------
    snapshot
        A state of a workspace.
    name, subject
        Upper and lower case, and space around, are overlooked.
    year
        Academic year, by its ending.

    Returns
    -------
    tuple of HeldClass
        Written as in the results, one for each stage. Empty where the results name no classes.
    """
    import polars as pl

    rows = open_results(snapshot)
    if "class" not in rows.collect_schema().names():
        return ()
    kept = rows.select(
        *(pl.col(one).cast(pl.String) for one in (*TEAM, "class")),
        pl.col("year").cast(pl.Int64),
    ).filter(
        pl.col("school").is_not_null(),
        pl.col("year") == year,
        pl.col("class").str.to_lowercase().str.strip_chars() == name.strip().lower(),
        pl.col("subject").str.to_lowercase().str.strip_chars() == subject.strip().lower(),
    )
    found = kept.unique().sort(*TEAM, "class").collect(engine="streaming")
    return tuple(
        HeldClass(
            school=row["school"],
            subject=row["subject"],
            stage=row["stage"],
            year=row["year"],
            name=row["class"],
        )
        for row in found.iter_rows(named=True)
    )


def list_team_teachers(snapshot: Snapshot) -> tuple[TeamTeachers, ...]:
    """Say how many people taught each team.

    Parameters
    ----------
    snapshot
        A state of a workspace.

    Returns
    -------
    tuple of TeamTeachers
        In order of school, subject and stage.

    Notes
    -----
    Unlike a count for disclosure, those who followed one another count together: the figures of a team are
    about everybody who taught it.
    """
    import polars as pl

    rows = open_results(snapshot)
    names = rows.collect_schema().names()
    teacher = pl.col("teacher").drop_nulls().n_unique() if "teacher" in names else pl.lit(0)
    classes = pl.col("class").drop_nulls().n_unique() if "class" in names else pl.lit(0)
    used = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in ("score", "school")))
    counted = [teacher.alias("teachers"), classes.alias("classes")]
    latest = used.with_columns(pl.col("year").max().over(TEAM).alias("latest"))
    yearly = latest.group_by(*TEAM, "year", "latest").agg(counted)
    people = used.group_by(TEAM).agg(teacher.alias("teachers"))
    last = yearly.filter(pl.col("year") == pl.col("latest")).select(
        *TEAM, "latest", last=pl.when(pl.col("teachers") > 0).then("teachers").otherwise("classes")
    )
    most = yearly.group_by(TEAM).agg(pl.col("classes").max())
    found = people.join(most, on=TEAM).join(last, on=TEAM).sort(TEAM).collect(engine="streaming")
    return tuple(
        TeamTeachers(
            school=str(row["school"]),
            subject=row["subject"],
            stage=row["stage"],
            n_teachers=row["teachers"] or row["classes"],
            n_last_year=row["last"],
            last_year=int(row["latest"]),
        )
        for row in found.iter_rows(named=True)
    )


def _classes(rows: pl.LazyFrame) -> pl.LazyFrame | None:
    import polars as pl

    names = rows.collect_schema().names()
    if "teacher" not in names:
        return None
    if "class" not in names:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias("class"))
    texts = [pl.col(name).cast(pl.String) for name in ("school", "subject", "stage", "class")]
    return rows.filter(pl.col("score").is_not_null()).with_columns(*texts, pl.col("year").cast(pl.Int64))


def _shares(snapshot: Snapshot, pseudonym: str) -> Mapping[tuple[str, int, str], float]:
    """Return the teacher's part of a class by subject, year and class, where rosters say it."""
    import polars as pl

    if "rosters" not in snapshot.tables:
        return {}
    rows = snapshot.table("rosters")
    if not {"class", "share"} <= set(rows.collect_schema().names()):
        return {}
    own = rows.filter((pl.col("teacher") == pseudonym) & pl.col("share").is_not_null())
    found = own.group_by("subject", pl.col("year").cast(pl.Int64), "class").agg(pl.col("share").last())
    return {(subject, year, name): share for subject, year, name, share in found.collect().iter_rows()}
