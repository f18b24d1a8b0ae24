"""Whatever a damaged archive makes its reader raise becomes one message; the machine's own faults do not."""

from __future__ import annotations

import errno
import lzma
import zipfile
import zlib

import pytest

from upwards.core.errors import UserError
from upwards.sources.damaged_archives import reading_archive


@pytest.mark.parametrize(
    "raised",
    [
        zipfile.BadZipFile("no end record"),
        zlib.error("invalid block"),
        lzma.LZMAError("corrupt"),
        EOFError("ended early"),
        NotImplementedError("compression type 99"),
        RuntimeError("encrypted"),
        OSError("Invalid data stream"),
        OSError(errno.EINVAL, "negative seek"),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_damage_becomes_the_readers_message(raised: Exception) -> None:
    with pytest.raises(UserError, match="The archive is damaged"), reading_archive(_damaged):
        raise raised


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES], ids=["full disk", "forbidden"])
def test_the_machines_own_faults_are_not_called_damage(number: int) -> None:
    with pytest.raises(OSError, match="of the machine") as caught, reading_archive(_damaged):
        raise OSError(number, "of the machine")
    assert caught.value.errno == number


def test_a_message_that_was_already_made_is_kept() -> None:
    with pytest.raises(UserError, match="too many members"), reading_archive(_damaged):
        raise UserError("It holds too many members.")


def _damaged() -> UserError:
    return UserError("The archive is damaged.")
