"""The register of schools, who belonged to which group, and inspection outcomes, as arrays."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from upwards.core.panel import Days, Flags, Floats, GroupMemberships, SchoolJudgements, SchoolRegister, Texts
from upwards.store.lines import Places, SchoolLines, read_lines
from upwards.store.published_rows import numbers, texts
from upwards.store.snapshots import Snapshot
from upwards.store.table_types import with_all_columns
from upwards.store.workspace_errors import NoSuchTable

if TYPE_CHECKING:
    import polars as pl

_NO_JUDGEMENTS = (
    "The workspace holds no judgements, that is no outcomes of inspections. For England, import a file with "
    "the columns 'URN', 'Rating' and 'Inspection Date', such as inspections_2005_2020.csv, with --as "
    "england. Upwards fetch does not bring one: Ofsted's own files (management information) are not read yet."
)
_HOPS = 8  # schools that took one another in, one after the other


def read_register(snapshot: Snapshot) -> SchoolRegister:
    """Return what is known of each school that appears in any file.

    Parameters
    ----------
    snapshot
        Where from.

    Returns
    -------
    SchoolRegister
        Closed schools included. Where a school has no authority, region or place of its own, it has those of
        the school that continues it or took it in, else of the latest earlier school that it continues, else
        of one that it took in; where only the authority is known, the region is that of most schools there.

    Raises
    ------
    NoSuchTable
        When no schools were imported.
    """
    import polars as pl

    rows = with_all_columns(snapshot.table("schools").collect(), "schools")
    rows = rows.filter(pl.col("school").is_not_null()).unique("school", keep="first").sort("school")
    lines, school = read_lines(snapshot), texts(rows["school"])
    kin = _kin(school, lines)
    authority = _fill_text(texts(rows["area"]), kin)
    latitude, longitude = numbers(rows["latitude"]), numbers(rows["longitude"])
    where = kin.nearest_known(~np.isnan(latitude) & ~np.isnan(longitude))
    return SchoolRegister(
        school=school,
        line=kin.line,
        name=texts(rows["name"]),
        kind=texts(rows["kind"]),
        phase=texts(rows["phase"]),
        authority=authority,
        region=_usual_region(_fill_text(texts(rows["region"]), kin), authority),
        latitude=latitude[where],
        longitude=longitude[where],
        urban=_fill_number(numbers(rows["urban"]), kin),
        pupils=numbers(rows["pupils"]),
        opened=_days(rows["opened"]),
        closed=_days(rows["closed"]),
    )


def read_last_traces(snapshot: Snapshot, register: SchoolRegister) -> Days:
    """Return the last day on which a file of figures shows each school.

    Parameters
    ----------
    snapshot
        Where from.
    register
        The schools.

    Returns
    -------
    ndarray of datetime64
        Shape of the register: 31 August of the latest year with a row, whether there is a figure in it or
        not; NaT where there is none.
    """
    import polars as pl

    days = np.full(len(register.school), "NaT", dtype="datetime64[D]")
    if "school_measures" not in snapshot.tables or not len(days):
        return days
    latest = pl.date(pl.col("year").cast(pl.Int32).max(), 8, 31).alias("day")
    rows = snapshot.table("school_measures").drop_nulls("year").group_by("school").agg(latest).collect()
    place = register.places(texts(rows["school"]))
    days[place[place >= 0]] = _days(rows["day"])[place >= 0]
    return days


@dataclass(frozen=True, slots=True, eq=False)
class _Kin:
    """For each school where the one stands that it went to, its line, and how far it is from its latest."""

    after: Places
    line: Texts
    steps: Places

    def nearest_known(self, known: Flags) -> Places:
        """Return where the nearest kin stands of which something is known; itself where there is none.

        A register of any day lists schools under the codes of that day, so what is known may stand before a
        school or after it.
        """
        found = self._ahead(known, np.arange(len(known), dtype=np.int64))
        found = self._of_line(known, found)
        found = self._ahead(known, found)
        found = self._ahead(known, self._taken_in(known, found))
        return np.where(known[found], found, np.arange(len(known), dtype=np.int64))

    def _ahead(self, known: Flags, found: Places) -> Places:
        """Look at the schools that it went to, one after the other."""
        reach = np.arange(len(known), dtype=np.int64)
        for _ in range(_HOPS):
            reach = self.after[reach]
            found = np.where(known[found], found, found[reach])
        return found

    def _of_line(self, known: Flags, found: Places) -> Places:
        """Look at the other codes of the same school, the latest first."""
        return _first_of(self.line, self.line, known[found], self.steps, found)

    def _taken_in(self, known: Flags, found: Places) -> Places:
        """Look at the schools that it took in, and give the answer to its whole line."""
        if not len(found):
            return found
        found = _first_of(self.line[self.after], self.line, known[found], self.steps, found)
        return self._of_line(known, found)


def _first_of(owner: Texts, line: Texts, has: Flags, steps: Places, found: Places) -> Places:
    """Give those without an answer that of the first, by steps, who has one and whose owner is their line."""
    giver = np.flatnonzero(has)
    if has.all() or not len(giver):
        return found
    giver = giver[np.lexsort((giver, steps[giver]))]
    owners, first = np.unique(owner[giver], return_index=True)
    place = np.searchsorted(owners, line).clip(max=len(owners) - 1)
    return np.where(~has & (owners[place] == line), found[giver[first[place]]], found)


def _kin(school: Texts, lines: SchoolLines) -> _Kin:
    here = np.arange(len(school), dtype=np.int64)
    line, steps = lines.of(school), lines.steps_of(school)
    if not len(school):
        return _Kin(here, line, steps)
    went = lines.went_to_of(school)
    place = np.searchsorted(school, went).clip(max=len(school) - 1)
    return _Kin(np.where((went != "") & (school[place] == went), place, here), line, steps)


def _fill_text(values: Texts, kin: _Kin) -> Texts:
    return values[kin.nearest_known(values != "")]


def _fill_number(values: Floats, kin: _Kin) -> Floats:
    return values[kin.nearest_known(~np.isnan(values))]


def _usual_region(region: Texts, authority: Texts) -> Texts:
    """Give a school without a region that of most schools of its authority."""
    known = (region != "") & (authority != "")
    if known.all() or not known.any():
        return region
    pairs, counts = np.unique(np.stack([authority[known], region[known]]), axis=1, return_counts=True)
    order = np.lexsort((counts, pairs[0]))
    names, last = np.unique(pairs[0][order][::-1], return_index=True)
    usual = pairs[1][order][::-1][last]
    place = np.searchsorted(names, authority).clip(max=len(names) - 1)
    return np.where((region == "") & (names[place] == authority), usual[place], region)


def read_memberships(snapshot: Snapshot, day: datetime.date, kinds: tuple[str, ...] = ()) -> GroupMemberships:
    """Return which school was in which group, by the register of the day nearest to `day`.

    Parameters
    ----------
    snapshot
        Where from.
    day
        The day one would know of.
    kinds
        Kinds of group in the country's words; all by default.

    Returns
    -------
    GroupMemberships
        As that register showed it: who joined after `day` is among them, with ``starts``. Files that name
        some groups only are no register. Rows without the day of a register count where `day` lies between
        their first and last day.

    Raises
    ------
    NoSuchTable
        When no memberships were imported.
    """
    import polars as pl

    rows = with_all_columns(snapshot.table("memberships").collect(), "memberships")
    registers = _registers(snapshot, rows["seen"].drop_nulls().unique().sort().to_list())
    nearest = min(registers, key=lambda seen: (abs((seen - day).days), seen), default=None)
    lasting = pl.col("seen").is_null() & pl.col("starts").le(day).fill_null(True)
    lasting &= pl.col("ends").ge(day).fill_null(True)
    shown = pl.lit(False) if nearest is None else pl.col("seen").eq(nearest).fill_null(False)
    named = rows.filter(shown | lasting).join(_groups(snapshot), on="group", how="left")
    if kinds:
        named = named.filter(pl.col("kind").is_in(list(kinds)))
    named = named.sort("group", "school", "starts")
    return GroupMemberships(
        seen=np.datetime64(nearest or day, "D"),
        registers=tuple(np.datetime64(seen, "D") for seen in registers),
        school=texts(named["school"]),
        group=texts(named["group"]),
        group_name=texts(named["name"]),
        group_kind=texts(named["kind"]),
        starts=_days(named["starts"]),
        ends=_days(named["ends"]),
    )


def _registers(snapshot: Snapshot, days: list[datetime.date]) -> list[datetime.date]:
    """Leave out the days of files that name some groups only, such as those with published figures."""
    periods = {r.mapping.get("period") for r in snapshot.manifest.imports if r.table == "memberships"}
    return [day for day in days if day.isoformat() in periods] or days


def _groups(snapshot: Snapshot) -> pl.DataFrame:
    import polars as pl

    if "groups" not in snapshot.tables:
        return pl.DataFrame(schema=dict.fromkeys(("group", "name", "kind"), pl.String))
    rows = with_all_columns(snapshot.table("groups").collect(), "groups")
    return rows.select("group", "name", "kind").unique("group", keep="first")


def read_judgements(snapshot: Snapshot) -> SchoolJudgements:
    """Return the outcomes of inspections of whole schools, oldest first.

    Parameters
    ----------
    snapshot
        Where from.

    Returns
    -------
    SchoolJudgements
        Rows on one aspect only are left out.

    Raises
    ------
    NoSuchTable
        When no judgements were imported.
    """
    import polars as pl

    if "judgements" not in snapshot.tables:
        raise NoSuchTable(_NO_JUDGEMENTS)
    rows = with_all_columns(snapshot.table("judgements").collect(), "judgements")
    whole = rows.filter(pl.col("area").fill_null("") == "").sort("date", "school", "framework")
    school = texts(whole["school"])
    return SchoolJudgements(
        school=school,
        line=read_lines(snapshot).of(school),
        date=_days(whole["date"]),
        framework=texts(whole["framework"]),
        outcome=texts(whole["outcome"]),
    )


def _days(column: pl.Series) -> Days:
    import polars as pl

    return np.asarray(column.cast(pl.Date).to_numpy(), dtype="datetime64[D]")
