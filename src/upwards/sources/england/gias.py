"""England's register of schools (GIAS): establishments, and the datasets of links and groups beside it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources

import polars as pl
from pyproj import Transformer

from upwards.sources.england.gias_groups import GROUP_DATASETS, phase
from upwards.sources.england.gias_links import LINKS
from upwards.sources.england.markers import read_number, report_cells
from upwards.sources.england.places import place_schools
from upwards.sources.england.plausible import suspect_column
from upwards.sources.england.release import Dataset, OpenedFile, Release
from upwards.sources.england.sieve import Sieve, filled
from upwards.sources.reshape import ROW

_MODULE = "sources/england/gias.py"
_DAY = "%d-%m-%Y"
_HEADINGS = frozenset(
    {
        "URN",
        "LA (code)",
        "LA (name)",
        "EstablishmentName",
        "TypeOfEstablishment (name)",
        "EstablishmentStatus (name)",
        "OpenDate",
        "CloseDate",
        "PhaseOfEducation (name)",
        "NumberOfPupils",
        "GOR (name)",
        "Easting",
        "Northing",
    }
)
_URBAN = "UrbanRural (name)"
_GRID = {"Easting": 700_000, "Northing": 1_300_000}  # metres; the extent of the British National Grid
_PLANNED = ("Open, but proposed to close", "Proposed to open")


def read_establishments(opened: OpenedFile) -> Release:
    """Read GIAS's register of establishments, whole or in part, into `schools`.

    Parameters
    ----------
    opened
        An ``edubasealldata`` file; its period is the day of the register.

    Returns
    -------
    Release
        `schools`: one row for each URN.

    Notes
    -----
    The authority's code is believed before its name. 1900-01-01 and coordinates of 0 mean unknown. The latest
    inspection in the register is left: judgements come from the inspectorate's own file.
    """
    wanted = sorted(_HEADINGS | ({_URBAN} & set(opened.columns)))
    sieve = Sieve(opened, _MODULE, columns=wanted)
    sieve.keep_schools()
    sieve.keep_one_of("school")
    rows = place_schools(sieve.rows, "LA (code)")
    _note_names(sieve, rows)
    schools = rows.select(
        "school",
        pl.col("EstablishmentName").alias("name"),
        pl.col("TypeOfEstablishment (name)").alias("kind"),
        phase("PhaseOfEducation (name)"),
        pl.coalesce("authority", filled("LA (name)")).alias("area"),
        pl.coalesce(filled("GOR (name)"), "authority_region").alias("region"),
        _urban(rows),
    ).with_columns(*_coordinates(sieve), _pupils(sieve), *_days(sieve))
    return sieve.release({"schools": schools})


def _urban(rows: pl.DataFrame) -> pl.Expr:
    if _URBAN not in rows.columns:
        return pl.lit(None, dtype=pl.Boolean).alias("urban")
    text = pl.col(_URBAN).str.to_lowercase()
    said = pl.when(text.str.contains("rural")).then(False).when(text.str.contains("urban")).then(True)
    return said.alias("urban")


def _note_names(sieve: Sieve, rows: pl.DataFrame) -> None:
    name = filled("LA (name)")
    blank = rows.filter(name.is_null() & pl.col("authority").is_not_null()).height
    plain = name.str.to_lowercase().str.replace_all(r"\band\b|[^a-z]", "")
    official = pl.col("authority").str.to_lowercase().str.replace_all(r"\band\b|[^a-z]", "")
    other = rows.filter(plain != official).height
    if blank:
        sieve.problems.note(f"{blank} schools have an authority's code but no name: named by the code")
    if other:
        sieve.problems.note(
            f"{other} schools have an authority whose name is written otherwise or belongs to another code: "
            "the code is believed"
        )


def _coordinates(sieve: Sieve) -> tuple[pl.Series, pl.Series]:
    east, north = (_metres(sieve, heading) for heading in ("Easting", "Northing"))
    known = east.is_not_null() & north.is_not_null()
    known &= ~_elsewhere(sieve, east, north)
    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    longitude, latitude = to_degrees.transform(
        east.filter(known).to_numpy(), north.filter(known).to_numpy(), errcheck=True
    )
    place = known.arg_true()
    empty = pl.Series([None] * len(known), dtype=pl.Float64)
    return (
        empty.scatter(place, pl.Series(latitude)).alias("latitude"),
        empty.clone().scatter(place, pl.Series(longitude)).alias("longitude"),
    )


@cache
def load_squares() -> frozenset[tuple[int, int]]:
    """Return the squares of 100 km that hold land of England or Wales, by column and row.

    Examples
    --------
    >>> (5, 1) in load_squares(), (1, 5) in load_squares()
    (True, False)
    """
    text = resources.files("upwards.sources.england").joinpath("grid.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)["rows"]
    return frozenset((column, row) for row, columns in enumerate(rows) for column in columns)


def _elsewhere(sieve: Sieve, east: pl.Series, north: pl.Series) -> pl.Series:
    """Tell places not to be used: all, where so many are at sea that two headings have changed places.

    A few are the publisher's: the whole register has schools on Man, and slips.
    """
    squares = [float(column * 100 + row) for column, row in load_squares()]
    square = (east // 100_000) * 100 + north // 100_000
    sea = (square.is_not_null() & ~square.is_in(squares)).fill_null(False)
    if suspect_column(sieve, "Easting", sea, square.is_not_null(), "places outside England and Wales"):
        return square.is_not_null()
    n = int(sea.sum())
    if n:
        sieve.problems.note(f"{n} places lie outside England and Wales (see grid.toml); they are kept")
    return pl.repeat(False, len(sea), eager=True)


def _metres(sieve: Sieve, heading: str) -> pl.Series:
    value = _number(sieve, heading)
    wrong = (value < 0) | (value > _GRID[heading])
    remedy = f"It is in metres of the British National Grid, 0 to {_GRID[heading]}: the school has no place"
    sieve.report(pl.lit(wrong.fill_null(False)), heading, "outside the British National Grid", remedy)
    return pl.select(pl.when((value > 0) & ~wrong).then(value)).to_series()


def _number(sieve: Sieve, heading: str) -> pl.Series:
    value, _, fault = read_number(heading, dataset="establishments")
    cells = sieve.rows.select(v=value, fault=fault)
    report_cells(sieve.problems, sieve.file, _MODULE, heading, sieve.rows[ROW], cells["fault"])
    return cells["v"]


def _pupils(sieve: Sieve) -> pl.Series:
    value = _number(sieve, "NumberOfPupils")
    wrong = ((value < 0) | (value != value.round())).fill_null(False)
    sieve.report(pl.lit(wrong), "NumberOfPupils", "not a count", "Compare it with the publisher's file")
    return pl.select(pl.when(~wrong).then(value).cast(pl.Int64).alias("pupils")).to_series()


def _days(sieve: Sieve) -> tuple[pl.Series, pl.Series]:
    opened, closed = sieve.day("OpenDate", _DAY), sieve.day("CloseDate", _DAY)
    last = sieve.last_day
    if last is not None:
        planned = sieve.rows["EstablishmentStatus (name)"].str.strip_chars().is_in(_PLANNED)
        for heading, day in (("OpenDate", opened), ("CloseDate", closed)):
            future = (day > last).fill_null(False)
            sieve.report(
                pl.lit(future & ~planned),
                heading,
                "date after the day of the register",
                "Only a planned opening or closing lies ahead: compare it with the publisher's file",
            )
            n = int((future & planned).sum())
            if n:
                sieve.problems.note(f"{n} planned dates in {heading!r} lie after the register; they are kept")
    return opened.alias("opened"), closed.alias("closed")


ESTABLISHMENTS = Dataset(
    name="establishments",
    title="Register of schools (GIAS establishments)",
    place=re.compile(r"edubasealldata(_\d+|\d{8})?\.csv$", re.IGNORECASE),
    headings=_HEADINGS,
    read=read_establishments,
    tables=("schools",),
    module=_MODULE,
    notes=("The latest inspection that the register shows is not read: judgements come from inspections.",),
)
DATASETS: tuple[Dataset, ...] = (ESTABLISHMENTS, LINKS, *GROUP_DATASETS)
