"""Schools followed through academisation: one line from the first code to the latest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from upwards.core.panel import Texts
from upwards.store.snapshots import Snapshot

if TYPE_CHECKING:
    import polars as pl

Places = npt.NDArray[np.int64]
LINKS = "successions"


@dataclass(frozen=True, slots=True, eq=False)
class SchoolLines:
    """Which school continues which.

    Attributes
    ----------
    school
        Shape (L,): codes that stand in any link, sorted.
    line
        Shape (L,): code of the latest school that continues it; itself, if none.
    steps
        Shape (L,): how many schools away that is.
    went_to
        Shape (L,): the school that continues it or took it in; ``""`` if none.
    """

    school: Texts
    line: Texts
    steps: Places
    went_to: Texts

    def of(self, schools: Texts) -> Texts:
        """Return the line of each code; a code that stands in no link is its own line.

        Parameters
        ----------
        schools
            Codes, shape (N,).
        """
        place, known = _find(self.school, schools)
        return np.where(known, self.line[place], schools) if len(self.school) else schools

    def frame(self) -> pl.DataFrame:
        """Return columns ``school``, ``line`` and ``#steps`` to join rows with."""
        import polars as pl

        columns = {"school": self.school.tolist(), "line": self.line.tolist(), "#steps": self.steps}
        return pl.DataFrame(columns, schema={"school": pl.String, "line": pl.String, "#steps": pl.Int64})

    def went_to_of(self, schools: Texts) -> Texts:
        """Return the school that each code went to; ``""`` if none.

        Parameters
        ----------
        schools
            Codes, shape (N,).
        """
        place, known = _find(self.school, schools)
        return np.where(known, self.went_to[place], "") if len(self.school) else np.full(schools.shape, "")

    def steps_of(self, schools: Texts) -> Places:
        """Return how many schools each code is away from the latest of its line.

        Parameters
        ----------
        schools
            Codes, shape (N,).
        """
        place, known = _find(self.school, schools)
        none = np.zeros(schools.shape, np.int64)
        return np.where(known, self.steps[place], none) if len(self.school) else none


def read_lines(snapshot: Snapshot) -> SchoolLines:
    """Follow the schools of a snapshot by its links.

    Parameters
    ----------
    snapshot
        Where from; without the table ``successions`` every school is its own line.

    Returns
    -------
    SchoolLines

    Notes
    -----
    A school is followed where one school alone continues it and it alone is continued. Where two continue one
    school it was divided, and where one continues two they merged: neither is the same school any more.
    """
    return _lines_of(str(snapshot.path(LINKS)) if LINKS in snapshot.tables else "", snapshot.token)


@lru_cache(maxsize=4)
def _lines_of(path: str, token: str) -> SchoolLines:
    """Follow once for all panels of a snapshot; its token changes when its rows do."""
    import polars as pl

    if not path:
        return follow_lines(pl.DataFrame(schema=dict.fromkeys(("school", "successor", "kind"), pl.String)))
    return follow_lines(pl.read_parquet(path, glob=False))


def follow_lines(links: pl.DataFrame) -> SchoolLines:
    """Follow every school to the latest that continues it.

    Parameters
    ----------
    links
        Columns ``school``, ``successor``, ``kind`` and, if known, ``date``.

    Returns
    -------
    SchoolLines

    Examples
    --------
    >>> import polars as pl
    >>> links = pl.DataFrame({"school": ["1", "2"], "successor": ["2", "3"], "kind": ["continues"] * 2})
    >>> follow_lines(links).line.tolist()
    ['3', '3', '3']
    """
    import polars as pl

    pairs = links.filter((pl.col("school") != pl.col("successor")).fill_null(False))
    school = _texts(pl.concat([pairs["school"], pairs["successor"]]).unique().sort())
    # One link may be told twice, as successor of the one and predecessor of the other.
    clear = pairs.filter(pl.col("kind") == "continues").unique(["school", "successor"])
    clear = clear.filter(pl.col("school").is_unique() & pl.col("successor").is_unique())
    after = _pointers(school, clear)
    end, steps = _follow(after)
    return SchoolLines(school, school[end], steps, _went_to(school, pairs, after))


def _went_to(school: Texts, pairs: pl.DataFrame, after: Places) -> Texts:
    """Name who continues a school, else who took it in last."""
    import polars as pl

    dated = pairs if "date" in pairs.columns else pairs.with_columns(date=pl.lit(None, dtype=pl.Date))
    last = dated.sort("date", "successor", nulls_last=False).unique("school", keep="last")
    taken = _pointers(school, last)
    going = np.where(after != np.arange(len(school)), after, taken)
    return np.where(going != np.arange(len(school)), school[going], "")


def _pointers(school: Texts, pairs: pl.DataFrame) -> Places:
    """Return for each school where its successor stands; itself where it has none."""
    pointers = np.arange(len(school), dtype=np.int64)
    if pairs.height:
        pointers[np.searchsorted(school, _texts(pairs["school"]))] = np.searchsorted(
            school, _texts(pairs["successor"])
        )
    return pointers


def _follow(after: Places) -> tuple[Places, Places]:
    """Jump along the pointers, twice as far each time, to the end; a circle ends at its last code."""
    n = len(after)
    end, steps = after.copy(), (after != np.arange(n)).astype(np.int64)
    highest = np.maximum(np.arange(n, dtype=np.int64), after)
    for _ in range(max(1, n).bit_length()):
        steps = steps + steps[end]
        highest = np.maximum(highest, highest[end])
        end = end[end]
    in_circle = after[end] != end
    # Each links to the other: they are one school, and nobody can say which code is the later.
    return np.where(in_circle, highest, end), np.where(in_circle, highest != np.arange(n), steps)


def _find(school: Texts, wanted: Texts) -> tuple[Places, npt.NDArray[np.bool_]]:
    if not len(school):
        return np.zeros(wanted.shape, np.int64), np.zeros(wanted.shape, bool)
    place = np.searchsorted(school, wanted).clip(max=len(school) - 1).astype(np.int64)
    return place, school[place] == wanted


def _texts(column: pl.Series) -> Texts:
    return np.asarray(column.to_list(), dtype=np.str_)
