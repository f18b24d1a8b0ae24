"""The secrets of a workspace in a backup: locked with words that whoever runs the server keeps elsewhere."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from upwards.core.errors import UserError

SHORTEST = 12
_SALT, _NONCE = 16, 12
_COST = {"length": 32, "n": 2**15, "r": 8, "p": 1}
_ABOUT = b"upwards secrets 1"


class WrongPassphrase(UserError):
    """The secrets cannot be unlocked."""


def lock(secrets: Mapping[str, bytes], passphrase: str) -> bytes:
    """Return the files, by path, as bytes that only the passphrase opens."""
    if len(passphrase) < SHORTEST:
        raise WrongPassphrase(
            f"The passphrase has {len(passphrase)} characters; it protects the key to all pupils' "
            f"pseudonyms, so it needs at least {SHORTEST}. Four random words do."
        )
    plain = json.dumps({name: base64.b64encode(one).decode() for name, one in secrets.items()}).encode()
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _ABOUT)


def unlock(box: bytes, passphrase: str) -> dict[str, bytes]:
    """Return the files by path."""
    salt, nonce, locked = box[:_SALT], box[_SALT : _SALT + _NONCE], box[_SALT + _NONCE :]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(nonce, locked, _ABOUT)
    except (InvalidTag, ValueError) as error:
        raise WrongPassphrase(
            "The secrets in this backup do not open with that passphrase. Give the right one, or restore "
            "without --with-secrets and put your own copy of secret.key into the workspace."
        ) from error
    return {name: base64.b64decode(one) for name, one in json.loads(plain).items()}


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, **_COST).derive(passphrase.encode())
