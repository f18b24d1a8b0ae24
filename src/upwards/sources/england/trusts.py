"""DfE's own measures of trusts (Key Stage 4): which column becomes which measure, and who belonged."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from upwards.core.academic_year import AcademicYear
from upwards.sources.england.performance_figures import Figure, read_performance
from upwards.sources.england.performance_layouts import Layout, choose_layout, layouts_of, note_year
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve

MODULE = "sources/england/trusts.py"
NAME = "ks4_trusts"

_MEMBERS = "INSTITUTIONS_INMAT"
_N_MEMBERS = "NUMINST_INMAT"
_BAND = "P8_BANDING"
_NO_COUNT = "number of schools that differs from the schools listed"

# The band in words, in the order of the numbers that schools' files have.
BANDS = ("Well above average", "Above average", "Average", "Below average", "Well below average")

# How a column of a group of pupils ends, the group, and the number of schools that it rests on.
_GROUPS = (
    ("", None, "NUMINST_MATPTINC"),
    ("_FSM6CLA1A", "disadvantaged", "NUMINST_FSM6CLA1A_MATPTINC"),
    ("_NFSM6CLA1A", "not disadvantaged", None),
)


def _figures() -> tuple[Figure, ...]:
    figures = [
        Figure(column=_BAND, measure="ks4.progress8_band", n_schools="NUMINST_MATPTINC"),
        Figure(column="TPUP_MATPTINC", measure="ks4.pupils", n_schools="NUMINST_MATPTINC"),
        Figure(column="KS2ASS_MATPTINC", measure="ks4.prior_attainment", n_schools="NUMINST_MATPTINC"),
        Figure(
            column="PFSM6CLA1A_MATPTINC",
            measure="ks4.pct_disadvantaged",
            n="TPUP_MATPTINC",
            n_schools="NUMINST_MATPTINC",
        ),
    ]
    for end, group, n_schools in _GROUPS:
        # The number of pupils is published for all pupils only.
        n = "TPUP_MATPTINC" if group is None else None
        figures.append(
            Figure(
                column=f"P8MEA_WGTAVG{end}",
                measure="ks4.progress8",
                group=group,
                lower=f"P8CILOW{end}",
                upper=f"P8CIUPP{end}",
                n=n,
                coverage=f"P8MEACOV{end}" if n else None,
                n_schools=n_schools,
            )
        )
        figures += [
            Figure(column=f"{column}{end}", measure=measure, group=group, n=n, n_schools=n_schools)
            for column, measure in (
                ("ATT8SCR_WGTAVG", "ks4.attainment8"),
                ("PTL2BASICS_95_WGTAVG", "ks4.basics_strong"),
                ("EBACCAPS_WGTAVG", "ks4.ebacc_aps"),
                ("PTEBACC_E_PTQ_EE_WGTAVG", "ks4.ebacc_entry"),
            )
        ]
    return tuple(figures)


_DESCRIBING = ("TIME_PERIOD", "TRUST_GROUP_TYPE", "TRUST_NAME", "TRUST_UID", _MEMBERS, _N_MEMBERS)
LAYOUTS: Mapping[int, tuple[Layout, ...]] = MappingProxyType(
    {2023: (Layout("trusts", _DESCRIBING, _figures()),)}
)


def read_trusts(opened: OpenedFile) -> Release:
    """Read DfE's measures of trusts at Key Stage 4.

    Parameters
    ----------
    opened
        An ``…_ks4-mats-performance.csv``. Its year is in the file (``TIME_PERIOD``).

    Returns
    -------
    Release
        `group_measures` (weighted by pupils and years in the trust), `groups`, and `memberships`: all
        mainstream academies of the trust, those not in its measures too, seen on the last day of the
        academic year, as the file names no day.

    Raises
    ------
    UnknownColumn
        If a column that the year is known by is missing.
    """
    place_year = opened.period.ending if isinstance(opened.period, AcademicYear) else max(LAYOUTS)
    layout = choose_layout(layouts_of(LAYOUTS, place_year), opened, place_year, MODULE)
    sieve = Sieve(opened, MODULE, columns=layout.headings(opened.columns))
    _keep_trusts(sieve)
    year = _one_year(sieve, place_year)
    note_year(sieve, LAYOUTS, year)
    _number_bands(sieve)
    figures = read_performance(sieve, layout.figures, dataset=NAME, year=year, who="group")
    return sieve.release(
        {
            "group_measures": figures,
            "groups": sieve.rows.select("group", name="TRUST_NAME", kind=_singular("TRUST_GROUP_TYPE")),
            "memberships": _memberships(sieve, datetime.date(year, 8, 31)),
        }
    )


def _keep_trusts(sieve: Sieve) -> None:
    sieve.rows = sieve.rows.with_columns(group=pl.col("TRUST_UID").str.strip_chars())
    remedy = "Compare the row with the publisher's file"
    sieve.refuse(
        ~pl.col("group").str.contains(r"^\d{3,6}$"), "TRUST_UID", "not a group's number (UID)", remedy
    )
    sieve.keep_one_of("group")


def _one_year(sieve: Sieve, place_year: int) -> int:
    """Return the year that the place says; a row that says another (``"202223"``) is refused."""
    said = pl.col("TIME_PERIOD").str.strip_chars()
    right = f"{place_year - 1}{place_year % 100:02d}"
    remedy = f"The file stands in a folder of {AcademicYear(place_year)}: put each year's file in its folder"
    sieve.refuse(said != right, "TIME_PERIOD", "figures of another year", remedy)
    return place_year


def _number_bands(sieve: Sieve) -> None:
    numbers = {words.lower(): str(number) for number, words in enumerate(BANDS, start=1)}
    text = pl.col(_BAND).str.strip_chars()
    number = text.str.to_lowercase().replace_strict(
        list(numbers), list(numbers.values()), default=text, return_dtype=pl.String
    )
    sieve.rows = sieve.rows.with_columns(number.alias(_BAND))


def _singular(column: str) -> pl.Expr:
    """Kind of group as in the register: ``"Multi-academy trust"``."""
    return pl.col(column).str.strip_chars().str.replace(r"trusts$", "trust")


def _memberships(sieve: Sieve, seen: datetime.date) -> pl.DataFrame:
    listed = sieve.rows.select(
        "#row",
        "group",
        pl.col(_N_MEMBERS).str.strip_chars().cast(pl.Int64, strict=False).alias("said"),
        pl.col(_MEMBERS).str.split(";").alias("school"),
    )
    differs = sieve.rows.select(pl.lit((listed["school"].list.len() != listed["said"]).fill_null(True)))
    remedy = "Compare the list of schools with the publisher's file: it may have been cut"
    sieve.report(pl.lit(differs.to_series()), _N_MEMBERS, _NO_COUNT, remedy)
    schools = listed.explode("school").with_columns(pl.col("school").str.strip_chars())
    return schools.filter(pl.col("school").str.contains(r"^\d{6}$")).select(
        "school", "group", pl.lit(seen).alias("seen")
    )


DATASETS = (
    Dataset(
        name=NAME,
        title="Trusts at Key Stage 4 (DfE's own measures)",
        place=re.compile(r"ks4-mats-performance\.csv$", re.IGNORECASE),
        headings=frozenset({"TRUST_UID", "TRUST_NAME", "P8MEA_WGTAVG", _MEMBERS}),
        read=read_trusts,
        tables=("group_measures", "groups", "memberships"),
        module=MODULE,
        notes=("Trusts with at least three schools in their measures; others are not in the file.",),
    ),
)
