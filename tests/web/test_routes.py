"""Every address is in the table of routes, and every row of it holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.web.conftest import EVERYBODY
from tests.web.routes import ANY, ROUTES

pytestmark = pytest.mark.django_db


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        else:
            yield one


def is_ours(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.startswith("upwards.")


def test_every_address_has_a_row():
    names = [pattern.name for pattern in patterns()]
    assert None not in names
    assert not set(names) ^ set(ROUTES)


def test_every_view_of_ours_says_for_whom_it_is():
    closed = [one for one in patterns() if is_ours(one) and getattr(one.callback, "login_required", True)]
    assert closed
    assert not [one.name for one in closed if not hasattr(one.callback, "upwards_access")]


@pytest.mark.parametrize("route", ROUTES)
def test_everybody_gets_what_the_table_says(route, browser_of):
    row = ROUTES[route]
    arguments = row.arguments() if callable(row.arguments) else row.arguments
    address = reverse(route, args=arguments)
    got, wanted = {}, {}
    for who in EVERYBODY:
        status = browser_of(who).get(address).status_code
        got[who] = 200 if status == 202 else status
        wanted[who] = row.expected.get(who, row.expected.get(ANY))
    assert got == wanted


def test_a_stranger_is_led_to_the_sign_in_page(stranger):
    answer = stranger.get(reverse("invitations"))
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={reverse('invitations')}"
