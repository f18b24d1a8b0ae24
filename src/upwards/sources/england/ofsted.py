"""Outcomes of England's school inspections, each under the framework that was in force on its day."""

from __future__ import annotations

import datetime
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

import polars as pl

from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve

_MODULE = "sources/england/ofsted.py"
_WHERE = "sources/england/frameworks.toml"
_URN, _RATING, _DAY = "URN", "Rating", "Inspection Date"
_FORMATS = ("%Y%m%d", "%d-%m-%Y", "%d/%m/%Y")
_NO_GRADE = ("Not judged", "Not applicable", "Not reported")


@dataclass(frozen=True, slots=True)
class Framework:
    """The rules of inspection over one span of time.

    Attributes
    ----------
    name
        As in ``judgements.framework``.
    first, last
        Days of the inspections it covers, both inclusive.
    words
        Outcomes it knows, best first.
    """

    name: str
    first: datetime.date
    last: datetime.date
    words: tuple[str, ...]


@cache
def load_frameworks() -> tuple[Framework, ...]:
    """Return the frameworks with one overall grade, earliest first.

    Returns
    -------
    tuple of Framework

    Examples
    --------
    >>> [framework.name.rpartition(", ")[2] for framework in load_frameworks()]
    ['2005', '2009', 'January 2012', 'September 2012', '2015', '2019']
    """
    text = resources.files("upwards.sources.england").joinpath("frameworks.toml").read_text(encoding="utf-8")
    return tuple(
        Framework(one["name"], one["from"], one["to"], tuple(one["words"]))
        for one in tomllib.loads(text)["frameworks"]
    )


def read_inspections(opened: OpenedFile) -> Release:
    """Read outcomes of inspections into `judgements`.

    Parameters
    ----------
    opened
        A file with a URN, a rating and a day for each inspection.

    Returns
    -------
    Release
        `judgements`: the overall outcome in the publisher's words, under the framework of its day.

    Notes
    -----
    "Satisfactory" became "Requires improvement" on 1 September 2012; a later "Satisfactory" is kept as
    published and counted in a note. An outcome that no framework knows is refused: report cards (since
    November 2025) have several grades on five steps and need a reader of their own.
    """
    sieve = Sieve(opened, _MODULE, columns=(_URN, _RATING, _DAY))
    sieve.keep_schools()
    sieve.rows = sieve.rows.with_columns(outcome=pl.col(_RATING).str.strip_chars())
    sieve.leave_out(pl.col("outcome").is_in(_NO_GRADE), "inspection without an overall grade")
    _refuse_unknown(sieve)
    sieve.rows = sieve.rows.with_columns(sieve.day(_DAY, *_FORMATS).alias("date"))
    sieve.leave_out(pl.col("date").is_null(), "no day of inspection")
    sieve.rows = sieve.rows.with_columns(framework=_framework())
    _refuse_outside(sieve)
    _leave_out_old_words(sieve)
    sieve.keep_one_of("school", "date")
    return sieve.release({"judgements": sieve.rows.with_columns(source=pl.lit(sieve.source))})


def _refuse_unknown(sieve: Sieve) -> None:
    known = sorted({word.lower() for framework in load_frameworks() for word in framework.words})
    sieve.refuse(
        ~pl.col("outcome").str.to_lowercase().is_in(known),
        _RATING,
        "outcome that no framework knows",
        f"If a framework has this word, add it with its days in {_WHERE}; a report card needs a reader of "
        f"its own in {_MODULE}",
    )


def _framework() -> pl.Expr:
    within = [
        pl.when(pl.col("date").is_between(one.first, one.last)).then(pl.lit(one.name))
        for one in load_frameworks()
    ]
    return pl.coalesce(within)


def _refuse_outside(sieve: Sieve) -> None:
    first, last = load_frameworks()[0].first, load_frameworks()[-1].last
    sieve.refuse(
        pl.col("framework").is_null(),
        _DAY,
        f"inspection outside {first} to {last}, when there was one overall grade",
        f"If another framework holds, add it with its days and words in {_WHERE}",
    )


def _leave_out_old_words(sieve: Sieve) -> None:
    """Of two outcomes on one day, keep the one in the framework's words; note strange words."""
    is_known = pl.lit(False)
    for one in load_frameworks():
        words = [word.lower() for word in one.words]
        is_known |= (pl.col("framework") == one.name) & pl.col("outcome").str.to_lowercase().is_in(words)
    sieve.rows = sieve.rows.with_columns(is_known=is_known)
    better = pl.col("is_known").any().over("school", "date")
    sieve.leave_out(
        ~pl.col("is_known") & better, "another outcome of the same day is in the framework's words"
    )
    strange = sieve.rows.filter(~pl.col("is_known"))["outcome"]
    if len(strange):
        sieve.problems.note(
            f"{len(strange)} outcomes ({', '.join(sorted(strange.unique()))}) are not words of the framework "
            "of their day; kept as published"
        )


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="inspections",
        title="Outcomes of inspections",
        place=re.compile(r"inspections?_[\w-]+\.csv$", re.IGNORECASE),
        headings=frozenset({_URN, _RATING, _DAY}),
        read=read_inspections,
        tables=("judgements",),
        module=_MODULE,
        notes=("Single-word grades ended in September 2024; report cards since November 2025 are not read.",),
    ),
)
