"""What can be wrong with a file somebody sends."""

from __future__ import annotations

from pathlib import Path

from upwards.core.errors import UserError


class MissingFile(UserError, FileNotFoundError):
    """There is no file at the path given."""


class UnreadableFile(UserError):
    """The file exists but its content cannot be read as what it claims to be."""


class UnsupportedFile(UserError):
    """The kind of file is not one that can be read."""


class MalformedRows(UserError):
    """Rows of a text file do not fit its headings."""


class BadMapping(UserError):
    """A mapping cannot be read or does not fit the file."""


class UnknownScale(UserError, LookupError):
    """A scale was named that does not exist."""


def damaged_parquet(path: Path) -> UnreadableFile:
    """Build the message for a Parquet file that cannot be read."""
    return UnreadableFile(
        f"{path.name} is not a readable Parquet file: it was cut short, damaged or is another kind of file. "
        "Copy or export it again, and check that its size matches the original."
    )


def forbidden(path: Path) -> UnreadableFile:
    """Build the message for a file that this user may not read."""
    return UnreadableFile(f"{path.name} may not be read by this user. Change its permissions or copy it.")
