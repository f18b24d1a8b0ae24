"""Figures of local authorities, regions and England (local authority interactive tool, LAIT), long format."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

import polars as pl

from upwards.sources.england.catalogue import load_catalogue
from upwards.sources.england.markers import read_number, report_cells
from upwards.sources.england.places import COUNTRY, load_authorities, place_schools
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve
from upwards.sources.reshape import ROW

_MODULE = "sources/england/authorities.py"
_WHERE = "sources/england/lait.toml"
_SERIES, _YEARS, _AREA, _CODE, _VALUE = "Short Desc", "Years", "LA and Regions", "LA Number", "Values"
_ONE_YEAR = r"^(\d{4})(?: \((?:Rev|rev|Final|prov|Prov)\))?$"
_TWO_YEARS = r"^(\d{4})[/-](\d{2})(?: \(OT\))?$"
_SPAN = r"^(\d{4})/(\d{2})-(\d{2})/(\d{2})$"
_NEIGHBOURS = "average of other authorities, which is no area"


@cache
def load_series() -> pl.DataFrame:
    """Return the series that have a name of their own.

    Returns
    -------
    polars.DataFrame
        ``series, measure, pupil_group, subject, stage, unit, maximum``.

    Examples
    --------
    >>> load_series().filter(pl.col("series") == "DAP_KS4_Prog8").select("measure", "pupil_group").rows()
    [('ks4.progress8', 'disadvantaged')]
    """
    text = resources.files("upwards.sources.england").joinpath("lait.toml").read_text(encoding="utf-8")
    catalogue = load_catalogue()
    rows = [
        {
            "series": short,
            "measure": one["measure"],
            "pupil_group": group or None,
            "subject": catalogue[one["measure"]].subject,
            "stage": catalogue[one["measure"]].stage,
            "unit": catalogue[one["measure"]].unit,
            "maximum": one.get("maximum"),
        }
        for one in tomllib.loads(text)["series"]
        for group, short in one["short"].items()
    ]
    return pl.DataFrame(rows, schema_overrides={"maximum": pl.Float64})


def read_authorities(opened: OpenedFile) -> Release:
    """Read the long table of LAIT into `area_measures`.

    Parameters
    ----------
    opened
        The table: one row for each series, area and year.

    Returns
    -------
    Release
        `area_measures`: kind ``authority``, ``region`` or ``country``, areas named as in the register.

    Notes
    -----
    A label is read by its form, and every figure stands under the year in which its period ends: "2019" and
    "2019 (Rev)" are 2019, as are "2018/19" (academic), "2018-19", "2018-19 (OT)" (financial, to March), and
    the three-year spans "2017-19" and "2016/17-18/19". Consecutive spans share years: they are no independent
    figures. A label of any other form is left out. '-' is missing: the tool gives no reason.
    """
    sieve = Sieve(opened, _MODULE, columns=(_SERIES, _YEARS, _AREA, _CODE, _VALUE))
    sieve.rows = sieve.rows.rename({_SERIES: "series"})
    _read_years(sieve)
    _read_areas(sieve)
    sieve.leave_out(pl.col("kind").is_null(), _NEIGHBOURS)
    sieve.rows = sieve.rows.with_columns(source=pl.lit(sieve.source)).join(
        load_series(), on="series", how="left", maintain_order="left"
    )
    sieve.rows = sieve.rows.with_columns(
        measure=pl.coalesce("measure", pl.concat_str(pl.lit("lait."), "series"))
    )
    sieve.keep_one_of("area", "year", "measure", "pupil_group", column=_AREA)
    _read_values(sieve)
    return sieve.release({"area_measures": sieve.rows.filter(~pl.col("is_wrong"))})


def _read_years(sieve: Sieve) -> None:
    text = pl.col(_YEARS).str.strip_chars()
    start, end = (text.str.extract(_TWO_YEARS, i).cast(pl.Int32) for i in (1, 2))
    gap = (end - start) % 100
    spans = [text.str.extract(_SPAN, i).cast(pl.Int32) for i in (1, 2, 3, 4)]
    first, first_end, last, last_end = spans
    sensible = ((first_end - first) % 100 == 1) & ((last_end - last) % 100 == 1)
    length = (last_end - first) % 100
    labels = sieve.rows.select(pl.col(_YEARS).unique()).select(
        _YEARS,
        year=pl.when(gap.is_in([1, 2]))
        .then(start + gap)
        .when(sensible & (length == 3))
        .then(first + length)
        .otherwise(text.str.extract(_ONE_YEAR).cast(pl.Int32)),
        is_span=(gap == 2).fill_null(False) | (sensible & (length == 3)).fill_null(False),
        is_financial=text.str.contains(r"\(OT\)$") | (text.str.contains("-") & (gap == 1).fill_null(False)),
    )
    labels = labels.with_columns(year=pl.when(pl.col("year").is_between(1990, 2100)).then("year"))
    sieve.rows = sieve.rows.join(labels, on=_YEARS, how="left", maintain_order="left")
    for label in labels.filter(pl.col("year").is_null())[_YEARS].sort().to_list():
        sieve.leave_out(pl.col(_YEARS) == label, f"year label {label!r}, which is no year")
    _note_years(sieve)


def _note_years(sieve: Sieve) -> None:
    spans, financial = (int(sieve.rows[name].sum()) for name in ("is_span", "is_financial"))
    if spans:
        sieve.problems.note(
            f"{spans} figures cover three years; they stand under the year in which these end"
        )
    if financial:
        sieve.problems.note(
            f"{financial} figures are labelled as '2018-19'; they stand under the year it ends"
        )


def _read_areas(sieve: Sieve) -> None:
    rows = place_schools(sieve.rows, _CODE)
    regions = load_authorities()["authority_region"].unique().to_list()
    name = pl.col(_AREA).str.strip_chars()
    region = name.is_in([*regions, "London (Inner)", "London (Outer)"])
    kind = (
        pl.when(pl.col("authority").is_not_null())
        .then(pl.lit("authority"))
        .when(name == COUNTRY)
        .then(pl.lit("country"))
        .when(region)
        .then(pl.lit("region"))
    )
    sieve.rows = rows.with_columns(area=pl.coalesce("authority", name), kind=kind)
    sieve.refuse(
        pl.col("kind").is_null() & ~name.str.contains("(?i)neighbour|average"),
        _AREA,
        "area that is not known",
        "Add it with its code in sources/england/places.toml",
    )


def _read_values(sieve: Sieve) -> None:
    value, reason, fault = read_number(_VALUE, dataset="authorities")
    sieve.rows = sieve.rows.with_columns(value=value, value_missing=reason, fault=fault)
    report_cells(sieve.problems, sieve.file, _WHERE, _VALUE, sieve.rows[ROW], sieve.rows["fault"])
    too_high = (pl.col("value") > pl.col("maximum")).fill_null(False)
    too_low = ((pl.col("value") < 0) & pl.col("maximum").is_not_null()).fill_null(False)
    sieve.report(
        too_high | too_low,
        _VALUE,
        "figure that is not possible in its unit",
        f"Compare it with the publisher's tool; bounds are in {_WHERE}",
    )
    sieve.rows = sieve.rows.with_columns(is_wrong=pl.col("fault").is_not_null() | too_high | too_low)


DATASETS: tuple[Dataset, ...] = (
    Dataset(
        name="authorities",
        title="Series of local authorities, regions and England (LAIT)",
        place=re.compile(r"lait/.*\.(parquet|csv)$", re.IGNORECASE),
        headings=frozenset({_SERIES, _YEARS, _AREA, _CODE, _VALUE}),
        read=read_authorities,
        tables=("area_measures",),
        module=_MODULE,
        notes=("Figures stand under the year in which their period ends, whatever kind of year it is.",),
    ),
)
