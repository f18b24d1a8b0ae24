"""Kinds of school: the performance tables' abbreviations (NFTYPE) in the register's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from upwards.sources.england.places import place_schools
from upwards.sources.england.sieve import Sieve

# ks2_meta.csv 2018/19 and the tables' list of abbreviations; words as in the register (GIAS).
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "AC": "Academy sponsor led",
        "ACC": "Academy converter",
        "ACS": "Academy special sponsor led",
        "ACCS": "Academy special converter",
        "CTC": "City technology college",
        "CY": "Community school",
        "CYS": "Community special school",
        "F": "Free schools",
        "FD": "Foundation school",
        "FDS": "Foundation special school",
        "FS": "Free schools special",
        "SS": "Studio schools",
        "UTC": "University technical college",
        "VA": "Voluntary aided school",
        "VC": "Voluntary controlled school",
    }
)


def school_kind(rows: pl.DataFrame) -> pl.Expr:
    """Return the kind of each school: by its abbreviation, else mainstream or special.

    Parameters
    ----------
    rows
        With ``record``, and ``NFTYPE`` where the file has it. An abbreviation that is not listed stays as
        it is.
    """
    if "NFTYPE" not in rows.columns:
        return pl.col("record").alias("kind")
    code = pl.col("NFTYPE").str.strip_chars()
    words = code.replace_strict(list(KINDS), list(KINDS.values()), default=code, return_dtype=pl.String)
    return pl.when(code != "").then(words).otherwise(pl.col("record")).alias("kind")


def describe_schools(sieve: Sieve, phase: str | None = None) -> pl.DataFrame:
    """Return what a performance table says of its schools: name, kind, authority and region, where it does.

    Parameters
    ----------
    sieve
        The file; its rows hold ``school`` and ``record``.
    phase
        Phase of all of them, or None.
    """
    rows = sieve.rows
    blank = pl.lit(None, pl.String)
    if "LEA" in rows.columns:
        rows = place_schools(rows, "LEA").rename({"authority": "area", "authority_region": "region"})
    has_name, has_area = "SCHNAME" in rows.columns, "area" in rows.columns
    return rows.select(
        "school",
        (pl.col("SCHNAME") if has_name else blank).alias("name"),
        school_kind(rows),
        pl.lit(phase, pl.String).alias("phase"),
        (pl.col("area") if has_area else blank).alias("area"),
        (pl.col("region") if has_area else blank).alias("region"),
    )
