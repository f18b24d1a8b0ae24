"""Nobody signs up without an invitation, whether by password or by another house's sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from upwards.web.accounts.models import Invitation


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who comes from another house is let in when invited under the e-mail that the house has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return _invitation(sociallogin) is not None

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> Any:
        with transaction.atomic():
            invitation = _invitation(sociallogin)
            user = super().save_user(request, sociallogin, form)
            if invitation is not None:
                invitation.accept(user)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> Any:
        user = super().populate_user(request, sociallogin, data)
        user.name = data.get("name") or " ".join(
            filter(None, [data.get("first_name"), data.get("last_name")])
        )
        return user


def _invitation(sociallogin: Any) -> Invitation | None:
    known = [one.email.lower() for one in sociallogin.email_addresses if one.verified]
    still_open = Invitation.objects.filter(
        email__in=known, accepted=None, withdrawn=None, expires__gt=timezone.now()
    )
    return next((one for one in still_open if one.is_covered), None)
