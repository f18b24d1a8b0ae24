"""The one lock of a workspace: one writer at a time, readers never wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from upwards.store.durable_files import FILE_MODE, refuse_link
from upwards.store.workspace_errors import WorkspaceBusy

WAIT_SECONDS = 600.0
_PATIENCE_SECONDS = 0.5


@contextmanager
def write_lock(
    path: Path, *, wait_seconds: float = WAIT_SECONDS, when_waiting: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the right to write; the operating system gives it back when a process is killed.

    Parameters
    ----------
    path
        The lock's file.
    wait_seconds
        How long another writer is waited for.
    when_waiting
        Called once when there is another writer.

    Raises
    ------
    WorkspaceBusy
        When the other writer is still at work after `wait_seconds`.
    """
    import filelock

    refuse_link(path)
    lock = filelock.FileLock(path, mode=FILE_MODE)
    try:
        lock.acquire(timeout=min(_PATIENCE_SECONDS, wait_seconds))
    except filelock.Timeout:
        if when_waiting is not None:
            when_waiting()
        _wait(lock, wait_seconds)
    try:
        yield
    finally:
        lock.release()


def _wait(lock: object, wait_seconds: float) -> None:
    import filelock

    assert isinstance(lock, filelock.BaseFileLock)
    try:
        lock.acquire(timeout=max(0.0, wait_seconds - _PATIENCE_SECONDS))
    except filelock.Timeout as error:
        raise WorkspaceBusy(
            f"Another run has been writing to this workspace for over {wait_seconds:.0f} seconds. Only one "
            "can write at a time; wait for it to end, or stop it, then run this again."
        ) from error
