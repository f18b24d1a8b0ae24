"""Second steps that failed are in the trail, as passwords that failed are."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from django.core.exceptions import ValidationError

from upwards.web.trail.sign_ins import write_failed_step


class _Noted:
    """A passkey's form that writes a failure down; whose it was is known only after a password."""

    user: Any

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (ValidationError, ValueError):
            write_failed_step(self.user, "passkey")
            raise


class Authenticate(_Noted, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step after a password."""


class Login(_Noted, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey in place of a password."""


class Reauthenticate(_Noted, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey asked for again."""
