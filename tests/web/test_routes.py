"""Every address is in the table of routes, and every row of it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.web.api_of_trust import token_for
from tests.web.conftest import EVERYBODY
from tests.web.routes import ANY, ROUTES, Row
from tests.web.routes.api import HOLDERS, OPERATIONS
from upwards.web.api.api import operations

pytestmark = pytest.mark.django_db
NO_POST = {ANY: 405}


def patterns(resolver: URLResolver | None = None) -> Iterator[URLPattern]:
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        else:
            yield one


def is_ours(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.startswith("upwards.")


def address_of(route: str, row: Row) -> str:
    return reverse(route, args=row.arguments() if callable(row.arguments) else row.arguments)


def said_by(expected: Mapping[str, int]) -> dict[str, int]:
    return {who: expected.get(who, expected[ANY]) for who in EVERYBODY}


def status_of(answer: HttpResponse) -> int:
    return 200 if answer.status_code == 202 else answer.status_code


def undone(browser: Client, address: str, body: Mapping[str, str]) -> HttpResponse:
    """Post, and take back what it changed, so that the next of the cast finds the same."""
    begun = transaction.savepoint()
    answer = browser.post(address, body)
    transaction.savepoint_rollback(begun)
    return answer


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
    address = address_of(route, row)
    browsers = {who: browser_of(who) for who in EVERYBODY}
    got = {who: status_of(browser.get(address)) for who, browser in browsers.items()}
    assert got == said_by(row.expected)
    # A view that takes a POST answers something other than 405, and its row must then say what.
    posted = {who: undone(browser, address, row.body) for who, browser in browsers.items()}
    refused = {**NO_POST, "stranger": 302 if posted["stranger"].status_code == 302 else 405}
    assert {who: one.status_code for who, one in posted.items()} == said_by(row.post or refused)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_is_led_to_the_sign_in_page(method, stranger):
    answer = getattr(stranger, method)(reverse("invitations"))
    assert answer.headers["Location"] == f"{reverse('account_login')}?next={reverse('invitations')}"


def test_every_operation_of_programs_has_a_row():
    assert {one.url_name for _, one in operations()} == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_holder_of_a_token_gets_what_the_table_says(name, people, stranger):
    (methods,) = [one.methods for _, one in operations() if one.url_name == name]
    ask = stranger.get if "GET" in methods else stranger.post
    address, row = address_of(name, ROUTES[name]), OPERATIONS[name]
    assert ask(address, row.query).status_code == 401
    got, wanted = {}, {}
    for who in HOLDERS:
        begun = transaction.savepoint()
        headers = {"Authorization": f"Bearer {token_for(people[who])[1]}"}
        got[who] = status_of(ask(address, row.query, headers=headers))
        wanted[who] = row.expected.get(who, row.expected[ANY])
        transaction.savepoint_rollback(begun)
    assert got == wanted
