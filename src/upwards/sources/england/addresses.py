"""What England publishes, for which years, and where: read from ``addresses.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from upwards.core.errors import UserError, near_misses
from upwards.sources.file_kinds import KINDS

_FILE = "addresses.toml"
_TYPES: Final[Mapping[str, type]] = MappingProxyType(
    {
        "years": list,
        "optional": bool,
        "checked": bool,
        "imported": bool,
        "days_back": int,
        "addresses": dict,
        "sha256": dict,
    }
)


class WrongAddresses(UserError):
    """A file of addresses has something that cannot be used."""


@dataclass(frozen=True, slots=True)
class Published:
    """One kind of file that a publisher puts out, year after year or as a register of today.

    Attributes
    ----------
    name, family
        Its own name, and the family by which it is asked for: ``"ks2_schools"``, ``"ks2"``.
    title, publisher, licence
        As a reader would say them.
    look
        Page where a person finds it.
    address, place
        Templates of where it is and where it goes in the folder.
    kind
        ``"csv"``, ``"xlsx"`` or ``"parquet"``.
    member
        Its name where an archive comes; empty where none is expected.
    years
        Years that the publisher has, by their ending; empty for a register of today.
    addresses, sha256
        By year, where they are known one by one.
    note, seen
        What to know of it; what the address rests on.
    optional
        Whether the import does without it.
    imported
        Whether the import reads it as it is published.
    checked
        Whether somebody opened the address.
    days_back
        How many earlier days are tried where today's file is not out yet.
    """

    name: str
    family: str
    title: str
    publisher: str
    licence: str
    look: str
    place: str
    kind: str
    address: str = ""
    member: str = ""
    years: tuple[int, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    sha256: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    seen: str = ""
    optional: bool = False
    imported: bool = True
    checked: bool = False
    days_back: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """What does not exist, in words; without years, whatever the year."""

    family: str
    title: str
    why: str
    years: tuple[int, ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Addresses:
    """All that is published: families with their meaning, kinds of files, and what is missing."""

    families: Mapping[str, str]
    published: tuple[Published, ...]
    gaps: tuple[Gap, ...]


def load_addresses(override: Path | None = None) -> Addresses:
    """Read the addresses that come with the program, and what a file replaces or adds.

    Parameters
    ----------
    override
        A file of the same form. Its ``[[dataset]]`` with a known name replaces single keys of that one.

    Returns
    -------
    Addresses

    Raises
    ------
    WrongAddresses
        When the file cannot be read, or a key is unknown, missing or of the wrong type.

    Examples
    --------
    >>> sorted(load_addresses().families)[:3]
    ['absence', 'census', 'finance']
    """
    own = resources.files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    document = tomllib.loads(own)
    source = _FILE
    if override is not None:
        source = override.name
        _merge(document, _read(override), source)
    families = MappingProxyType(dict(document["family"]))
    published = tuple(_published(table, families, source) for table in document["dataset"])
    gaps = tuple(Gap(**{**table, "years": tuple(table.get("years", ()))}) for table in document["gap"])
    return Addresses(families, published, gaps)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongAddresses(f"There is no file {str(path)!r} of addresses. Check its name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise WrongAddresses(
            f"{path.name} cannot be read as TOML in UTF-8 ({error}). Mend it there."
        ) from None


def _merge(document: dict[str, Any], given: Mapping[str, Any], source: str) -> None:
    for key in given:
        if key != "dataset":
            raise WrongAddresses(
                f"{source} has {key!r}; a file of addresses of your own has [[dataset]] tables only, each "
                "with the name of the one that it corrects."
            )
    known = {table["name"]: table for table in document["dataset"]}
    tables = given.get("dataset", [])
    if not isinstance(tables, list):
        raise WrongAddresses(f"{source}: write [[dataset]] with two brackets, once for each dataset.")
    for table in tables:
        if "name" not in table:
            raise WrongAddresses(f"{source} has a [[dataset]] without a name. Known are: {', '.join(known)}.")
        if table["name"] in known:
            known[table["name"]].update(table)
        else:
            document["dataset"].append(table)


def _published(table: Mapping[str, Any], families: Mapping[str, str], source: str) -> Published:
    names = [one.name for one in fields(Published)]
    where = f"{source}, dataset {table.get('name')!r}"
    for key, value in table.items():
        if key not in names:
            raise WrongAddresses(f"{where}: there is no key {key!r}{near_misses(key, names)}.")
        wanted = _TYPES.get(key, str)
        if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
            raise WrongAddresses(f"{where}: {key} is {value!r}, not of the kind {wanted.__name__}.")
    missing = [name for name in names[:8] if name not in table]
    if missing or not (table.get("address") or table.get("addresses")):
        raise WrongAddresses(f"{where}: it lacks {', '.join(missing) or 'an address'}.")
    if table["family"] not in families:
        raise WrongAddresses(
            f"{where}: there is no family {table['family']!r}. Known: {', '.join(families)}."
        )
    if table["kind"] not in KINDS:
        raise WrongAddresses(f"{where}: kind is one of {', '.join(KINDS)}, not {table['kind']!r}.")
    if not all(type(year) is int for year in table.get("years", [])):
        raise WrongAddresses(f"{where}: years is a list of whole numbers, such as [2018, 2019].")
    return Published(**{**table, "years": tuple(table.get("years", ()))})
