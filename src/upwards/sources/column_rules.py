"""What a text must be to stand in a standard column, for all rows of a batch at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import polars as pl

from upwards.core.academic_year import AcademicYear, UnclearYear
from upwards.core.tables import Column
from upwards.sources.mapping import DateOrder, Decimal
from upwards.sources.markers import reason_missing
from upwards.sources.numbers import number
from upwards.sources.scales import Scale

_MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE_LIKE = (
    rf"(?i)^(\d{{1,4}}[-/.]\d{{1,2}}[-/.]\d{{1,4}}([ T]\d{{1,2}}:\d{{2}}.*)?"
    rf"|\d{{1,2}}[-/ ]{_MONTH}([-/ ]\d{{2,4}})?|{_MONTH}[-/ ]\d{{1,4}})$"
)
YES = ("yes", "y", "true", "t", "1", "1.0")
NO = ("no", "n", "false", "f", "0", "0.0")
_THOUSANDS = r"^([£$€]?\s*-?|-?\s*[£$€]?)\d{1,3}(,\d{3})+(\.\d+)?$"
_DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y")
_MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y")
_ISO = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S")
_CLEAR = (*_ISO, "%d %B %Y", "%d %b %Y", "%d-%b-%Y")


@dataclass(frozen=True, slots=True)
class Rule:
    """How a column is read.

    Attributes
    ----------
    value
        The value, null where there is none that can be used.
    fault
        A code for what is wrong (see `faults`) where there is no value, null where nothing is.
    missing
        Why there is no value, where nothing is wrong; None for columns that do not keep it.
    careful
        A slower way to the value, tried where the first gives none.
    """

    value: pl.Expr
    fault: pl.Expr
    missing: pl.Expr | None = None
    careful: pl.Expr | None = None

    def apply(self, rows: pl.DataFrame) -> tuple[pl.Series, pl.Series, pl.Series | None]:
        """Return value, fault and reason for missing of every row.

        Most cells are fine, so what costs time is done only for those that have no value at first.
        """
        value = _evaluate(rows, self.value)
        fault = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
        missing = fault if self.missing is not None else None
        doubtful = value.is_null().arg_true()
        if not len(doubtful):
            return value, fault, missing
        part = rows[doubtful]
        if self.careful is not None:
            value = value.scatter(doubtful, _evaluate(part, self.careful))
        fault = fault.scatter(doubtful, _evaluate(part, self.fault))
        if self.missing is not None:
            missing = fault.clear(rows.height).scatter(doubtful, _evaluate(part, self.missing))
        return value, fault, missing


def _evaluate(rows: pl.DataFrame, expression: pl.Expr) -> pl.Series:
    # Not `select`, which gives one row for a constant, whatever the number of rows.
    return rows.with_columns(expression.alias("#evaluated"))["#evaluated"]


def rule_for(
    column: Column, rows: pl.DataFrame, *, decimal: Decimal, dates: DateOrder, keeps_reason: bool
) -> Rule:
    """Return how a standard column other than a score is read in a batch."""
    name = column.name
    if column.type == "text":
        return _text(column)
    if column.type == "yes or no":
        return _yes_or_no(name)
    if column.type == "year":
        return _year(name, rows[name].unique())
    if column.type == "date":
        return _date(column, dates)
    return _number(column, decimal, keeps_reason=keeps_reason)


def _text(column: Column) -> Rule:
    text = pl.col(column.name)
    needed = pl.when(text.is_null() & pl.lit(column.required)).then(pl.lit("missing"))
    if not column.allowed:
        return Rule(text, needed)
    lower = text.str.to_lowercase()
    foreign = text.is_not_null() & ~lower.is_in(list(column.allowed))
    return Rule(pl.when(~foreign).then(lower), needed.when(foreign).then(pl.lit("not allowed")))


def _yes_or_no(name: str) -> Rule:
    lower = pl.col(name).str.to_lowercase()
    value = pl.when(lower.is_in(YES)).then(True).when(lower.is_in(NO)).then(False)
    unclear = pl.col(name).is_not_null() & value.is_null() & reason_missing(name).is_null()
    return Rule(value, pl.when(unclear).then(pl.lit("yes or no")))


def _year(name: str, labels: Iterable[str | None]) -> Rule:
    years: dict[str, int] = {}
    for label in labels:
        try:
            years[label or ""] = AcademicYear.parse((label or "").removesuffix(".0")).ending
        except UnclearYear:
            continue
    value = pl.col(name).replace_strict(years, default=None, return_dtype=pl.Int32)
    blank = pl.col(name).is_null()
    return Rule(value, pl.when(blank).then(pl.lit("missing")).when(value.is_null()).then(pl.lit("year")))


def _date(column: Column, order: DateOrder) -> Rule:
    text = pl.col(column.name)
    formats = (*_CLEAR, *(_DAY_FIRST if order == "day first" else _MONTH_FIRST))
    parsed = [text.str.to_date(form, strict=False) for form in formats]
    month = pl.concat_str([text, pl.lit("-01")]).str.to_date("%Y-%m-%d", strict=False)
    value = pl.coalesce([*parsed, month])
    value = pl.when(value.dt.year().is_between(1900, 2100)).then(value)
    unclear = text.is_not_null() & value.is_null() & reason_missing(column.name).is_null()
    needed = text.is_null() & pl.lit(column.required)
    return Rule(value, pl.when(needed).then(pl.lit("missing")).when(unclear).then(pl.lit("date")))


def _number(column: Column, decimal: Decimal, *, keeps_reason: bool) -> Rule:
    name = column.name
    plain = pl.col(name).cast(pl.Float64, strict=False)
    value: pl.Expr = _figure(name, decimal).cast(pl.Float64, strict=False)
    if column.unit in ("share", "probability"):
        value = pl.when(pl.col(name).str.ends_with("%")).then(value / 100).otherwise(value)
    value = pl.when(value.is_finite()).then(value)
    inside = pl.all_horizontal(_bounds(value, column.minimum, column.maximum))
    broken = (value != value.floor()) if column.type == "whole number" else pl.lit(False)
    faults = _fault_of_number(name, value, inside, column, keeps_reason=keeps_reason)
    fault = pl.when(broken).then(pl.lit("not whole")).otherwise(faults)
    dtype = pl.Int64 if column.type == "whole number" else pl.Float64
    kept = pl.when(inside & ~broken).then(value).cast(dtype, strict=False)
    good = plain.is_finite() & pl.all_horizontal(_bounds(plain, column.minimum, column.maximum))
    whole = plain == plain.floor() if column.type == "whole number" else pl.lit(True)
    first = pl.when(good & whole & pl.lit(decimal == ".")).then(plain).cast(dtype, strict=False)
    return Rule(first, fault, _missing(name) if keeps_reason else None, kept)


def _figure(name: str, decimal: Decimal) -> pl.Expr:
    """Write a published figure plainly: "£45,884" as 45884, "45%" as 45."""
    text = pl.col(name)
    if decimal == ",":
        text = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    else:
        text = pl.when(text.str.contains(_THOUSANDS)).then(text.str.replace_all(",", "")).otherwise(text)
    return text.str.replace(r"^(-?)\s*[£$€]\s*", "${1}").str.replace(r"\s*%$", "")


def score_rule(column: Column, scales: dict[str | None, Scale | None]) -> Rule:
    """Return how scores are read, each by the scale in the column ``scale``.

    Parameters
    ----------
    column
        ``score`` or ``prior``.
    scales
        The scales that occur in the batch by name; None stands for no scale named, so plain numbers only.
    """
    name = column.name
    named = pl.col("scale") if column.name == "score" else pl.lit(next(iter(scales)), dtype=pl.String)
    value, fault = pl.lit(None, pl.Float64), pl.lit(None, pl.String)
    for scale_name, scale in scales.items():
        here = named.eq_missing(pl.lit(scale_name, dtype=pl.String))
        rule = _unscaled(name, column) if scale is None else _scaled(name, column, scale)
        value = pl.when(here).then(rule.value).otherwise(value)
        fault = pl.when(here).then(rule.fault).otherwise(fault)
    return Rule(value, fault, pl.when(value.is_null()).then(_missing(name)))


def _unscaled(name: str, column: Column) -> Rule:
    value = number(name)
    fault = _fault_of_number(name, value, pl.lit(True), column, keeps_reason=True)
    return Rule(value, pl.when(fault == "text").then(pl.lit("no scale")).otherwise(fault))


def _scaled(name: str, column: Column, scale: Scale) -> Rule:
    value = scale.score(name)
    if scale.is_plain:
        raw = scale.number(name)
        inside = pl.all_horizontal(_bounds(raw, scale.minimum, scale.maximum))
        return Rule(value, _fault_of_number(name, raw, inside, column, keeps_reason=True))
    text = pl.col(name)
    plain = number(name)
    fault = (
        pl.when(value.is_not_null() | text.is_null() | reason_missing(name).is_not_null())
        .then(None)
        .when(text.str.contains(DATE_LIKE))
        .then(pl.lit("date as score"))
        .when(plain < 0)
        .then(pl.lit("negative"))
        .when(plain.is_not_null())
        .then(pl.lit("outside"))
        .otherwise(pl.lit("not on scale"))
    )
    return Rule(value, fault)


def _bounds(value: pl.Expr, minimum: float | None, maximum: float | None) -> list[pl.Expr]:
    low = value >= minimum if minimum is not None else pl.lit(True)
    return [low, value <= maximum if maximum is not None else pl.lit(True)]


def _fault_of_number(
    name: str, value: pl.Expr, inside: pl.Expr, column: Column, *, keeps_reason: bool
) -> pl.Expr:
    text = pl.col(name)
    absent = text.is_null() | (value.is_null() & reason_missing(name).is_not_null())
    needed = pl.lit("missing" if column.required and not keeps_reason else None, dtype=pl.String)
    return (
        pl.when(absent)
        .then(needed)
        .when(value.is_not_null() & inside)
        .then(None)
        .when(value < 0)
        .then(pl.lit("negative"))
        .when(value.is_not_null())
        .then(pl.lit("outside"))
        .when(text.str.contains(DATE_LIKE))
        .then(pl.lit("date as score" if column.is_score else "date as number"))
        .when(text.str.contains(r"^-?[\d.]*\d,\d+$"))
        .then(pl.lit("decimal comma"))
        .otherwise(pl.lit("text"))
    )


def _missing(name: str) -> pl.Expr:
    blank = pl.when(pl.col(name).is_null()).then(pl.lit("blank"))
    return blank.otherwise(reason_missing(name))


def first_fault(faults: Iterable[pl.Expr]) -> pl.Expr:
    """Return the first fault of a row, null where there is none."""
    return reduce(lambda a, b: pl.coalesce([a, b]), faults, pl.lit(None, pl.String))
