"""Settings: every threshold with its value, unit, reason, source and date."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from upwards.core.errors import UserError, near_misses

Value = float | int | bool | str | tuple[float, ...]

# Units without a row here take any number from 0 upwards.
_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "share": (0, 1),
    "probability": (0, 1),
    "reliability": (0, 1),
    "correlation": (-1, 1),
    "share of the gap": (-1, 1),
}
_WHOLE: Final = frozenset(
    ("answers", "clusters", "days", "grade", "innovations", "partners", "pupils")
    + ("recipients", "school days", "teachers", "weeks", "years")
)
_KEYS: Final = ("value", "lower", "upper", "unit", "reason", "source", "date")


class UnknownSetting(UserError, LookupError):
    """A setting was named that does not exist."""


class WrongSetting(UserError, TypeError):
    """A setting has a value, unit or form that it cannot have."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One threshold, with the reason for it.

    Parameters
    ----------
    value
        A number, several numbers, a text, or yes or no.
    unit
        What the value counts, such as ``"pupil SD"``; a ``"share"`` is 0 to 1.
    reason
        Why this value, in one sentence.
    source
        Where it comes from: a publication, a computation, judgement, or the workspace's file.
    date
        When it was set; None where a workspace does not say.
    lower, upper
        Bounds of what is plausible; None for most settings.

    Examples
    --------
    >>> Setting(0.1, "pupil SD", "Smaller is not worth it.", "judgement").value
    0.1
    """

    value: Value
    unit: str
    reason: str
    source: str
    date: datetime.date | None = None
    lower: float | None = None
    upper: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the setting in plain types, ready for JSON.

        Returns
        -------
        dict
            Keys ``value, unit, reason, source, date``; ``lower`` and ``upper`` where it has bounds.

        Examples
        --------
        >>> Setting(2, "years", "One cohort is luck.", "judgement").to_dict()["date"] is None
        True
        """
        bounds = {} if self.lower is None else {"lower": self.lower, "upper": self.upper}
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        rest = {"unit": self.unit, "reason": self.reason, "source": self.source}
        return {"value": value, **bounds, **rest, "date": self.date.isoformat() if self.date else None}


@dataclass(frozen=True, slots=True)
class Settings(Mapping[str, Setting]):
    """All settings of a workspace, by name; a mapping from name to `Setting`.

    Parameters
    ----------
    by_name
        Dotted name to setting. Made by `Settings.load`.

    Examples
    --------
    >>> settings = Settings.load()
    >>> settings.number("bright_spot.size"), settings["bright_spot.size"].unit
    (0.1, 'pupil SD')
    >>> settings["transfer.coaching"].lower, settings["transfer.coaching"].upper
    (0.0, 0.4)
    """

    by_name: Mapping[str, Setting]

    def __getitem__(self, name: str) -> Setting:
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownSetting(f"There is no setting {name!r}{near_misses(name, self.by_name)}.") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def __len__(self) -> int:
        return len(self.by_name)

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    @classmethod
    def load(cls, path: Path | None = None) -> Settings:
        """Read the settings that come with `upwards`, and what a workspace replaces of them.

        Parameters
        ----------
        path
            A workspace's ``upwards.toml``. Its table ``[settings]`` holds what it replaces, such as
            ``bright_spot.size = 0.15`` or a table ``[settings.bright_spot.size]`` with ``value`` and
            any of ``lower, upper, unit, reason, source, date``. Without a path: the defaults.

        Returns
        -------
        Settings

        Raises
        ------
        UnknownSetting
            If a name or key is not known; near misses are named.
        WrongSetting
            If a value is of the wrong type, outside its range or bounds, or in another unit; or if
            the file is not TOML.

        Examples
        --------
        >>> len(Settings.load()) > 40
        True
        """
        defaults = _defaults()
        if path is None:
            return defaults
        changed = {
            name: _replace(defaults[name], name, given, path.name)
            for name, given in _given(_read(path), defaults, path.name)
        }
        return cls(MappingProxyType({**defaults.by_name, **changed}))

    def number(self, name: str) -> float:
        """Return a setting that is one number.

        Parameters
        ----------
        name
            Dotted name.

        Returns
        -------
        float
            In the unit of the setting.

        Raises
        ------
        UnknownSetting
            If there is no such setting.
        WrongSetting
            If it is not one number.

        Examples
        --------
        >>> Settings.load().number("bright_spot.certainty")
        0.8
        """
        value = self[name].value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongSetting(f"Setting {name!r} is not a number: it is {value!r}.")
        return float(value)

    def count(self, name: str) -> int:
        """Return a setting that is one whole number.

        Parameters
        ----------
        name
            Dotted name.

        Returns
        -------
        int
            In the unit of the setting.

        Raises
        ------
        UnknownSetting
            If there is no such setting.
        WrongSetting
            If it is not one whole number.

        Examples
        --------
        >>> Settings.load().count("bright_spot.min_pupils")
        30
        """
        number = self.number(name)
        if not number.is_integer():
            raise WrongSetting(f"Setting {name!r} is not a whole number: it is {number}.")
        return int(number)

    def used(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the named settings in plain types, for an answer to print.

        Parameters
        ----------
        names
            Dotted names of those that the answer depended on.

        Returns
        -------
        dict
            Name to ``{value, unit, reason, source, date}`` (and bounds), in the order given.

        Raises
        ------
        UnknownSetting
            If there is no such setting.

        Examples
        --------
        >>> Settings.load().used(["top_share"])["top_share"]["value"]
        0.2
        """
        return {name: self[name].to_dict() for name in names}


@cache
def _defaults() -> Settings:
    text = resources.files("upwards.core").joinpath("defaults.toml").read_text(encoding="utf-8")
    found: dict[str, Setting] = {}
    for name, table in _leaves(tomllib.loads(text)):
        value = tuple(table["value"]) if isinstance(table["value"], list) else table["value"]
        found[name] = Setting(**{**table, "value": value})
        _check(found[name], name)
    return Settings(MappingProxyType(found))


def _leaves(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, below in table.items():
        if "value" in below:
            yield above + key, below
        else:
            yield from _leaves(below, f"{above}{key}.")


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongSetting(f"There is no settings file {path.name}. Write one, or leave it out.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(
            f"{path.name} is not a TOML file in UTF-8 ({error}). Settings are read from it; "
            "mend it at the place named."
        ) from None


def _given(document: Mapping[str, Any], known: Settings, file: str) -> Iterator[tuple[str, Any]]:
    groups = {name.split(".")[0] for name in known}
    for name in document:
        if name.split(".")[0] in groups:
            raise WrongSetting(
                f"{file} has {name!r} outside [settings], where it has no effect. Move it under [settings]."
            )
    settings = document.get("settings", {})
    if not isinstance(settings, dict):
        raise WrongSetting(f"{file}: [settings] is a table, not {settings!r}.")
    yield from _named(settings, known, file)


def _named(
    table: Mapping[str, Any], known: Settings, file: str, above: str = ""
) -> Iterator[tuple[str, Any]]:
    for key, below in table.items():
        name = above + key
        if name in known:
            yield name, below
        elif isinstance(below, dict) and any(other.startswith(f"{name}.") for other in known):
            yield from _named(below, known, file, f"{name}.")
        else:
            raise UnknownSetting(f"{file} sets {name!r}, which does not exist{near_misses(name, known)}.")


def _replace(default: Setting, name: str, given: Any, file: str) -> Setting:
    table = given if isinstance(given, dict) else {"value": given}
    for key in table:
        if key not in _KEYS:
            raise UnknownSetting(
                f"{file}: setting {name!r} has no {key!r}{near_misses(key, _KEYS)}. "
                f"It has {', '.join(_KEYS)}."
            )
    if "value" not in table:
        raise WrongSetting(f"{file}: setting {name!r} needs a value.")
    if table.get("unit", default.unit) != default.unit:
        raise WrongSetting(
            f"{file}: setting {name!r} is in {default.unit}, not in {table['unit']!r}. Convert the value."
        )
    said = {"reason": f"set in {file}, no reason given", "source": file, "date": None, **table}
    value = tuple(table["value"]) if isinstance(table["value"], list) else table["value"]
    setting = replace(default, **{**said, "value": value})
    _check_notes(setting, name)
    _check_type(setting, default, name)
    _check(setting, name)
    return setting


def _check_notes(setting: Setting, name: str) -> None:
    for key in ("reason", "source"):
        if not isinstance(getattr(setting, key), str):
            raise WrongSetting(f"The {key} of setting {name!r} is a text in quotation marks.")
    if type(setting.date) not in (datetime.date, type(None)):
        raise WrongSetting(f"The date of setting {name!r} is a day, written 2026-09-01 without quotes.")


def _check_type(setting: Setting, default: Setting, name: str) -> None:
    if _kind(setting.value) != _kind(default.value):
        raise WrongSetting(
            f"Setting {name!r} is {_kind(default.value)}, such as {_written(default.value)}, "
            f"not {_written(setting.value)}."
        )
    bounds = (setting.lower, setting.upper)
    if any(_kind(bound) != "a number" for bound in bounds if bound is not None):
        raise WrongSetting(f"The bounds of setting {name!r} are numbers, not {bounds!r}.")
    if default.lower is None and bounds != (None, None):
        raise WrongSetting(f"Setting {name!r} has no lower or upper bound. Take them out.")


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no (true or false)"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, tuple) and value and all(_kind(one) == "a number" for one in value):
        return "a list of numbers"
    return "something else"


def _written(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)


def _check(setting: Setting, name: str) -> None:
    value = setting.value
    if isinstance(value, bool | str):
        return
    low, high = _RANGES.get(setting.unit, (0, float("inf")))
    bounds = [bound for bound in (setting.lower, setting.upper) if bound is not None]
    for number in (*(value if isinstance(value, tuple) else (value,)), *bounds):
        if not low <= number <= high or number == float("inf"):
            top = f"to {high:g}" if high < float("inf") else "upwards"
            raise WrongSetting(f"Setting {name!r} is {number}; in {setting.unit} it lies from {low:g} {top}.")
        if setting.unit in _WHOLE and number != int(number):
            raise WrongSetting(f"Setting {name!r} is {number}; {setting.unit} are counted in whole numbers.")
    if bounds and not isinstance(value, tuple) and not bounds[0] <= value <= bounds[-1]:
        raise WrongSetting(
            f"Setting {name!r} is {value}, outside its own bounds {bounds[0]} to {bounds[-1]}. "
            "Give lower and upper beside the value."
        )
