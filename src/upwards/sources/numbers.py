"""When text is a number, and how a number becomes a label: the same rule for every kind of file."""

from __future__ import annotations

import polars as pl

MISSING_WORDS = ("NA", "NaN", "nan")  # as R and pandas write a missing number


def stripped(column: str) -> pl.Expr:
    """Text without spaces around it; blank becomes null."""
    text = pl.col(column).str.strip_chars()
    return pl.when(text != "").then(text)


def exact_text(column: str) -> pl.Expr:
    """Text exactly as it stands; blank becomes null."""
    return pl.when(pl.col(column).str.strip_chars() != "").then(pl.col(column)).alias(column)


def number(column: str) -> pl.Expr:
    """Return the finite number that a text stands for, else null (Float64)."""
    value = stripped(column).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value).alias(column)


def whole_number(column: str) -> pl.Expr:
    """Return the whole number that a text stands for, else null (Int64)."""
    return stripped(column).cast(pl.Int64, strict=False).alias(column)


def label_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """Write a typed column as text: whole numbers without a decimal point, dates as 2019-03-01."""
    value = pl.col(column)
    if dtype == pl.String:
        return exact_text(column)
    if dtype.is_float():
        return value.fill_nan(None).cast(pl.String).str.replace(r"\.0$", "").alias(column)
    if isinstance(dtype, pl.Datetime):
        return value.cast(pl.String).str.replace(r" 00:00:00(\.0+)?$", "").alias(column)
    if dtype == pl.Binary or dtype.is_nested():
        return pl.lit(None, dtype=pl.String).alias(column)
    return value.cast(pl.String).alias(column)


def identifier(column: str) -> pl.Expr:
    """Bring spellings of an identifier together, as `core.identifiers.normalise_identifier` does."""
    text = pl.col(column).str.normalize("NFKC").str.replace_all(r"[\s\x1c-\x1f]+", "")
    upper = text.str.to_uppercase().str.normalize("NFKC").str.replace(r"^(\d+)\.0+$", "${1}")
    return pl.when(upper != "").then(upper).alias(column)
