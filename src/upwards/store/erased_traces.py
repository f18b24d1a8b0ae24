"""Traces: what stands in the list of erasures in place of an erased person's pseudonym."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from pathlib import Path

from upwards.store.pseudonyms import read_secret

_NAME_BYTES = 4
_DIGEST_BYTES = 16
_BETWEEN = "-"


@dataclass(frozen=True, slots=True, eq=False)
class Traces:
    """The keyed hash of a workspace's pseudonyms: who has the list, but not the secret, finds nobody by it.

    Attributes
    ----------
    name
        Of the key, which begins every trace, so that another workspace's is not taken for this one's.
    """

    name: str
    _key: bytes = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Traces:
        """Derive the key from the secret of a workspace.

        Raises
        ------
        UnreadableWorkspace
            When the file is missing or damaged.
        """
        key = hmac.digest(read_secret(path), b"upwards erased 1", "sha256")
        return cls(hashlib.blake2b(key=key, digest_size=_NAME_BYTES, person=b"name").hexdigest(), key)

    def of(self, pseudonym: str) -> str:
        """Return the trace of a pseudonym; the same each time."""
        digest = hashlib.blake2b(pseudonym.encode(), key=self._key, digest_size=_DIGEST_BYTES)
        return f"{self.name}{_BETWEEN}{digest.hexdigest()}"

    def are_of(self, trace: str) -> bool:
        """Say whether a trace was made with this key."""
        return trace.startswith(f"{self.name}{_BETWEEN}")


def is_trace(key: str) -> bool:
    """Say whether this is a trace; a pseudonym has hexadecimal digits only."""
    return _BETWEEN in key
