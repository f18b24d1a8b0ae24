"""Income and spending of a school: consistent financial reporting (CFR), academies accounts return (AAR).

No AAR file was at hand when this was written: its columns are those that the department's own public code
reads (``finance.toml`` names the source), checked on made-up rows only.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import polars as pl

from upwards.core.errors import UnknownColumn
from upwards.sources.england.markers import read_number, report_cells
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve
from upwards.sources.reshape import ROW

_MODULE = "sources/england/finance.py"
_WHERE = "sources/england/finance.toml"
_TOLERANCE = 1.0  # pounds; published totals are rounded to the penny
_ITEMS = ("income", "expenditure", "in_year_balance")


@cache
def _columns() -> Mapping[str, Any]:
    text = resources.files("upwards.sources.england").joinpath("finance.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_cfr(opened: OpenedFile) -> Release:
    """Read the returns of maintained schools into `finances`.

    Parameters
    ----------
    opened
        A year's ``cfr`` file.

    Returns
    -------
    Release
        `finances`: items ``income``, ``expenditure`` (negative) and ``in_year_balance``, in GBP.

    Notes
    -----
    The year is the file's own column; a row of another year than the file's name is refused. The return runs
    from April to March: 2018 is the financial year 2017-18. Rows whose three totals do not add up within a
    pound are counted, and kept as published; rows with a total below zero are left out, and counted.
    """
    names = _columns()["cfr"]
    sieve = Sieve(opened, _MODULE, columns=["URN", *names.values()])
    sieve.leave_out(pl.col("URN").str.strip_chars().str.to_lowercase().is_in(["", "nan"]), "no school named")
    sieve.keep_schools()
    _read_year(sieve, names["year"])
    sieve.keep_one_of("school", "year")
    amounts = {item: _amounts(sieve, names[item], "cfr") for item in _ITEMS}
    _leave_out_negative(sieve, amounts)
    _note_balance(sieve, amounts)
    return sieve.release({"finances": _finances(sieve, amounts)})


def read_aar(opened: OpenedFile) -> Release:
    """Read the returns of academies into `finances`.

    Parameters
    ----------
    opened
        A year's file of the academies accounts return, one row for each academy.

    Returns
    -------
    Release
        `finances`: items ``income``, ``expenditure`` (negative) and ``in_year_balance``, in GBP.

    Raises
    ------
    UnknownColumn
        If the columns are of neither layout that is known.

    Notes
    -----
    A total is missing where one of its parts is. What a trust spends centrally is in another file and is not
    shared out among its schools here. The return runs from September to August.
    """
    sieve = Sieve(opened, _MODULE)
    layout = _layout(sieve)
    year = sieve.academic_year().ending
    sieve.leave_out(pl.col("URN").str.strip_chars() == "", "no school named")
    one_day = pl.col("ACADEMYTRUSTSTATUS").str.strip_chars().str.to_lowercase() == "1 day"
    sieve.leave_out(one_day, "academy of one day, whose return stands in another row")
    sieve.keep_schools()
    sieve.keep_one_of("school")
    sieve.rows = sieve.rows.with_columns(year=pl.lit(year, dtype=pl.Int32))
    present = [name for name in layout["income_where_present"] if name in sieve.rows.columns]
    income = _total(sieve, [*layout["income"], *present])
    less, spent = _total(sieve, layout["less"]), _total(sieve, layout["expenditure"])
    income = _less(income, less)
    balance = _less(income, spent)
    amounts = {"income": income, "expenditure": spent, "in_year_balance": balance}
    return sieve.release({"finances": _finances(sieve, amounts)})


def _read_year(sieve: Sieve, heading: str) -> None:
    text = pl.col(heading).str.strip_chars()
    year = text.str.extract(r"^(\d{4})(?:\.0)?$").cast(pl.Int32)
    sieve.rows = sieve.rows.with_columns(year=year)
    sieve.refuse(pl.col("year").is_null(), heading, "not a year", "Write the year it ends, such as 2018")
    named = sieve.academic_year().ending
    sieve.refuse(
        pl.col("year") != named,
        heading,
        f"year other than {named}, which the file's name says",
        "Compare the file with the publisher's: rename it, or correct the column",
    )


def _amounts(sieve: Sieve, heading: str, dataset: str) -> pl.DataFrame:
    value, why, fault = read_number(heading, dataset=dataset)
    cells = sieve.rows.select("school", v=value, why=why, fault=fault)
    report_cells(sieve.problems, sieve.file, _WHERE, heading, sieve.rows[ROW], cells["fault"])
    return cells


def _total(sieve: Sieve, headings: Sequence[str]) -> pl.DataFrame:
    parts = [_amounts(sieve, heading, "aar") for heading in headings]
    return pl.DataFrame(
        {
            "school": sieve.rows["school"],
            "v": sum((part["v"] for part in parts[1:]), start=parts[0]["v"]),
            "why": _first_said([part["why"] for part in parts]),
            "fault": _first_said([part["fault"] for part in parts]),
        }
    )


def _less(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return one.with_columns(
        v=one["v"] - other["v"],
        why=_first_said([one["why"], other["why"]]),
        fault=_first_said([one["fault"], other["fault"]]),
    )


def _first_said(columns: Sequence[pl.Series]) -> pl.Series:
    return pl.select(pl.coalesce([pl.lit(column) for column in columns])).to_series()


def _layout(sieve: Sieve) -> Mapping[str, Any]:
    layouts = _columns()["aar"]["layouts"]
    missing = {
        name: [
            heading
            for heading in (*one["income"], *one["less"], *one["expenditure"])
            if heading not in sieve.opened.columns
        ]
        for name, one in layouts.items()
    }
    best = min(missing, key=lambda name: len(missing[name]))
    if missing[best]:
        raise UnknownColumn(
            f"{sieve.file} has none of the layouts of the academies accounts return that are known; nearest "
            f"is that {layouts[best]['years']}, of which {len(missing[best])} columns are absent, the first "
            f"{missing[best][0]!r}. If the publisher renamed them, add the layout in {_WHERE}."
        )
    layout: Mapping[str, Any] = layouts[best]
    return layout


def _leave_out_negative(sieve: Sieve, amounts: dict[str, pl.DataFrame]) -> None:
    for item in ("income", "expenditure"):
        wrong = (amounts[item]["v"] < 0).fill_null(False)
        sieve.leave_out(pl.lit(wrong), f"{item} below zero, which no school has in a year")
        for name, frame in amounts.items():
            amounts[name] = frame.filter(~wrong)


def _note_balance(sieve: Sieve, amounts: Mapping[str, pl.DataFrame]) -> None:
    income, spent, balance = (amounts[item]["v"] for item in _ITEMS)
    n = int(((income - spent - balance).abs() > _TOLERANCE).sum())
    sieve.problems.note(
        f"in {n} of {sieve.rows.height} rows income less expenditure differs from the balance by more than £1"
        + ("; they are kept as published" if n else "")
    )


def _finances(sieve: Sieve, amounts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    years = sieve.rows["year"]
    frames = [
        frame.with_columns(years, item=pl.lit(item), v=-pl.col("v") if item == "expenditure" else pl.col("v"))
        for item, frame in amounts.items()
    ]
    return (
        pl.concat(frames)
        .filter(pl.col("fault").is_null())
        .select(
            "school",
            "year",
            "item",
            (pl.col("v") + 0.0).alias("amount"),
            pl.col("why").alias("amount_missing"),
            currency=pl.lit("GBP"),
            source=pl.lit(sieve.source),
        )
    )


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="cfr",
        title="Income and spending of maintained schools (consistent financial reporting)",
        place=re.compile(r"cfr_\d{4}\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", *_columns()["cfr"].values()}),
        read=read_cfr,
        tables=("finances",),
        module=_MODULE,
        notes=("Maintained schools only: academies are in the academies accounts return.",),
    ),
    Dataset(
        name="aar",
        title="Income and spending of academies (academies accounts return)",
        place=re.compile(r"aar[\w-]*\.csv$", re.IGNORECASE),
        headings=frozenset({"URN", "ACADEMYTRUSTSTATUS"}),
        read=read_aar,
        tables=("finances",),
        module=_MODULE,
        notes=("Written from the department's public column lists; no file was at hand to check it on.",),
    ),
)
