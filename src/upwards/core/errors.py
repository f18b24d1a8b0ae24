"""What can go wrong, and whose it is to mend: the user's (`UserError`) or ours (`InternalError`)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UpwardsError(Exception):
    """Any error that `upwards` raises on purpose."""


class UserError(UpwardsError, ValueError):
    """Something the user can mend: shown as a message without a traceback (exit code 2)."""


class InternalError(UpwardsError, RuntimeError):
    """A bug in `upwards`: shown with a traceback."""


class UnknownColumn(UserError, LookupError):
    """A column was asked for that the data does not have."""


class MissingExtra(UserError, ImportError):
    """An optional part is not installed; the message says how to install it."""


class EmptyData(UserError):
    """Nothing is left to work on once unusable rows are set aside."""


def near_misses(name: str, known: Iterable[str]) -> str:
    """Say which known names are close to a misspelt one.

    Parameters
    ----------
    name
        What was asked for.
    known
        What exists.

    Returns
    -------
    str
        A clause such as ``"; did you mean 'school'?"``, or an empty string.

    Examples
    --------
    >>> near_misses("schol", ["school", "pupil"])
    "; did you mean 'school'?"
    """
    close = difflib.get_close_matches(name, list(known), n=3)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""
