"""Let a person correct how a file is to be read: heading by heading, in place of editing a file."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from upwards.core.errors import UserError
from upwards.core.tables import find_table
from upwards.core.tables.column import Column
from upwards.sources import mapping as mappings
from upwards.sources.mapping_file import mapping_text, read_mapping_text
from upwards.sources.scales import load_scales

AS_NUMBER, AS_TEXT, LEFT_OUT, AS_RESULTS = "extra number", "extra text", "leave out", "results"
_YES = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class MappingChoices:
    """A mapping as a person corrects it.

    Attributes
    ----------
    table
        Name of the standard table.
    uses
        Heading of the file to what it is used for: a standard column, or one of ``"extra number"``,
        ``"extra text"``, ``"leave out"`` and ``"results"`` (a column of scores that becomes rows).
    subjects, years
        Of each heading used for results, as text.
    constants
        Standard column to the value that all rows have, as text.
    scales
        Those of ``score`` and ``prior``, where the table has them.
    dates, decimal
        How dates and numbers are written.
    within
        The column within which pupil numbers are unique; blank where they are everywhere.
    """

    table: str
    uses: Mapping[str, str]
    subjects: Mapping[str, str]
    years: Mapping[str, str]
    constants: Mapping[str, str]
    scales: Mapping[str, str]
    dates: str
    decimal: str
    within: str


def mapping_choices(text: str, headings: Iterable[str]) -> MappingChoices:
    r"""Say what each heading of a file is used for.

    Parameters
    ----------
    text
        A mapping as TOML.
    headings
        Of the file, in order.

    Returns
    -------
    MappingChoices

    Raises
    ------
    UserError
        When the text is not a mapping.

    Examples
    --------
    >>> choices = mapping_choices('table = "results"\n[columns]\nscore = "Mark"', ["Mark", "Note"])
    >>> choices.uses
    {'Mark': 'score', 'Note': 'leave out'}
    """
    mapping = read_mapping_text(text)
    uses = dict.fromkeys(headings, LEFT_OUT)
    uses |= dict.fromkeys(mapping.extra_number, AS_NUMBER)
    uses |= dict.fromkeys(mapping.extra_text, AS_TEXT)
    uses |= {entry.heading: AS_RESULTS for entry in mapping.wide}
    uses |= {heading: name for name, heading in mapping.columns.items()}
    return MappingChoices(
        table=mapping.table,
        uses=uses,
        subjects={entry.heading: str(entry.constants.get("subject", "")) for entry in mapping.wide},
        years={entry.heading: str(entry.constants.get("year", "")) for entry in mapping.wide},
        constants={name: _written(value) for name, value in mapping.constants.items()},
        scales={name: str(mapping.scales.get(name, "")) for name in _scaled(mapping.table)},
        dates=mapping.dates,
        decimal=mapping.decimal,
        within=mapping.pupils_numbered_within or "",
    )


def correct_mapping(text: str, choices: MappingChoices) -> str:
    r"""Return the mapping after a person's corrections; what the choices do not speak of stays.

    Parameters
    ----------
    text
        The mapping before, as TOML.
    choices
        What a person chose.

    Returns
    -------
    str
        The mapping as TOML.

    Raises
    ------
    UserError
        When two headings are to fill one column, a value does not fit its column, or the choices
        contradict one another.

    Examples
    --------
    >>> from dataclasses import replace
    >>> text = 'table = "results"\n[columns]\nscore = "Mark"'
    >>> chosen = replace(mapping_choices(text, ["Mark", "Sex"]), uses={"Mark": "score", "Sex": "sex"})
    >>> print([line for line in correct_mapping(text, chosen).splitlines() if line.startswith("sex")])
    ['sex = "Sex"']
    """
    before = read_mapping_text(text)
    by_use: dict[str, list[str]] = {}
    for heading, use in choices.uses.items():
        by_use.setdefault(use, []).append(heading)
    columns = _columns(before, by_use, choices.uses)
    scales = {n: v for n, v in before.scales.items() if n not in choices.scales}
    scales |= {name: value for name, value in choices.scales.items() if value}
    filled = {name for name in before.intake if name in columns or name not in before.columns}
    changed = replace(
        before,
        columns=columns,
        constants=_constants(before.table, choices.constants),
        wide=tuple(_wide(before, heading, choices) for heading in by_use.get(AS_RESULTS, ())),
        scales=scales,
        extra_number=tuple(by_use.get(AS_NUMBER, ())),
        extra_text=tuple(by_use.get(AS_TEXT, ())),
        leave_out=tuple(by_use.get(LEFT_OUT, ())),
        intake=tuple(name for name in before.intake if name in filled),
        dates="month first" if choices.dates == "month first" else "day first",
        decimal="," if choices.decimal == "," else ".",
        pupils_numbered_within=choices.within or None,
        doubts=(),
    )
    written = mapping_text(changed)
    read_mapping_text(written)  # says what contradicts itself
    return written


def scales_there_are() -> dict[str, str]:
    """Return the scales that a result can have, each with what it means.

    Returns
    -------
    dict

    Examples
    --------
    >>> "number" in scales_there_are()
    True
    """
    return {
        name: f"{scale.meaning.rstrip('.')}: {scale.range_in_words}" for name, scale in load_scales().items()
    }


def _scaled(table: str) -> tuple[str, ...]:
    return ("score", "prior") if table == "results" else ()


def _columns(
    before: mappings.Mapping, by_use: Mapping[str, list[str]], uses: Mapping[str, str]
) -> dict[str, str]:
    shown = {heading: name for name, heading in before.columns.items()}
    found: dict[str, str] = {}
    for name in find_table(before.table).names:
        headings = by_use.get(name, ())
        if len(headings) > 1:
            raise UserError(
                f"{' and '.join(map(repr, headings))} are both to be {name}. Choose one heading for it, and "
                "leave out the other or keep it under its own name."
            )
        if headings:
            found[name] = headings[0]
        elif name in before.columns and uses.get(before.columns[name]) == shown[before.columns[name]]:
            found[name] = before.columns[name]  # one heading that fills two columns, left as it was
    return found


def _wide(before: mappings.Mapping, heading: str, choices: MappingChoices) -> mappings.WideColumn:
    entry = next((one for one in before.wide if one.heading == heading), mappings.WideColumn(heading))
    given = {"subject": choices.subjects.get(heading, ""), "year": choices.years.get(heading, "")}
    others = {name: value for name, value in entry.constants.items() if name not in given}
    return replace(entry, constants={**_constants(before.table, given), **others})


def _constants(table: str, given: Mapping[str, str]) -> dict[str, mappings.Constant]:
    columns = {column.name: column for column in find_table(table).columns}
    return {name: _value(columns[name], text.strip()) for name, text in given.items() if text.strip()}


def _value(column: Column, text: str) -> mappings.Constant:
    try:
        if column.type == "date":
            return datetime.date.fromisoformat(text)
        if column.type == "whole number" or (column.type == "year" and text.isdecimal()):
            return int(text)
        if column.type == "number":
            return float(text)
        if column.type == "yes or no":
            return _YES[text.lower()]
    except (ValueError, KeyError):
        shape = {"date": "a day such as 2015-05-01", "yes or no": "yes or no"}.get(column.type, "a number")
        raise UserError(f"{column.name} has to be {shape}. Write it so, or leave it blank.") from None
    return text


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
