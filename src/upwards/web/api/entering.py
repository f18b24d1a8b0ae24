"""How a program enters: with a token in a header; never with a session, never with an address."""

from __future__ import annotations

import time

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja.errors import AuthenticationError, Throttled
from ninja.security import HttpBearer

from upwards.core.errors import near_misses
from upwards.web.access import reader_of
from upwards.web.api.problems import Refused
from upwards.web.roles import CAPABILITIES
from upwards.web.rules import rules
from upwards.web.tokens.models import Token

MINUTE = 60


class ProgramToken(HttpBearer):
    """Opens one operation to tokens that may do something; others get 403, strangers 401."""

    def __init__(self, capability: str) -> None:
        if capability not in CAPABILITIES:
            raise LookupError(f"{capability!r} is not in web/roles.py")
        super().__init__()
        self.capability = capability
        self.parameters: frozenset[str] = frozenset()

    def authenticate(self, request: HttpRequest, token: str) -> Token:
        found = Token.find_open(token)
        if found is None:
            raise AuthenticationError
        _throttle(found)
        found.note_use()
        # From here on the request is the token's: a session that came with it counts for nothing.
        request.user = found.user
        vars(request)["upwards_reader"] = found.reader
        vars(request)["upwards_token"] = found
        if not reader_of(request).may(self.capability):
            raise PermissionDenied
        self._refuse_unknown(request)
        return found

    def _refuse_unknown(self, request: HttpRequest) -> None:
        unknown = sorted(set(request.GET) - self.parameters)
        if unknown:
            name = unknown[0][:100]
            said = f"There is no such parameter{near_misses(name, self.parameters) or '.'}"
            raise Refused([{"where": "query", "said": said}])


def token_of(request: HttpRequest) -> Token:
    """Return the token with which a program entered."""
    found: Token = vars(request)["upwards_token"]
    return found


def _throttle(token: Token) -> None:
    """Count the questions of this minute, for all processes in one place."""
    minute, gone = divmod(time.time(), MINUTE)
    if token.count_use(int(minute)) > most_a_minute():
        raise Throttled(wait=int(MINUTE - gone) + 1)


def most_a_minute() -> int:
    """Return how many questions a token may ask in a minute."""
    return rules().count("programs.requests_per_minute")
