"""RECTYPE: which rows of a performance table are schools. Its codes differ between files and years."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from upwards.sources.england.opening import record_types
from upwards.sources.england.sieve import Sieve

RECORD_TYPE = "RECTYPE"
MAINSTREAM, SPECIAL = "Mainstream school", "Special school"
AUTHORITY, NATION = "total of a local authority", "total of the country"
_ROLES = (("authority", AUTHORITY), ("national", NATION), ("special", SPECIAL), ("mainstream", MAINSTREAM))


def keep_school_records(
    sieve: Sieve, stage: str, recorded: Mapping[str, str], year: int, *, has_totals: bool = False
) -> None:
    """Keep the rows that are schools, and say of each whether it is mainstream or special.

    Parameters
    ----------
    sieve
        The file. Its rows get a column ``record``, null where the file has no RECTYPE. Totals are left out by
        reason; a code that is not known is refused.
    stage
        Which dictionary of the year says what the codes mean: ``"ks2"`` or ``"ks4"``.
    recorded
        What they meant in that year, for a folder without the dictionary.
    year
        Academic year by its ending, for messages.
    has_totals
        Whether this kind of file ends with totals of the country: without them it may have been cut.
    """
    if RECORD_TYPE not in sieve.rows.columns:
        sieve.rows = sieve.rows.with_columns(record=pl.lit(None, pl.String))
        sieve.problems.note("no RECTYPE: every row is taken for a school, mainstream or special not known")
        return
    said = record_types(sieve.opened.path.parent, stage)
    if said is None:
        sieve.problems.note(f"no {stage}_meta.csv beside it: RECTYPE is read as {sieve.module} records it")
    roles = {code: role for code, text in (said or recorded).items() if (role := _role(text)) is not None}
    code = pl.col(RECORD_TYPE).str.strip_chars().str.replace(r"\.0$", "")
    record = code.replace_strict(list(roles), list(roles.values()), default=None, return_dtype=pl.String)
    sieve.rows = sieve.rows.with_columns(record=record)
    sieve.refuse(
        pl.col("record").is_null(),
        RECORD_TYPE,
        "record type that is not known",
        f"Look it up in {stage}_meta.csv of the year; if it is new, add it under {year} in {sieve.module}",
    )
    sieve.leave_out(pl.col("record") == AUTHORITY, AUTHORITY)
    leave_out = sieve.leave_out_totals if has_totals else sieve.leave_out
    leave_out(pl.col("record") == NATION, NATION)


def _role(text: str) -> str | None:
    return next((role for word, role in _ROLES if word in text.lower()), None)
