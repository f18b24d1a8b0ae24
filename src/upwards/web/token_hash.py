"""How a secret that opens something is kept: as its hash, so that whoever reads the database cannot enter."""

from __future__ import annotations

import hashlib


def hash_of(secret: str) -> str:
    """Return the hash by which a long random secret is found again."""
    return hashlib.sha256(secret.encode()).hexdigest()
