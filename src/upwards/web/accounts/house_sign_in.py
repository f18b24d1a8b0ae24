"""Another house's sign-in with a nonce, so that a token is used only in the sign-in it was made for."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from requests import RequestException

WAY_BACK = "openid_connect_callback"


class HouseGone:
    """Tell that somebody comes back from a house which is no longer there, as a sign-in that failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        found = request.resolver_match
        if not isinstance(error, RequestException) or found is None or found.url_name != WAY_BACK:
            return None
        house = get_adapter().get_provider(request, found.kwargs["provider_id"])
        response: HttpResponse = render_authentication_error(request, house, exception=error)
        return response


class House(OpenIDConnectProvider):  # type: ignore[misc]
    """A provider that is asked to put our nonce into its token."""

    def redirect(
        self, request: HttpRequest, process: str, next_url: str | None = None, data: Any = None, **kwargs: Any
    ) -> HttpResponse:
        nonce = secrets.token_urlsafe(24)
        asked = {**self.get_auth_params(), "nonce": nonce}  # what the address asks for is passed over
        kwargs |= {"auth_params": asked, "scope": self.get_scope(), "nonce": nonce}
        try:
            response: HttpResponse = super().redirect(request, process, next_url, data, **kwargs)
        except RequestException as error:  # the house is not there
            response = render_authentication_error(request, self, exception=error)
        return response

    def extract_email_addresses(self, data: dict[str, Any]) -> Any:
        """Take an e-mail as verified only where the house says exactly so: "false", a text, is no yes."""
        found = super().extract_email_addresses(data)
        for one in found:
            one.verified = one.verified is True or str(one.verified).lower() == "true"
        return found


def require_own_token(sociallogin: Any) -> None:
    """Refuse a sign-in whose token is not for it, or is about somebody else than the house's own answer.

    Issuer, audience and expiry were looked at when the token was read.
    """
    said = sociallogin.account.extra_data
    token, info = said.get("id_token"), said.get("userinfo")
    nonce = str(sociallogin.state.get("nonce") or "")
    if not token or not nonce or not compare_digest(str(token.get("nonce") or ""), nonce):
        raise PermissionDenied("The token was not made for this sign-in.")
    if info is not None and info.get("sub") != token.get("sub"):
        raise PermissionDenied("The house answers about somebody else than its token names.")
