"""Second steps lie locked in the database: whoever reads only its tables, or a backup, learns no seed."""

from __future__ import annotations

import base64
import logging
import os

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

BEGINS = "locked1:"
_ABOUT = b"upwards second steps 1"
_NONCE, _SEED = 12, 20
_log = logging.getLogger(__name__)


class LockedSteps(DefaultMFAAdapter):  # type: ignore[misc]
    """Locks seeds with a key derived from the signing key; rows from before are read as they are."""

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(_NONCE)
        locked = AESGCM(_key()).encrypt(nonce, text.encode(), _ABOUT)
        return BEGINS + base64.b64encode(nonce + locked).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """Return the seed; one that nobody has where the signing key is another one, so that no code fits."""
        opened = open_step(encrypted_text)
        if opened is not None:
            return opened
        _log.warning("A second step does not open: it was locked with another secrets/signing.key.")
        return base64.b32encode(os.urandom(_SEED)).decode("ascii")


def open_step(text: str) -> str | None:
    """Return what lies in a step, locked or from before; None where the present key does not open it."""
    if not text.startswith(BEGINS):
        return text
    try:
        box = base64.b64decode(text.removeprefix(BEGINS))
        return AESGCM(_key()).decrypt(box[:_NONCE], box[_NONCE:], _ABOUT).decode()
    except (InvalidTag, ValueError):
        return None


def _key() -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_ABOUT)
    return derived.derive(settings.SECRET_KEY.encode())
