"""The outside reference that says what "high" means beyond one's own schools, read from a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from upwards.core.errors import UserError
from upwards.measures.stage_answers import OutsideReference

FORM = 'upper_quartile = 0.15, source = "…" and, if you like, a table [by_subject]'


class UnreadableReference(UserError):
    """The file of the outside reference cannot be used."""


def read_reference(path: Path | None) -> OutsideReference | None:
    r"""Read the outside 75th percentile of what schools add.

    Parameters
    ----------
    path
        TOML with ``upper_quartile`` (pupil SD), ``source`` and, if known, ``[by_subject]``; None is none.

    Returns
    -------
    OutsideReference or None

    Raises
    ------
    UnreadableReference
        When the file cannot be read or lacks a value.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "reference.toml")
    ...     _ = path.write_text('upper_quartile = 0.12\nsource = "national, 2019"')
    ...     read_reference(path).upper_quartile
    0.12
    """
    if path is None:
        return None
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableReference(
            f"{path.name} cannot be read as TOML ({error}). It holds {FORM}."
        ) from error
    quartile: Any = found.get("upper_quartile")
    source = found.get("source")
    if not _is_number(quartile) or not isinstance(source, str) or not source.strip():
        raise UnreadableReference(f"{path.name} lacks a number or its source. It holds {FORM}.")
    subjects = found.get("by_subject", {})
    if not isinstance(subjects, dict) or not all(map(_is_number, subjects.values())):
        raise UnreadableReference(f"[by_subject] of {path.name} maps a subject to a number of pupil SD.")
    return OutsideReference(float(quartile), source, {k: float(v) for k, v in subjects.items()})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -5 < value < 5
