"""Sign-ins, and those that failed, are written down: never a password, nor the e-mail of somebody unknown."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import user_logged_in
from allauth.mfa.signals import authentication_failed
from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver

from upwards.web.trail.models import What, write_entry

KIND = "sign-in"


@receiver(user_logged_in, dispatch_uid="trail of sign-ins")
def write_sign_in(user: Any, **about: Any) -> None:
    write_entry(What.DID, KIND, user.pk, who=user.pk)


@receiver(user_login_failed, dispatch_uid="trail of failed sign-ins")
def write_failed(credentials: dict[str, Any], **about: Any) -> None:
    """Name the account that was tried where there is one; who tried is not known."""
    tried = str(credentials.get("email") or "").strip()
    users = get_user_model().objects
    user = users.filter(email__iexact=tried).first() if tried else None
    write_entry(What.DID, KIND, user.pk if user is not None else "", detail="failed")


@receiver(authentication_failed, dispatch_uid="trail of failed second steps")
def write_failed_code(user: Any, **about: Any) -> None:
    write_failed_step(user, "code")


def write_failed_step(user: Any, step: str) -> None:
    """Write down that a second step failed; without a user nobody knows whose passkey was tried."""
    write_entry(What.DID, KIND, user.pk if user is not None else "", detail=f"failed, {step}")
