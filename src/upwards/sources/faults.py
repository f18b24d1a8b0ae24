"""Faults of a value: what to call them and what to do about them."""

from __future__ import annotations

from upwards.core.tables import Column
from upwards.sources.scales import Scale

# code: (what happened, what to do)
_FAULTS = {
    "missing": (
        "nothing where {column} is needed",
        "Fill it in; if all rows have the same, give it under [constants] in the mapping",
    ),
    "text": (
        "text where a number belongs",
        "Correct it; if it stands for a missing value, leave the cell blank",
    ),
    "decimal comma": (
        "number with a comma",
        "If the comma is a decimal mark, set decimal = ',' under [reading] in the mapping; if it separates "
        "thousands, remove it",
    ),
    "date as score": (
        "date typed as a score",
        "A spreadsheet has turned a grade or mark into a date: format the column as text and type it again",
    ),
    "date as number": ("date where a number belongs", "Format the column as a number and correct it"),
    "negative": ("negative number", "Correct it; if it stands for a missing value, leave the cell blank"),
    "outside": ("number outside {range}", "Correct it, or name the right scale or bounds in the mapping"),
    "not whole": ("number that is not whole", "Correct it"),
    "not on scale": (
        "not a grade of the scale {scale}",
        "The scale has {range}: correct the grade, or name another scale under [scales] in the mapping",
    ),
    "no scale": (
        "grade, but the mapping names no scale",
        "Under [scales] in the mapping write {column} = {fitting}",
    ),
    "unknown scale": ("scale that does not exist", "Use one of {range}"),
    "two scales": (
        "second scale in one subject and assessment",
        "Results on two scales cannot be compared: give each its own assessment, or convert one of them",
    ),
    "year": (
        "not an academic year",
        "Write the year in which it ends (2019) or both (2018/19)",
    ),
    "date": (
        "not a date",
        "Write it as 2019-03-31; for 03/31/2019 set dates = 'month first' under [reading]",
    ),
    "yes or no": (
        "neither yes nor no",
        "Write yes or no, or say under [values.{column}] in the mapping what the word stands for, as in "
        "F = 'yes'",
    ),
    "not allowed": ("not one of the values allowed", "Use one of {range}"),
    "unknown school": (
        "school that is not known",
        "Correct the school, or import it first with --as schools",
    ),
    "duplicate": (
        "same {key} as an earlier row",
        "Keep one of the two; if both count, number the sittings in a column 'attempt'",
    ),
}


def describe_fault(
    code: str,
    column: Column | None,
    *,
    scale: Scale | None = None,
    fitting: tuple[str, ...] = (),
    key: tuple[str, ...] = (),
    allowed: tuple[str, ...] = (),
) -> tuple[str, str]:
    """Say what a fault is and what to do.

    Parameters
    ----------
    code
        As a rule gives it.
    column
        The standard column, or None for the whole row.
    scale, fitting
        The scale used, and those that would fit.
    key
        Columns that must not repeat together.
    allowed
        Values there may be.

    Returns
    -------
    what, remedy
        Without any value of the row.
    """
    what, remedy = _FAULTS[code]
    name = column.name if column else "row"
    words = {
        "column": name,
        "range": _range(column, scale, allowed),
        "scale": repr(scale.name) if scale else "",
        "fitting": _fitting(fitting),
        "key": ", ".join(key),
    }
    return what.format(**words), remedy.format(**words)


def _range(column: Column | None, scale: Scale | None, allowed: tuple[str, ...]) -> str:
    if allowed:
        return ", ".join(allowed)
    if scale is not None:
        where = f" of the scale {scale.name!r}" if scale.is_plain else ""
        return scale.range_in_words + where
    if column is None or (column.minimum is None and column.maximum is None):
        return "what is possible"
    low = "any" if column.minimum is None else f"{column.minimum:g}"
    return f"{low} to {'any' if column.maximum is None else f'{column.maximum:g}'}"


def _fitting(names: tuple[str, ...]) -> str:
    if not names:
        return "the name of a scale; none there is holds all these grades, so correct some first"
    return f"{' or '.join(repr(name) for name in names)} (which hold all grades seen)"
