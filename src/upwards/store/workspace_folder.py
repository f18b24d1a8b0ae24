"""The folder of a workspace: where everything in it lies, and the right to write there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upwards.store.durable_files import is_half_written, remove_tree
from upwards.store.locks import WAIT_SECONDS, write_lock
from upwards.store.pseudonyms import Pseudonyms

FOLDERS = ("imports", "snapshots", "answers", "rejects", "originals", "staging")
_ABANDONED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class WorkspaceFolder:
    """What every part of `store` needs to know of a workspace.

    Attributes
    ----------
    folder
        Absolute path.
    name
        What the group calls it.
    settings
        The tables of ``upwards.toml`` other than ``[workspace]``.
    """

    folder: Path
    name: str
    settings: Mapping[str, Any]

    @property
    def imports(self) -> Path:
        """Folder of the pseudonymised imports."""
        return self.folder / "imports"

    @property
    def snapshots(self) -> Path:
        """Folder of the snapshots and of the file `current`."""
        return self.folder / "snapshots"

    @property
    def answers(self) -> Path:
        """Folder of the kept answers."""
        return self.folder / "answers"

    @property
    def rejects(self) -> Path:
        """Folder of the rows that were left out."""
        return self.folder / "rejects"

    @property
    def originals(self) -> Path:
        """Folder of the originals kept on request."""
        return self.folder / "originals"

    @property
    def staging(self) -> Path:
        """Folder of what is being written."""
        return self.folder / "staging"

    @property
    def journal(self) -> Path:
        """The file that says which erasure is under way."""
        return self.folder / "erasure.json"

    @property
    def pseudonyms(self) -> Pseudonyms:
        """The keyed hash of this workspace."""
        return Pseudonyms.read(self.folder / "secret.key")

    @contextmanager
    def writing(
        self, *, wait_seconds: float = WAIT_SECONDS, when_waiting: Callable[[], None] | None = None
    ) -> Iterator[None]:
        """Hold the right to write, and clear away what a killed run left behind.

        Raises
        ------
        WorkspaceBusy
            When another run keeps it for longer than `wait_seconds`.
        """
        with write_lock(self.folder / ".lock", wait_seconds=wait_seconds, when_waiting=when_waiting):
            self._sweep()
            try:
                yield
            finally:
                self._clear_staging()

    def _clear_staging(self) -> None:
        for unfinished in self.staging.iterdir():
            remove_tree(unfinished)

    def _sweep(self) -> None:
        """Remove what only a killed run can have left, since nobody else is writing now."""
        self._clear_staging()
        for folder in (self.folder, self.imports, self.rejects, self.originals, self.snapshots):
            for path in folder.iterdir():
                if is_half_written(path):
                    remove_tree(path)
        for path in self.snapshots.glob("*/*"):
            if is_half_written(path):
                remove_tree(path)
        for path in self.answers.glob("*/*"):
            # Answers are kept without the lock, so only what is old is surely abandoned.
            if is_half_written(path) and path.stat().st_mtime < time.time() - _ABANDONED_SECONDS:
                remove_tree(path)
