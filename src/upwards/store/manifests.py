"""The manifest of a snapshot: what is in it and where every row came from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from upwards.store.workspace_errors import UnreadableWorkspace

FORMAT = 2  # 2: an import says how many rows it wrote into each table


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One file that entered a snapshot.

    Attributes
    ----------
    id
        Hash of the file's content, the table and the mapping: the same file read the same way.
    table
        Standard table it went to.
    file
        Its name, without folder.
    sha256, bytes
        Hash and size of the original.
    mapping
        Which column became which, and how grades became scores; JSON values only.
    settings
        What else decided the outcome, such as ``keep_good``.
    n_in, n_kept
        Rows in the file and rows that entered: ``n_in == n_kept + sum(rejected.values())``.
    rejected
        Rows left out, by reason.
    n_replaced
        Rows of earlier imports that these rows took the place of.
    imported
        When, ISO 8601 in UTC.
    yields
        Rows written by standard table, where one file fills several or one row becomes several.
    """

    id: str
    table: str
    file: str
    sha256: str
    bytes: int
    mapping: Mapping[str, Any]
    settings: Mapping[str, Any]
    n_in: int
    n_kept: int
    rejected: Mapping[str, int]
    n_replaced: int
    imported: str
    yields: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a record whose rows do not add up: it would be a bug, never a user's mistake."""
        if self.n_in != self.n_kept + sum(self.rejected.values()):
            raise ValueError(f"{self.n_in} rows in, {self.n_kept} kept, {dict(self.rejected)} left out")


@dataclass(frozen=True, slots=True)
class TableRecord:
    """One table of a snapshot: rows, size in bytes and hash of its file, and its columns' types."""

    rows: int
    bytes: int
    sha256: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What an erasure leaves behind: that it happened, when, and how many rows; never who."""

    id: str
    date: str
    kind: str
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself.

    Attributes
    ----------
    id
        Name of the snapshot's folder: a running number and a hash.
    created
        ISO 8601 in UTC.
    previous
        The snapshot that it was made from, if any.
    imports
        The files whose rows it holds, oldest first.
    tables
        Its tables by name.
    versions
        Of `upwards` and of the libraries that wrote the files.
    erasures
        What was erased from it since.
    format
        Version of this layout.
    """

    id: str
    created: str
    previous: str | None
    imports: tuple[ImportRecord, ...]
    tables: Mapping[str, TableRecord]
    versions: Mapping[str, str]
    erasures: tuple[Tombstone, ...] = ()
    format: int = field(default=FORMAT)

    @property
    def token(self) -> str:
        """Name the state of the snapshot; it changes with every erasure."""
        return f"{self.id}-{len(self.erasures)}"

    def to_json(self) -> bytes:
        """Return the manifest as indented JSON."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, *, where: str) -> Manifest:
        """Read a manifest.

        Raises
        ------
        UnreadableWorkspace
            When it is damaged or was written by a newer version.
        """
        try:
            found = json.loads(content)
            if found["format"] > FORMAT:
                raise UnreadableWorkspace(
                    f"{where} has format {found['format']}; this version of upwards reads up to {FORMAT}. "
                    "Update upwards to read it."
                )
            return cls(
                **{
                    **found,
                    "imports": tuple(ImportRecord(**record) for record in found["imports"]),
                    "tables": {name: TableRecord(**record) for name, record in found["tables"].items()},
                    "erasures": tuple(Tombstone(**record) for record in found["erasures"]),
                }
            )
        except UnreadableWorkspace:
            raise
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UnreadableWorkspace(
                f"{where} is damaged ({type(error).__name__}). Restore the workspace from a backup, or go "
                "back with: upwards import --undo."
            ) from error

    def with_erasure(self, tombstone: Tombstone, tables: Mapping[str, TableRecord]) -> Manifest:
        """Return the manifest after an erasure that changed `tables`."""
        return replace(self, erasures=(*self.erasures, tombstone), tables={**self.tables, **tables})
