"""Travel times between schools, from a file or from an OSRM server that the user names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import polars as pl

from upwards.core.errors import UserError
from upwards.core.panel import Floats, Texts
from upwards.core.travel_times import TravelTimes
from upwards.sources.errors import MissingFile, UnreadableFile

COLUMNS = ("from", "to", "minutes")
MOST_PLACES = 100  # what an OSRM server answers at once unless it was told otherwise
WAIT_SECONDS = 30.0


class UnusableServer(UserError, ConnectionError):
    """A server for travel times does not answer as one."""


def read_travel_times(path: Path) -> TravelTimes:
    """Read a table of travel times.

    Parameters
    ----------
    path
        CSV with the columns ``from``, ``to`` (codes of schools) and ``minutes``; more columns are ignored.

    Returns
    -------
    TravelTimes

    Raises
    ------
    MissingFile, UnreadableFile
        When there is no such file, or it lacks a column or any row, a time is not a number of minutes, or one
        pair has two times in one direction.
    """
    if not path.is_file():
        raise MissingFile(f"There is no file {path.name}. Travel times are a CSV file: from,to,minutes.")
    content = path.read_bytes()
    try:
        rows = pl.read_csv(content, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"{path.name} cannot be read as CSV in UTF-8 ({type(error).__name__}). "
            "Save it as: from,to,minutes."
        ) from None
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise UnreadableFile(
            f"{path.name} has no column {missing[0]!r}; it has {', '.join(rows.columns)}. "
            "Travel times need the columns from, to and minutes."
        )
    minutes = rows["minutes"].cast(pl.Float64, strict=False)
    wrong = (minutes.is_null() | ~minutes.is_between(0, 1e6)) & rows["minutes"].is_not_null()
    if wrong.any():
        line = int(wrong.arg_true()[0]) + 2
        raise UnreadableFile(
            f"{path.name}, line {line}, column 'minutes': {rows['minutes'][line - 2]!r} is not a number of "
            "minutes from 0 upwards. Leave it blank where the time is not known."
        )
    start, end = (_texts(rows[name]) for name in COLUMNS[:2])
    if not len(start):
        raise UnreadableFile(
            f"{path.name} has headings and no rows. Travel times are rows of from,to,minutes."
        )
    _refuse_two_times(path.name, start, end, minutes)
    values = np.asarray(minutes.fill_null(float("nan")).to_numpy(), dtype=np.float64)
    return TravelTimes(start, end, values, path.name, hashlib.sha256(content).hexdigest())


def _refuse_two_times(name: str, start: Texts, end: Texts, minutes: pl.Series) -> None:
    """Refuse a pair that has two different times in one direction."""
    rows = pl.DataFrame({"from": start, "to": end, "minutes": minutes}).with_row_index("line", offset=2)
    of_pair = rows.drop_nulls("minutes").with_columns(
        other=pl.col("minutes").first().over("from", "to"), before=pl.col("line").first().over("from", "to")
    )
    twice = of_pair.filter(pl.col("minutes") != pl.col("other"))
    if twice.height:
        row = twice.row(0, named=True)
        raise UnreadableFile(
            f"{name}, lines {row['before']} and {row['line']}: from {row['from']} to {row['to']} takes "
            f"{row['other']:g} minutes and {row['minutes']:g}. Keep one of the two."
        )


def check_address(url: str) -> None:
    """Refuse what is not the address of a server, before anything is sent.

    Parameters
    ----------
    url
        As the user wrote it.

    Raises
    ------
    UnusableServer
        Unless it begins with http:// or https:// and names a host.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UnusableServer(
            f"{url!r} is not the address of a server for travel times; nothing was sent. Write it with "
            "http:// or https://, such as http://localhost:5000."
        )


def ask_osrm(
    url: str, groups: Sequence[tuple[Texts, Floats, Floats]], *, wait_seconds: float = WAIT_SECONDS
) -> TravelTimes:
    """Ask an OSRM server for the driving times between the schools of each group.

    Parameters
    ----------
    url
        Address of the server, such as ``http://localhost:5000``. Coordinates of schools are sent to it, and
        nothing else.
    groups
        For each group the codes, latitudes and longitudes (degrees) of its schools; schools without
        coordinates are left out.
    wait_seconds
        How long one answer may take.

    Returns
    -------
    TravelTimes
        In both directions; NaN where the server found no way.

    Raises
    ------
    UnusableServer
        When the address is none, or the server cannot be reached, refuses, or answers with something else.

    References
    ----------
    OSRM HTTP API, *Table service*, https://project-osrm.org/docs/v5.24.0/api/#table-service.
    """
    import httpx

    check_address(url)
    starts, ends, minutes = [], [], []
    with httpx.Client(base_url=url.rstrip("/"), timeout=wait_seconds) as client:
        for school, latitude, longitude in groups:
            known = np.isfinite(latitude) & np.isfinite(longitude)
            places = (school[known], latitude[known], longitude[known])
            for first, second in _blocks(len(places[0])):
                durations = _table(client, url, places[1], places[2], first, second)
                starts.append(np.repeat(places[0][first], len(second)))
                ends.append(np.tile(places[0][second], len(first)))
                minutes.append(durations.ravel() / 60)
    nobody: list[Any] = [np.zeros(0, dtype=np.str_)]
    return TravelTimes(
        np.concatenate(starts or nobody),
        np.concatenate(ends or nobody),
        np.concatenate(minutes or [np.zeros(0)]),
        f"OSRM server {url}",
    )


def _blocks(n: int) -> Iterator[tuple[Any, Any]]:
    """Yield origins and destinations so that no question has more places than a server answers."""
    if n < 2:
        return
    if n <= MOST_PLACES:
        yield np.arange(n), np.arange(n)
        return
    parts = np.array_split(np.arange(n), -(-n // (MOST_PLACES // 2)))
    for a, b in combinations_with_replacement(range(len(parts)), 2):
        yield parts[a], parts[b]
        if a != b:
            yield parts[b], parts[a]


def _table(client: Any, url: str, latitude: Floats, longitude: Floats, first: Any, second: Any) -> Floats:
    """Ask once; seconds, shape (origins, destinations)."""
    import httpx

    used = np.unique(np.concatenate([first, second]))
    places = ";".join(f"{longitude[i]:.5f},{latitude[i]:.5f}" for i in used)
    query = {"annotations": "duration"}
    if len(first) < len(used) or len(second) < len(used):
        query["sources"] = ";".join(map(str, np.searchsorted(used, first)))
        query["destinations"] = ";".join(map(str, np.searchsorted(used, second)))
    try:
        answer = client.get(f"/table/v1/driving/{places}", params=query)
        body = answer.json()
        durations = np.array(body["durations"], dtype=np.float64)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnusableServer(
            f"The server {url} for travel times could not be asked ({type(error).__name__}). "
            "Check its address, or leave it out: travel times are then estimated."
        ) from None
    except (ValueError, KeyError, TypeError):
        raise UnusableServer(
            f"The server {url} does not answer as an OSRM server (status {answer.status_code}). Check its "
            "address, or leave it out: travel times are then estimated."
        ) from None
    if durations.shape != (len(first), len(second)):
        raise UnusableServer(
            f"The server {url} answered with another number of schools than it was asked for."
        )
    return durations


def _texts(column: pl.Series) -> Texts:
    return np.asarray(column.fill_null("").str.strip_chars().to_list(), dtype=np.str_)
