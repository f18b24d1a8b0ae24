"""Nobody signs up without an invitation, whether by password or by another house's sign-in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from upwards.web.accounts.house_sign_in import House, require_own_token
from upwards.web.accounts.models import Invitation
from upwards.web.trail.sign_ins import write_failed_step


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class KnownPeopleOnly(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who comes from another house is known by the house's own number for them.

    Who has none yet is let in when known or invited under an e-mail that the house has verified.
    """

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> House:
        found = super().get_provider(request, provider, client_id=client_id)
        return House(request, app=found.app)

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        require_own_token(sociallogin)

    def authenticate_by_email(self, sociallogin: Any) -> Any:
        """Find somebody by e-mail, unless the house knows them by another number: an e-mail is given anew."""
        found = super().authenticate_by_email(sociallogin)
        house = sociallogin.account.provider
        if found and SocialAccount.objects.filter(user=found[0], provider=house).exists():
            return None
        return found

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        is_invited = _invitation(sociallogin) is not None
        if not is_invited:
            write_failed_step(None, "another house")
        return is_invited

    def on_authentication_error(self, *args: Any, **kwargs: Any) -> None:
        write_failed_step(None, "another house")

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
        user.name = user.name[:120]
        return user


def _invitation(sociallogin: Any) -> Invitation | None:
    known = [one.email.lower() for one in sociallogin.email_addresses if one.verified]
    still_open = Invitation.objects.filter(
        email__in=known, accepted=None, withdrawn=None, expires__gt=timezone.now()
    )
    return next((one for one in still_open if one.is_covered), None)
