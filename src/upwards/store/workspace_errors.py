"""What can go wrong with a workspace, each with what the user can do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from upwards.core.errors import UserError


class NotAWorkspace(UserError, FileNotFoundError):
    """No workspace where one was looked for."""


class FolderNotEmpty(UserError, FileExistsError):
    """A workspace was to be made in a folder that holds something else."""


class UnreadableWorkspace(UserError):
    """A workspace whose own files are damaged, from another version, or not what they claim to be."""


class WorkspaceBusy(UserError, TimeoutError):
    """Somebody else has been writing for longer than we are willing to wait."""


class NoRoom(UserError, OSError):
    """The disk is full, or writing is not allowed; what was there before is unharmed."""


class NoSuchTable(UserError, LookupError):
    """A standard table was asked for that the snapshot does not hold."""


class NothingToUndo(UserError, LookupError):
    """There is no earlier snapshot to go back to."""


class NotClean(UserError):
    """A file has problems and the user did not ask to keep its good rows."""


class RowsAlreadyThere(UserError):
    """Rows of a new file are already held from an earlier one."""


class ColumnsClash(UserError):
    """A column holds numbers in one file and text in another."""


_OUT_OF_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn a failure of the disk into a message; other failures pass unchanged.

    Parameters
    ----------
    doing
        What was being done, such as ``"importing"``.

    Raises
    ------
    NoRoom
        When the disk is full or may not be written.
    """
    try:
        yield
    except UserError:
        raise
    except OSError as error:
        # Polars reports the operating system's error in words only, without its number.
        words = str(error).lower()
        if error.errno in _OUT_OF_SPACE or "no space left" in words or "quota exceeded" in words:
            raise NoRoom(
                f"The disk became full while {doing}. What the workspace held before is unharmed; "
                "free some space, then run the same command again."
            ) from error
        if error.errno in _NOT_ALLOWED or "permission denied" in words:
            raise NoRoom(
                f"The workspace could not be written while {doing}: {error.strerror or 'not allowed'}. "
                "What it held before is unharmed; ask its owner, or run this as its owner."
            ) from error
        raise
