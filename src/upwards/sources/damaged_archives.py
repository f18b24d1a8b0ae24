"""Archives that are damaged, or made to do harm: one message for all that they make a reader raise."""

from __future__ import annotations

import errno
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from upwards.core.errors import UserError

# What Python's zipfile raises for bytes that are no archive, or not one that it can unpack.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
# A place outside the file, and bytes that are not bzip2's; a full disk or a forbidden file is no damage.
_DAMAGE_NUMBERS = (errno.EINVAL, None)


@contextmanager
def reading_archive(damaged: Callable[[], UserError]) -> Iterator[None]:
    """Turn whatever a damaged archive makes its reader raise into one message.

    Parameters
    ----------
    damaged
        Makes the message.

    Raises
    ------
    UserError
        The message, or the one that was raised inside; the machine's own errors go through.

    Examples
    --------
    >>> with reading_archive(lambda: UserError("It is damaged.")):
    ...     raise EOFError
    Traceback (most recent call last):
    upwards.core.errors.UserError: It is damaged.
    """
    try:
        yield
    except UserError:
        raise
    except _DAMAGE as error:
        raise damaged() from error
    except OSError as error:
        if error.errno not in _DAMAGE_NUMBERS:
            raise
        raise damaged() from error
