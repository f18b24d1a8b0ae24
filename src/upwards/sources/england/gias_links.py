"""Which school came after which (GIAS links): two rows, one from each side, become one succession."""

from __future__ import annotations

import re

import polars as pl

from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve

_MODULE = "sources/england/gias_links.py"
_HEADINGS = frozenset({"URN", "LinkURN", "LinkType", "LinkEstablishedDate"})
_DAY = "%d-%m-%Y"

# Kind of link: who is the predecessor ("own" is URN, "other" is LinkURN), and what happened.
_MERGED = (
    "Result of Amalgamation",
    "Merged - change in age range",
    "Merged - expansion of school capacity",
    "Merged - expansion in school capacity and changer in age range",  # the publisher's spelling
)
_KINDS: dict[str, tuple[str, str]] = {
    "Successor": ("own", "continues"),
    "Successor - merged": ("own", "merges"),
    "Successor - amalgamated": ("own", "merges"),
    "Successor - Split School": ("own", "splits"),
    "Predecessor": ("other", "continues"),
    "Predecessor - merged": ("other", "merges"),
    "Predecessor - amalgamated": ("other", "merges"),
    "Predecessor - Split School": ("other", "splits"),
    **dict.fromkeys(_MERGED, ("unsaid", "merges")),
}
_NO_SUCCESSION = {
    "Expansion": "link of an expansion, which is no succession",
    "Closure": "link of a closure, which names no successor",
    "Sixth Form Centre School": "link to a sixth-form centre, which is no succession",
    "Sixth Form Centre Link": "link to a sixth-form centre, which is no succession",
    "Other": "link of kind 'Other', which says nothing of a succession",
}
_UNSAID = "merger of two schools of which the file does not say which went on"
_MUTUAL = "each of the two schools is named as the other's successor"


def read_links(opened: OpenedFile) -> Release:
    """Read GIAS's links between schools into `successions`.

    Parameters
    ----------
    opened
        A ``links_edubasealldata`` file.

    Returns
    -------
    Release
        `successions`: one row for each pair, from the earlier to the later school.

    Notes
    -----
    A predecessor's row gives its last day, the successor's its first: the later of the two dates is taken. A
    school that takes in several is a merger, and one that several continue is split, whatever the file's
    word. A merger whose rows do not say which school went on is directed by its dates, where they differ.
    """
    sieve = Sieve(opened, _MODULE, columns=sorted(_HEADINGS))
    sieve.rows = sieve.rows.with_columns(
        pl.col("URN", "LinkURN", "LinkType").str.strip_chars().str.replace_all(r"\s+", " ")
    )
    _refuse_wrong(sieve)
    for kind, reason in _NO_SUCCESSION.items():
        sieve.leave_out(pl.col("LinkType") == kind, reason)
    sieve.keep_one_of("URN", "LinkURN", "LinkType")
    sieve.rows = _direct(sieve)
    sieve.leave_out(pl.col("side") == "unsaid", _UNSAID)
    sieve.leave_out(_is_mutual(sieve.rows), _MUTUAL)
    pairs = _pairs(sieve.rows)
    _note_pairs(sieve, pairs)
    return sieve.release({"successions": pairs.with_columns(source=pl.lit(sieve.source))})


def _refuse_wrong(sieve: Sieve) -> None:
    sieve.keep_schools("URN")
    sieve.keep_schools("LinkURN")
    sieve.refuse(
        pl.col("URN") == pl.col("LinkURN"), "LinkURN", "school linked to itself", "Leave the row out"
    )
    sieve.refuse(
        ~pl.col("LinkType").is_in([*_KINDS, *_NO_SUCCESSION]),
        "LinkType",
        "kind of link that is not known",
        f"Say whether it is a succession under _KINDS or _NO_SUCCESSION in {_MODULE}",
    )


def _direct(sieve: Sieve) -> pl.DataFrame:
    """Add ``school``, ``successor``, ``side``, ``kind`` and ``date``, mergers directed as far as can be."""
    kinds = {name: kind for name, (_, kind) in _KINDS.items()}
    sides = {name: side for name, (side, _) in _KINDS.items()}
    rows = sieve.rows.with_columns(
        sieve.day("LinkEstablishedDate", _DAY).alias("date"),
        pl.col("LinkType").replace_strict(sides, return_dtype=pl.String).alias("side"),
        pl.col("LinkType").replace_strict(kinds, return_dtype=pl.String).alias("kind"),
    )
    known = rows.filter(pl.col("side") != "unsaid").select(_from_to(pl.col("side") == "own")).unique()
    forward = _is_pair(rows, known, "URN", "LinkURN")
    backward = _is_pair(rows, known, "LinkURN", "URN")
    mirror = rows.filter(pl.col("side") == "unsaid").select("URN", "LinkURN", mirror_date="date")
    mirror = mirror.unique(["URN", "LinkURN"], keep="first", maintain_order=True)
    rows = rows.join(
        mirror, left_on=["URN", "LinkURN"], right_on=["LinkURN", "URN"], how="left", maintain_order="left"
    )
    unsaid, earlier = pl.col("side") == "unsaid", pl.col("date") < pl.col("mirror_date")
    own = unsaid & (forward | (~backward & earlier.fill_null(False)))
    other = unsaid & (backward | (~forward & (pl.col("date") > pl.col("mirror_date")).fill_null(False)))
    side = pl.when(own & ~other).then(pl.lit("own")).when(other & ~own).then(pl.lit("other"))
    rows = rows.with_columns(side=side.otherwise("side"))
    return rows.with_columns(_from_to(pl.col("side") == "own"))


def _from_to(is_own: pl.Expr) -> list[pl.Expr]:
    return [
        pl.when(is_own).then("URN").otherwise("LinkURN").alias("school"),
        pl.when(is_own).then("LinkURN").otherwise("URN").alias("successor"),
    ]


def _is_pair(rows: pl.DataFrame, known: pl.DataFrame, school: str, successor: str) -> pl.Series:
    """Say of each row whether its two schools stand in `known` in this direction."""
    marked = known.with_columns(hit=True)
    found = rows.join(
        marked,
        left_on=[school, successor],
        right_on=["school", "successor"],
        how="left",
        maintain_order="left",
    )
    return found["hit"].fill_null(False)


def _is_mutual(rows: pl.DataFrame) -> pl.Expr:
    pairs = rows.select("school", "successor").unique()
    return pl.lit(_is_pair(rows, pairs, "successor", "school"))


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """Bring both sides of a succession together, and call it by what happened in fact."""
    order = pl.col("kind").replace_strict({"continues": 0, "merges": 1, "splits": 2}, return_dtype=pl.Int8)
    pairs = rows.group_by("school", "successor").agg(
        pl.col("date").max(), pl.col("kind").sort_by(order).last(), pl.len().alias("n_rows")
    )
    merged = pl.len().over("successor") > 1
    split = pl.len().over("school") > 1
    kind = pl.when(merged).then(pl.lit("merges")).when(split).then(pl.lit("splits")).otherwise("kind")
    return pairs.with_columns(said="kind", kind=kind).sort("school", "successor")


def _note_pairs(sieve: Sieve, pairs: pl.DataFrame) -> None:
    note = sieve.problems.note
    one_sided = pairs.filter(pl.col("n_rows") == 1).height
    renamed = pairs.filter(pl.col("kind") != pl.col("said")).height
    undated = pairs["date"].null_count()
    note(
        f"{sieve.rows.height} rows state {pairs.height} successions, most of them from both sides "
        f"({one_sided} from one side only); {undated} have no date"
    )
    if renamed:
        note(f"{renamed} successions are mergers or splits in fact, though the file's word is another")
    last = sieve.last_day
    ahead = 0 if last is None else pairs.filter(pl.col("date") > last).height
    if ahead:
        note(f"{ahead} successions are announced for a day after the register; they are kept")


LINKS = Dataset(
    name="school_links",
    title="Predecessors and successors of schools (GIAS links)",
    place=re.compile(r"links_edubasealldata\d*\.csv$", re.IGNORECASE),
    headings=_HEADINGS,
    read=read_links,
    tables=("successions",),
    module=_MODULE,
)
