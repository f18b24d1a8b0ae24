"""Pseudonyms: what stands in a workspace in place of a pupil's or a teacher's identifier."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from upwards.core.identifiers import IdentifierKind, normalise_identifier
from upwards.store.durable_files import read_file, write_once
from upwards.store.workspace_errors import UnreadableWorkspace

if TYPE_CHECKING:
    import polars as pl

KINDS: tuple[IdentifierKind, ...] = get_args(IdentifierKind)

_KEY_BYTES = 32
_DIGEST_BYTES = 16
DIGITS = 2 * _DIGEST_BYTES
"""Length of a pseudonym."""


def read_secret(path: Path) -> bytes:
    """Return the secret of a workspace, from which all its keys are derived.

    Raises
    ------
    UnreadableWorkspace
        When the file is missing or damaged.
    """
    try:
        secret = bytes.fromhex(read_file(path).decode("ascii").strip())
    except (FileNotFoundError, ValueError) as error:
        if isinstance(error, UnreadableWorkspace):
            raise
        secret = b""
    if len(secret) != _KEY_BYTES:
        raise UnreadableWorkspace(
            f"The workspace's secret {path.name} is missing or damaged. Without it new files cannot be "
            "joined with those already imported; restore it from a backup."
        )
    return secret


@dataclass(frozen=True, slots=True, eq=False)
class Pseudonyms:
    """The keyed hash of a workspace: the same identifier always gets the same pseudonym.

    Each kind of person has its own key, derived from the workspace's one secret, so that a teacher
    who was once a pupil there, or a number used for both, cannot be linked. Without the secret a
    pseudonym can neither be reversed nor tried out.
    """

    _keys: dict[IdentifierKind, bytes] = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Pseudonyms:
        """Read the secret of a workspace and derive its keys.

        Raises
        ------
        UnreadableWorkspace
            When the file is missing or damaged.
        """
        secret = read_secret(path)
        return cls({kind: hmac.digest(secret, f"upwards {kind} 1".encode(), "sha256") for kind in KINDS})

    @staticmethod
    def create_secret(path: Path) -> None:
        """Make the secret of a workspace, unless it has one."""
        write_once(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")

    def of(self, kind: IdentifierKind, identifier: str) -> str | None:
        """Return the pseudonym of an identifier; a blank one has none.

        Parameters
        ----------
        kind
            Whose identifier it is.
        identifier
            As in the file; it is normalised first.

        Returns
        -------
        str or None
            32 hexadecimal digits (128 bit).
        """
        return self._of_each(kind, [identifier])[0]

    def _of_each(self, kind: IdentifierKind, identifiers: Sequence[str]) -> list[str | None]:
        keyed = hashlib.blake2b(key=self._keys[kind], digest_size=_DIGEST_BYTES)
        found: list[str | None] = []
        for identifier in identifiers:
            # Plain letters and digits need no more than upper case; most identifiers are nothing else.
            is_plain = identifier.isascii() and identifier.isalnum()
            normal = identifier.upper() if is_plain else normalise_identifier(identifier, kind)
            digest = keyed.copy()
            digest.update(normal.encode())
            found.append(digest.hexdigest() if normal else None)
        return found

    def of_column(self, kind: IdentifierKind, identifiers: pl.Series) -> pl.Series:
        """Return the pseudonyms of a column; each different identifier is hashed once.

        Parameters
        ----------
        kind
            Whose identifiers they are.
        identifiers
            Text or numbers, shape (n,); missing stays missing.

        Returns
        -------
        polars.Series
            Text, shape (n,), with the same name.
        """
        import polars as pl

        text = identifiers.cast(pl.String)
        known = text.unique().drop_nulls()
        hashed = pl.Series(self._of_each(kind, known.to_list()), dtype=pl.String)
        replaced = text.replace_strict(known, hashed, default=None, return_dtype=pl.String)
        return replaced.alias(identifiers.name)
