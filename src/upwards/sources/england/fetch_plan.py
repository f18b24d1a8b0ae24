"""Which files to fetch for the years asked for, and what of them does not exist."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import urlsplit

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import UserError, near_misses
from upwards.sources.england.addresses import Addresses, Published, WrongAddresses

_PLACEHOLDER = re.compile(r"\{(\w*)\}")
_SAFE_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to fetch.

    Attributes
    ----------
    published
        What it is.
    year
        Year of its figures; None for a register.
    address, place
        Where it is, and where it goes in the folder.
    sha256
        What it must be; None where not known.
    earlier
        The same of earlier days, to try where this is not out yet.
    """

    published: Published
    year: int | None
    address: str
    place: PurePosixPath
    sha256: str | None
    earlier: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Absent:
    """What will not come: it does not exist, its address is not known, or nothing here can read it."""

    family: str
    title: str
    year: int | None
    why: str
    kind: Literal["not published", "not known", "not fetched"] = "not published"


def choose_published(named: Iterable[str], addresses: Addresses) -> tuple[Published, ...]:
    """Return the kinds of files asked for, in the order of the file.

    Parameters
    ----------
    named
        Families or single datasets, such as ``["ks4", "gias_links"]``; all where none is named.
    addresses
        What there is.

    Returns
    -------
    tuple of Published
        What the import cannot read is among them only where it is named, or a family that has nothing else.

    Raises
    ------
    UserError
        When a name is not known; near misses are named.

    Examples
    --------
    >>> from upwards.sources.england.addresses import load_addresses
    >>> [one.name for one in choose_published(["la", "ks4_schools"], load_addresses())]
    ['ks4_schools', 'la_series']
    """
    asked = [name.strip().lower() for name in named if name.strip()]
    names = {one.name for one in addresses.published}
    for name in asked:
        if name not in names and name not in addresses.families:
            known = [*addresses.families, *sorted(names)]
            raise UserError(
                f"There is nothing called {name!r} to fetch{near_misses(name, known) or '.'} "
                f"Known are {', '.join(addresses.families)}."
            )
    useful = {one.family for one in addresses.published if one.imported}
    return tuple(
        one
        for one in addresses.published
        if one.name in asked
        or (one.family in asked and (one.imported or one.family not in useful))
        or (not asked and one.imported)
    )


def plan_fetch(
    addresses: Addresses, chosen: Sequence[Published], years: Sequence[int], today: datetime.date
) -> tuple[tuple[Wanted, ...], tuple[Absent, ...]]:
    """Say which files to fetch, and what of what was asked will not come.

    Parameters
    ----------
    addresses
        What there is.
    chosen
        From `choose_published`.
    years
        Academic years by their ending.
    today
        The day, for registers.

    Returns
    -------
    wanted, absent
        Each file once, though it may hold several years.

    Raises
    ------
    WrongAddresses
        When an address or a place cannot be used.

    Examples
    --------
    >>> from upwards.sources.england.addresses import load_addresses
    >>> known = load_addresses()
    >>> ks2 = choose_published(["ks2"], known)
    >>> wanted, absent = plan_fetch(known, ks2, [2019, 2020], datetime.date(2026, 11, 22))
    >>> str(wanted[0].place)
    'performance-tables/2018-2019/england_ks2final.csv'
    >>> [one.year for one in absent]
    [2020]
    """
    wanted: dict[PurePosixPath, Wanted] = {}
    absent: list[Absent] = []
    for published in chosen:
        for year in years if published.years else [None]:
            if year is None or year in published.years:
                found = _wanted(published, year, today)
                wanted.setdefault(found.place, found)
    for family in dict.fromkeys(one.family for one in chosen):
        absent.extend(_absent(addresses, family, years))
    return tuple(wanted.values()), tuple(absent)


def left_aside(addresses: Addresses) -> tuple[Absent, ...]:
    """Say what is not fetched unless it is named, because the import cannot read it yet.

    Parameters
    ----------
    addresses
        What there is.

    Returns
    -------
    tuple of Absent

    Examples
    --------
    >>> from upwards.sources.england.addresses import load_addresses
    >>> "ofsted" in {one.family for one in left_aside(load_addresses())}
    True
    """
    return tuple(
        Absent(
            one.family,
            one.title,
            None,
            "The import cannot read the publisher's layout yet. Have it all the same with "
            f"--only {one.name}, in a folder of its own.",
            "not fetched",
        )
        for one in addresses.published
        if not one.imported
    )


def _absent(addresses: Addresses, family: str, years: Sequence[int]) -> Iterable[Absent]:
    gaps = [gap for gap in addresses.gaps if gap.family == family]
    for gap in gaps:
        if not gap.years:
            yield Absent(family, gap.title, None, gap.why)
    main = [one for one in addresses.published if one.family == family and one.years and not one.optional]
    for year in years:
        told = [gap for gap in gaps if year in gap.years]
        yield from (Absent(family, gap.title, year, gap.why) for gap in told)
        if main and not any(year in one.years for one in main) and not any(gap.whole for gap in told):
            why = (
                f"No address is known here for {AcademicYear(year)}. If it is published, give the address in "
                f"a file addresses.toml; look at {main[0].look}"
            )
            yield Absent(family, main[0].title, year, why, "not known")


def _wanted(published: Published, year: int | None, day: datetime.date, back: int | None = None) -> Wanted:
    label = "" if year is None else str(year)
    template = published.addresses.get(label) or published.address
    address = _filled(template, _words(year, day), published)
    _check_address(address, published)
    place = _filled(published.place, {**_words(year, day), "file": _last_part(address)}, published)
    sha256 = published.sha256.get(label) or None
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise WrongAddresses(f"The sha256 of {published.name!r} for {label} is not 64 hexadecimal digits.")
    left = published.days_back if back is None else back
    earlier = _wanted(published, year, day - datetime.timedelta(days=1), left - 1) if left > 0 else None
    chain = () if earlier is None else (earlier, *earlier.earlier)
    return Wanted(published, year, address, _checked_place(place, published), sha256, chain)


def _words(year: int | None, day: datetime.date) -> dict[str, str]:
    words = {"date": day.isoformat(), "day": f"{day:%Y%m%d}"}
    if year is not None:
        both = f"{year - 1}-"
        words |= {"year": str(year), "years": f"{both}{year}", "short": f"{both}{year % 100:02d}"}
    return words


def _filled(template: str, words: Mapping[str, str], published: Published) -> str:
    for name in _PLACEHOLDER.findall(template):
        if name not in words:
            raise WrongAddresses(
                f"The dataset {published.name!r} uses {{{name}}}{near_misses(name, words)}; known here are "
                f"{', '.join(words)}."
            )
    return _PLACEHOLDER.sub(lambda found: words[found[1]], template)


def _check_address(address: str, published: Published) -> None:
    try:
        split = urlsplit(address)
        right = split.scheme.lower() in ("https", "http") and bool(split.hostname) and address.isprintable()
    except ValueError:
        right = False
    if not right:
        raise WrongAddresses(
            f"The address of {published.name!r} does not lead to a web server: {address[:60]!r}. Only "
            "https:// and http:// are fetched; correct it in addresses.toml."
        )


def _last_part(address: str) -> str:
    return urlsplit(address).path.rpartition("/")[2]


def _checked_place(place: str, published: Published) -> PurePosixPath:
    path = PurePosixPath(place)
    safe = not path.is_absolute() and all(_SAFE_PART.fullmatch(part) for part in path.parts)
    if not safe or path.suffix != f".{published.kind}":
        raise WrongAddresses(
            f"The place {place[:100]!r} of {published.name!r} cannot be used: it is a path inside the "
            f"folder, of letters, digits, '_', '-' and '.', that ends in .{published.kind}. Correct it in "
            "addresses.toml."
        )
    return path
