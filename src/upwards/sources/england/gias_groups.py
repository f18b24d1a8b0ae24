"""Groups of schools (GIAS): trusts, sponsors and federations, and which school belongs to which."""

from __future__ import annotations

import datetime
import re

import polars as pl

from upwards.sources.england.places import place_schools
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve, filled

_MODULE = "sources/england/gias_groups.py"
_DAYS = ("%Y-%m-%d", "%d-%m-%Y")
_UID = r"^\d{3,6}$"
_INCORPORATED = "Incorporated on (open date)"
_CENTRE = "Children's centre"
_GROUPS = frozenset({"Group UID", "Group Name", "Group Type", "Closed Date", "Open date", "Group Status"})
_LINKS = frozenset(
    {
        "URN",
        "Group Name",
        "Group Type",
        "Closed Date",
        "Joined date",
        "EstablishmentName",
        "TypeOfEstablishment (name)",
        "PhaseOfEducation (name)",
        "LA (code)",
        "LA (name)",
    }
)
# The group's number, by layout of the file: 2019 called it otherwise.
_UIDS = ("Group UID", "Linked UID")


def phase(column: str) -> pl.Expr:
    """Phase of education in one spelling: registers of 2019 and 2022 write "All through" differently."""
    return filled(column).str.replace("^All through$", "All-through").alias("phase")


def read_groups(opened: OpenedFile) -> Release:
    """Read GIAS's list of groups into `groups`.

    Parameters
    ----------
    opened
        An ``allgroupsdata`` file; its period is the day of the register.

    Returns
    -------
    Release
        `groups`: one row for each UID, closed ones included.

    Notes
    -----
    A trust's first day is that of its incorporation; 1900-01-01 means unknown.
    """
    sieve = Sieve(opened, _MODULE, columns=sorted(_GROUPS | {_INCORPORATED}))
    _keep_groups(sieve, "Group UID")
    sieve.keep_one_of("group")
    groups = _describe_groups(sieve, is_register=True)
    return sieve.release({"groups": groups})


def read_group_links(opened: OpenedFile) -> Release:
    """Read which school belongs to which group, in the layouts of 2019 and 2022.

    Parameters
    ----------
    opened
        A ``grouplinks_…`` or ``alllinksdata`` file; its period is the day of the register.

    Returns
    -------
    Release
        `memberships` with the day of the register in ``seen``; `groups`; `schools`, so that a school in no
        other file has a name.

    Notes
    -----
    The register lists who belongs to a group on its day: who left before is absent. A school may have a
    trust and, in another row, a sponsor: both are kept, told apart by the kind of group. Rows may end one
    field early (2019: no row holds the last heading, ``HasSharedHT``), which is no fault.
    """
    uid = next((name for name in _UIDS if name in opened.columns), _UIDS[0])
    opening = sorted({"Open date", _INCORPORATED} & set(opened.columns))
    sieve = Sieve(opened, _MODULE, allow_short=True, columns=[*sorted(_LINKS), uid, *opening])
    _leave_out_centres(sieve)
    sieve.keep_schools()
    _keep_groups(sieve, uid)
    sieve.keep_one_of("school", "group")
    groups = _describe_groups(sieve, is_register=False)
    joined = sieve.day("Joined date", *_DAYS)
    _report_future(sieve, "Joined date", joined)
    memberships = groups.select(
        sieve.rows["school"], "group", joined.alias("starts"), pl.col("closed").alias("ends"), _seen(sieve)
    )
    n_ended = memberships["ends"].is_not_null().sum()
    if n_ended:
        sieve.problems.note(f"{n_ended} memberships are of groups that have closed: they end that day")
    tables = {
        "memberships": memberships,
        "groups": groups.unique("group", keep="first", maintain_order=True),
        "schools": _schools(sieve),
    }
    return sieve.release(tables)


def _leave_out_centres(sieve: Sieve) -> None:
    kind, group = pl.col("TypeOfEstablishment (name)"), pl.col("Group Type")
    centre = (kind.str.strip_chars() == _CENTRE) | group.str.starts_with("Children's Centres")
    sieve.leave_out(centre, "children's centre, which is no school")


def _keep_groups(sieve: Sieve, uid: str) -> None:
    sieve.rows = sieve.rows.with_columns(group=pl.col(uid).str.strip_chars().str.replace(r"\.0$", ""))
    sieve.refuse(
        ~pl.col("group").str.contains(_UID),
        uid,
        "not a group's number (UID)",
        "Compare the row with the publisher's file",
    )


def _describe_groups(sieve: Sieve, *, is_register: bool) -> pl.DataFrame:
    closed = sieve.day("Closed Date", *_DAYS)
    opened = [sieve.day(name, *_DAYS) for name in (_INCORPORATED, "Open date") if name in sieve.rows.columns]
    if is_register:
        _report_future(sieve, "Closed Date", closed)
        for day in opened:
            _report_future(sieve, day.name, day)
    first = [day.alias(f"#{day.name}") for day in opened]
    none = pl.lit(None, dtype=pl.Date)
    return sieve.rows.select(
        "group",
        pl.col("Group Name").alias("name"),
        pl.col("Group Type").alias("kind"),
        closed.alias("closed"),
        *first,
    ).with_columns(opened=pl.coalesce(*(pl.col(day.name) for day in first), none))


def _report_future(sieve: Sieve, heading: str, day: pl.Series) -> None:
    last = sieve.last_day
    if last is None:
        return
    is_planned = pl.lit(False)
    if "Group Status" in sieve.rows.columns:
        is_planned = pl.col("Group Status").str.strip_chars() == "Proposed to open"
    remedy = "A register cannot know it: compare it with the publisher's file"
    future = (day > last).fill_null(False)
    sieve.report(pl.lit(future) & ~is_planned, heading, "date after the day of the register", remedy)


def _seen(sieve: Sieve) -> pl.Expr:
    day = sieve.opened.period
    if not isinstance(day, datetime.date):
        sieve.problems.note("the place does not say the day of this register: memberships have none")
        day = None
    return pl.lit(day, dtype=pl.Date).alias("seen")


def _schools(sieve: Sieve) -> pl.DataFrame:
    rows = place_schools(sieve.rows, "LA (code)").unique("school", keep="first", maintain_order=True)
    return rows.select(
        "school",
        pl.col("EstablishmentName").alias("name"),
        pl.col("TypeOfEstablishment (name)").alias("kind"),
        phase("PhaseOfEducation (name)"),
        pl.coalesce("authority", filled("LA (name)")).alias("area"),
        pl.col("authority_region").alias("region"),
    )


GROUP_DATASETS = (
    Dataset(
        name="groups",
        title="Trusts, sponsors and federations (GIAS groups)",
        place=re.compile(r"allgroupsdata\d*\.csv$", re.IGNORECASE),
        headings=_GROUPS,
        read=read_groups,
        tables=("groups",),
        module=_MODULE,
    ),
    Dataset(
        name="group_links",
        title="Schools in trusts and other groups (GIAS group links)",
        place=re.compile(r"(grouplinks_\w+|alllinksdata\d*)\.csv$", re.IGNORECASE),
        headings=_LINKS,
        read=read_group_links,
        tables=("memberships", "groups", "schools"),
        module=_MODULE,
        notes=("Lists current members only: a school that left is absent, and its past with it.",),
    ),
)
