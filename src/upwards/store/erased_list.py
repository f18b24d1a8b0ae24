"""The list of erasures: without names, and short-lived, so that a restored backup forgets people too."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from upwards.store.durable_files import read_file, write_file
from upwards.store.erased_traces import Traces, is_trace
from upwards.store.workspace_errors import UnreadableWorkspace

FILE = "erased.json"
RESULTS_KINDS = ("pupil", "teacher")
KINDS = (*RESULTS_KINDS, "person", "user")


@dataclass(frozen=True, slots=True, order=True)
class Erased:
    """One erasure.

    Attributes
    ----------
    at
        When, ISO 8601 in UTC with microseconds, so that texts sort as times do.
    kind
        ``pupil`` or ``teacher`` (rows of results), ``person`` or ``user`` (rows of the application).
    key
        The trace of a pseudonym, or the number of the row; never a name or an identifier. A list of an
        earlier version holds the pseudonym itself, until it is written again.
    """

    at: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class ErasedList:
    """The erasures of one installation.

    Attributes
    ----------
    installation
        Random name of the installation; numbers of rows mean nothing elsewhere.
    erased
        Oldest first.
    """

    installation: str
    erased: tuple[Erased, ...] = ()

    def to_json(self) -> bytes:
        """Return the list as JSON."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, *, where: str) -> ErasedList:
        """Read a list.

        Raises
        ------
        UnreadableWorkspace
            When it is damaged.
        """
        try:
            found = json.loads(content)
            listed = tuple(_checked(one) for one in found["erased"])
            if not isinstance(found["installation"], str):
                raise TypeError
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableWorkspace(
                f"{where}, the list of erasures, is damaged. Take it from the newest backup; without it, "
                "people who were erased could come back."
            ) from error
        return cls(found["installation"], tuple(sorted(listed)))

    def joined(self, others: Iterable[Erased]) -> ErasedList:
        """Return the list with more erasures, each once."""
        return ErasedList(self.installation, tuple(sorted({*self.erased, *others})))

    def traced(self, secret: Path) -> ErasedList:
        """Return the list with a trace in place of each pseudonym; as it is where the secret is not there."""
        plain = {one for one in self.erased if one.kind in RESULTS_KINDS and not is_trace(one.key)}
        if not plain or not secret.is_file():
            return self
        traces = Traces.read(secret)
        hidden = (replace(one, key=traces.of(one.key)) for one in plain)
        return ErasedList(self.installation, tuple(sorted({*self.erased, *hidden} - plain)))


def _checked(one: Mapping[str, Any]) -> Erased:
    found = Erased(**one)
    datetime.fromisoformat(found.at)
    if found.kind not in KINDS or not isinstance(found.key, str):
        raise ValueError
    return found


def read_erased(folder: Path) -> ErasedList:
    """Read the list of a workspace; where there is none, an empty one with a new name, not yet written.

    Parameters
    ----------
    folder
        The workspace.

    Returns
    -------
    ErasedList
    """
    path = folder / FILE
    if not path.exists():
        return ErasedList(secrets.token_hex(8))
    return ErasedList.from_json(read_file(path), where=str(path))


def write_erased(folder: Path, listed: ErasedList) -> ErasedList:
    """Write the list into a workspace, in one step, and return it; the caller holds the right to write."""
    written = listed.traced(folder / "secret.key")
    write_file(folder / FILE, written.to_json())
    return written


def now_text() -> str:
    """Return this moment as the list writes it."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
