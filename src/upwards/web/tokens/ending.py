"""Tokens end when somebody changes how they sign in: whoever made one with a stolen sign-in loses it too."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.mfa.signals import authenticator_removed
from django.contrib import messages
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from upwards.web.accounts.models import User
from upwards.web.tokens.models import Token


@receiver(
    [password_changed, password_reset, authenticator_removed], dispatch_uid="tokens end with the sign-in"
)
def revoke_all(request: HttpRequest, user: User, **about: Any) -> None:
    """Revoke every token of somebody; each is in the trail, and the person is told."""
    with transaction.atomic():
        held = list(Token.objects.select_for_update().filter(user=user, revoked=None))
        for token in held:
            token.revoke()
    if held:
        said = "Your token is" if len(held) == 1 else f"Your {len(held)} tokens are"
        messages.warning(
            request, f"{said} revoked, since how you sign in changed. Make new ones for programs you use."
        )
