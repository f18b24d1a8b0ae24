"""axe finds nothing wrong with any page that anybody of the cast can open, on a desk and on a phone.

The pages come from the table of routes, so that a new one is looked at without being named here. The
browser asks; Django's test client answers in its place, with what the server would send.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from django.http import HttpResponse
from django.urls import reverse

from tests.stories.axe import begins_below, scrolls_sideways, violations
from tests.stories.conftest import SIZES
from tests.stories.shown_page import HOUSE
from tests.web.conftest import EVERYBODY
from tests.web.partnerships_of_trust import coaching_of_cast
from tests.web.routes import ANY, ROUTES
from tests.web.uploads_of_trust import work_off

pytestmark = pytest.mark.django_db
# What differs between two readers of the same page, and says nothing of its look.
OWN = re.compile(r'<header class="top">.*?</header>|<input[^>]*csrf[^>]*>|\d+', re.DOTALL)


@pytest.fixture(scope="module")
def computed(trust_workspace, tmp_path_factory) -> Path:
    """A copy of the trust in which answers may be kept."""
    folder = tmp_path_factory.mktemp("looked-at") / "orchard"
    shutil.copytree(trust_workspace, folder)
    return folder


def readers_of(row) -> list[str]:
    return [who for who in EVERYBODY if row.expected.get(who, row.expected.get(ANY)) == 200]


@pytest.mark.parametrize("route", [name for name, row in ROUTES.items() if readers_of(row)])
def test_nothing_is_wrong_with_the_page(route, browser_of, shown, computed, settings):
    settings.UPWARDS_WORKSPACE = computed
    row = ROUTES[route]
    address = reverse(route, args=row.arguments() if callable(row.arguments) else row.arguments)
    found, seen = [], set()
    for who in readers_of(row):
        client = browser_of(who)
        answer = client.get(address)
        while answer.status_code == 202:
            work_off()
            answer = client.get(address)
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        body = answer.content.decode()
        if (own := OWN.sub("", body)) in seen:
            continue  # it looks the same as to somebody before
        seen.add(own)
        page = shown(HOUSE + address, answer)
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{who}, {size}: too wide: {one}" for one in scrolls_sideways(page)]
            if size == "phone":
                found += [f"{who}: not on the first screen: {one}" for one in begins_below(page)]
            if size != "narrowest":
                found += [f"{who}, {size}: {one}" for one in violations(page)]
    assert not found, "\n".join(found)


def test_a_word_without_end_makes_no_page_wider(browser_of, shown):
    made = coaching_of_cast()
    made.subject = made.aim = "Word" * 30
    made.save()
    client = browser_of("school_lead")
    for address in (reverse("monday"), reverse("partnerships"), reverse("partnership", args=[made.pk])):
        answer = client.get(address)
        assert made.subject in answer.content.decode()
        page = shown(HOUSE + address, answer)
        page.set_viewport_size({"width": 360, "height": 740})
        assert not scrolls_sideways(page), address


def test_what_is_wrong_would_be_found(shown):
    link = '<a href="/" style="color: #999; font-size: 9px; white-space: pre">here</a>'
    body = (
        f"<!doctype html><html><title>x</title><main>{link}{link}<img src=y><p>{'x' * 999}</p></main></html>"
    )
    page = shown(f"{HOUSE}/wrong/", HttpResponse(body))
    page.set_viewport_size({"width": 360, "height": 740})
    broken = {one.partition(":")[0] for one in violations(page)}
    assert broken >= {"color-contrast", "html-has-lang", "image-alt", "target-size"}
    assert scrolls_sideways(page)
