"""Local authorities and regions of England: one spelling, found by the authority's code."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

import polars as pl

COUNTRY = "England"


@cache
def load_authorities() -> pl.DataFrame:
    """Return all local authorities.

    Returns
    -------
    polars.DataFrame
        ``code, authority, authority_region``: text, one row for each code, ended authorities included.

    Examples
    --------
    >>> load_authorities().filter(pl.col("code") == "850").rows()
    [('850', 'Hampshire', 'South East')]
    """
    text = resources.files("upwards.sources.england").joinpath("places.toml").read_text(encoding="utf-8")
    rows = [
        (code, name, region)
        for region, authorities in tomllib.loads(text).items()
        for code, name in authorities.items()
    ]
    return pl.DataFrame(rows, schema=["code", "authority", "authority_region"], orient="row")


def place_schools(rows: pl.DataFrame, code: str) -> pl.DataFrame:
    """Add ``authority`` and ``authority_region`` to rows that hold an authority's code.

    Parameters
    ----------
    rows
        Text, with a column `code`.
    code
        Heading of the authority's code.

    Returns
    -------
    polars.DataFrame
        The rows in the same order; null where the code is not known.
    """
    key = pl.col(code).str.strip_chars().str.replace(r"\.0$", "").alias("code")
    return rows.with_columns(key).join(load_authorities(), on="code", how="left", maintain_order="left")


def place_of_each(rows: pl.DataFrame, code: str) -> pl.DataFrame:
    """Return what a file on schools says of where they are, for the table of schools.

    Parameters
    ----------
    rows
        Text, with ``school`` and, where the year's file has it, a column `code`.
    code
        Heading of the authority's code.

    Returns
    -------
    polars.DataFrame
        ``school, area, region``: closed and special schools too, whom a register of open ones lacks.
    """
    if code not in rows.columns:
        rows = rows.with_columns(pl.lit(None, pl.String).alias(code))
    placed = place_schools(rows, code)
    return placed.select("school", area="authority", region="authority_region")
