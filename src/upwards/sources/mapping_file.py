"""A mapping as a TOML file: written so that a person can edit it, read back with clear errors."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
import tomllib
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from upwards.core.errors import near_misses
from upwards.core.tables import Table, UnknownTable, find_table
from upwards.sources.errors import BadMapping, MissingFile, UnknownScale
from upwards.sources.mapping import Constant, DateOrder, Decimal, Mapping, WideColumn
from upwards.sources.scales import find_scale, load_scales

_SECTIONS = ("table", "intake", "columns", "constants", "wide", "scales", "values", "extra", "reading")
_SCALE_KEYS = ("score", "prior", "score_min", "score_max", "prior_min", "prior_max")
_EXTRA_KEYS = ("number", "text", "leave_out")
_READING_KEYS = ("dates", "decimal", "pupils_numbered_within", "sheet")


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping that was saved, and perhaps edited.

    Raises
    ------
    MissingFile
        If there is no such file.
    BadMapping
        If it is not TOML, or names tables, columns, scales or keys that do not exist.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise MissingFile(
            f"There is no mapping {str(path)!r}. Import once without one to have it proposed."
        ) from None
    except UnicodeDecodeError:
        raise BadMapping(f"{path.name} is not UTF-8 text. Save it again as UTF-8.") from None
    return read_mapping_text(text, path.name)


def read_mapping_text(text: str, where: str = "The mapping") -> Mapping:
    """Read a mapping from its text.

    Raises
    ------
    BadMapping
        If it is not TOML, or names tables, columns, scales or keys that do not exist.
    """
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadMapping(f"{where} is not valid TOML: {error}. Texts need quotation marks.") from None
    return parse_mapping(data, where)


def parse_mapping(data: Dict[str, Any], where: str = "The mapping") -> Mapping:
    """Build a mapping from what a TOML file holds, naming whatever does not fit."""
    _known(where, "section", data, _SECTIONS)
    try:
        table = find_table(str(data.get("table", "results")))
    except UnknownTable as error:
        raise BadMapping(f"{where}: {error}") from None
    columns = _section(where, data, "columns")
    _standard(where, "columns", columns, table)
    constants = _section(where, data, "constants")
    _standard(where, "constants", constants, table)
    values = _section(where, data, "values")
    _standard(where, "values", values, table)
    extra = _section(where, data, "extra")
    _known(where, "key in [extra]", extra, _EXTRA_KEYS)
    mapping = Mapping(
        table.name,
        {name: _text(where, f"columns.{name}", heading) for name, heading in columns.items()},
        {name: _constant(where, f"constants.{name}", value) for name, value in constants.items()},
        tuple(_wide(where, i, entry, table) for i, entry in enumerate(data.get("wide", []), start=1)),
        _scales(where, _section(where, data, "scales")),
        {name: _words(where, name, words) for name, words in values.items()},
        _texts(where, "extra.number", extra.get("number", [])),
        _texts(where, "extra.text", extra.get("text", [])),
        _texts(where, "extra.leave_out", extra.get("leave_out", [])),
        _texts(where, "intake", data.get("intake", [])),
    )
    return _consistent(where, _with_reading(where, mapping, _section(where, data, "reading")))


def _with_reading(where: str, mapping: Mapping, reading: dict[str, Any]) -> Mapping:
    _known(where, "key in [reading]", reading, _READING_KEYS)
    return replace(
        mapping,
        pupils_numbered_within=reading.get("pupils_numbered_within"),
        sheet=reading.get("sheet"),
        decimal=_one_of(where, "reading.decimal", reading.get("decimal", "."), get_args(Decimal)),
        dates=_one_of(where, "reading.dates", reading.get("dates", "day first"), get_args(DateOrder)),
    )


def _consistent(where: str, mapping: Mapping) -> Mapping:
    both = set(mapping.columns) & set(mapping.constants)
    if both:
        name = min(both)
        raise BadMapping(f"{where} gives {name!r} both a heading and a constant. Delete one of the two.")
    if mapping.wide and mapping.value_column is None:
        raise BadMapping(f"{where}: {mapping.table!r} has no scores, so it cannot have [[wide]] columns.")
    if mapping.wide and mapping.value_column in mapping.columns:
        raise BadMapping(
            f"{where} gives {mapping.value_column!r} one heading under [columns] and others under [[wide]]. "
            "Delete one of the two."
        )
    within = mapping.pupils_numbered_within
    if within is not None and not mapping.provides(within):
        raise BadMapping(
            f"{where}: pupils_numbered_within names {within!r}, which is neither column nor constant."
        )
    return mapping


def _section(where: str, data: Dict[str, Any], name: str) -> dict[str, Any]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise BadMapping(f"{where}: {name} must be a section, written as [{name}] with one line per column.")
    return section


def _words(where: str, name: str, words: object) -> dict[str, str]:
    if not isinstance(words, dict):
        raise BadMapping(f'{where}: values.{name} must be a section such as [values.{name}] with F = "yes".')
    return {str(word): str(meaning) for word, meaning in words.items()}


def _known(where: str, what: str, given: Iterable[str], known: tuple[str, ...]) -> None:
    for name in given:
        if name not in known:
            hint = near_misses(name, known) or "."
            raise BadMapping(f"{where} has an unknown {what}: {name!r}{hint} There are: {', '.join(known)}.")


def _standard(where: str, section: str, given: Iterable[str], table: Table) -> None:
    for name in given:
        if name not in table.names:
            hint = near_misses(name, table.names) or "."
            raise BadMapping(
                f"{where}, [{section}]: {table.name!r} has no column {name!r}{hint} Its columns are "
                f"{', '.join(table.names)}; any other heading can be kept under [extra]."
            )


def _text(where: str, key: str, value: object) -> str:
    if not isinstance(value, str):
        raise BadMapping(f"{where}: {key} must be text in quotation marks, not {value!r}.")
    return value


def _texts(where: str, key: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise BadMapping(f'{where}: {key} must be a list, such as ["SES", "absence"].')
    return tuple(_text(where, key, value) for value in values)


def _constant(where: str, key: str, value: object) -> Constant:
    if isinstance(value, (str, int, float, datetime.date)) and not isinstance(value, datetime.datetime):
        return value
    raise BadMapping(f"{where}: {key} must be a text, a number, true, false or a date such as 2015-05-01.")


def _one_of(where: str, key: str, value: Any, allowed: tuple[Any, ...]) -> Any:
    if value not in allowed:
        raise BadMapping(f"{where}: {key} must be one of {', '.join(map(repr, allowed))}, not {value!r}.")
    return value


def _scales(where: str, given: dict[str, Any]) -> dict[str, str | float]:
    _known(where, "key in [scales]", given, _SCALE_KEYS)
    for key, value in given.items():
        if key.endswith(("_min", "_max")):
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise BadMapping(f"{where}: scales.{key} must be a number, not {value!r}.")
            continue
        try:
            find_scale(_text(where, f"scales.{key}", value))
        except UnknownScale as error:
            raise BadMapping(f"{where}, [scales]: {error}") from None
    return given


def _wide(where: str, number: int, entry: object, table: Table) -> WideColumn:
    key = f"[[wide]] number {number}"
    if not isinstance(entry, dict) or "heading" not in entry:
        raise BadMapping(f'{where}: {key} needs a line such as heading = "Maths 2019".')
    given = {name: value for name, value in entry.items() if name != "heading"}
    _standard(where, key, given, table)
    own = {name: value.get("heading") for name, value in given.items() if isinstance(value, dict)}
    columns = {name: _text(where, f"{key}.{name}", heading) for name, heading in own.items()}
    constants = {n: _constant(where, f"{key}.{n}", v) for n, v in given.items() if n not in own}
    return WideColumn(_text(where, f"{key}.heading", entry["heading"]), constants, columns)


def write_mapping(mapping: Mapping, path: str | Path, *, file: str = "") -> None:
    """Save a mapping as TOML with remarks, whole or not at all."""
    path = Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".map-", suffix=".toml")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(mapping_text(mapping, file=file))
    Path(name).replace(path)


def mapping_text(mapping: Mapping, *, file: str = "") -> str:
    """Write a mapping as TOML with remarks.

    Examples
    --------
    >>> print(mapping_text(Mapping("results", {"score": "Mark"})).splitlines()[4])
    table = "results"
    """
    table = find_table(mapping.table)
    lines = [
        _remark(f"How {file or 'a file'} becomes the standard table {table.name!r}."),
        "# On the left the standard name, on the right the heading in the file. Edit it and",
        "# import again with --map; what each standard column means is in the reference, 'Standard tables'.",
        *(_remark(f"LOOK AT THIS: {doubt}") for doubt in mapping.doubts),
        "",
        f"table = {_toml(table.name)}",
    ]
    if mapping.intake:
        lines.append(f"intake = {_toml(list(mapping.intake))}  # what pupils bring")
    lines += ["", "[columns]", *_assignments(mapping.columns)]
    free = [name for name in table.names if not mapping.provides(name) and not name.endswith("_missing")]
    lines += [f"# not in the file: {', '.join(free)}"] if free else []
    if mapping.constants:
        lines += ["", "[constants]  # the same in every row", *_assignments(mapping.constants)]
    lines += [line for entry in mapping.wide for line in _wide_lines(entry)]
    if {"score", "prior"} & set(table.names):
        lines += ["", f"[scales]  # one of: {', '.join(load_scales())}", *_assignments(mapping.scales)]
    for name, words in mapping.values.items():
        lines += ["", f"[values.{_key(name)}]  # word in the file = what it stands for", *_assignments(words)]
    lines += ["", "[extra]  # other headings: kept under their own names, or not read at all"]
    kept = (mapping.extra_number, mapping.extra_text, mapping.leave_out)
    lines += [f"{key} = {_toml(list(names))}" for key, names in zip(_EXTRA_KEYS, kept, strict=True)]
    return "\n".join([*lines, "", "[reading]", *_reading(mapping)]) + "\n"


def _wide_lines(entry: WideColumn) -> list[str]:
    own = [f"{_key(name)} = {{ heading = {_toml(heading)} }}" for name, heading in entry.columns.items()]
    return ["", "[[wide]]", f"heading = {_toml(entry.heading)}", *_assignments(entry.constants), *own]


def _reading(mapping: Mapping) -> list[str]:
    lines = [f"dates = {_toml(mapping.dates)}", f"decimal = {_toml(mapping.decimal)}"]
    if mapping.pupils_numbered_within is not None:
        lines.append(f"pupils_numbered_within = {_toml(mapping.pupils_numbered_within)}")
    if mapping.sheet is not None:
        lines.append(f"sheet = {_toml(mapping.sheet)}")
    return lines


def _remark(text: str) -> str:
    return f"# {' '.join(text.split())}"


def _assignments(pairs: Dict[str, Any]) -> list[str]:
    return [f"{_key(name)} = {_toml(value)}" for name, value in pairs.items()]


def _key(name: str) -> str:
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else _toml(name)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
