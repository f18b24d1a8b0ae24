"""axe finds nothing wrong with any page that anybody of the cast can open, on a desk and on a phone.

The pages come from the table of routes, so that a new one is looked at without being named here. The
browser asks; Django's test client answers in its place, with what the server would send.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.stories.axe import begins_below, scrolls_sideways, violations
from tests.stories.conftest import SIZES
from tests.web.conftest import EVERYBODY
from tests.web.routes import ANY, ROUTES
from tests.web.uploads_of_trust import work_off

pytestmark = pytest.mark.django_db
HOUSE = "http://localhost"
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="700" height="300"/>'  # in place of each chart
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# What differs between two readers of the same page, and says nothing of its look.
OWN = re.compile(r'<header class="top">.*?</header>|<input[^>]*csrf[^>]*>|\d+', re.DOTALL)


@pytest.fixture(scope="module")
def computed(trust_workspace, tmp_path_factory) -> Path:
    """A copy of the trust in which answers may be kept."""
    folder = tmp_path_factory.mktemp("looked-at") / "orchard"
    shutil.copytree(trust_workspace, folder)
    return folder


@dataclass
class Window:
    """A window, and the one page that it is given."""

    page: Any
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def show(self, address: str, body: str, headers: dict[str, str]) -> Any:
        self.body, self.headers = body, headers
        self.page.goto(address)
        return self.page

    def answer(self, route: Any) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            file = finders.find(path.removeprefix("/static/"))
            route.fulfill(path=file, content_type=TYPES.get(Path(file).suffix, ""))
        elif route.request.resource_type == "document":
            route.fulfill(body=self.body, headers=self.headers)
        elif route.request.resource_type == "image":
            route.fulfill(body=PICTURE, content_type=TYPES[".svg"])
        else:
            route.fulfill(status=204)  # what htmx asks for later stays as it is

    def hear(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def window(chromium):
    context = chromium.new_context(base_url=HOUSE)
    opened = Window(context.new_page())
    context.route("**/*", opened.answer)
    opened.page.on("console", opened.hear)
    yield opened
    context.close()


@pytest.fixture
def shown(window):
    """Show a page's bytes at its address; what it loads comes from the folder of static files."""
    window.complaints.clear()
    yield window.show
    assert not window.complaints, "the browser complains"


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
        page = shown(HOUSE + address, body, {name: str(text) for name, text in answer.headers.items()})
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            found += [f"{who}, {size}: too wide: {one}" for one in scrolls_sideways(page)]
            if size == "phone":
                found += [f"{who}: not on the first screen: {one}" for one in begins_below(page)]
            if size != "narrowest":
                found += [f"{who}, {size}: {one}" for one in violations(page)]
    assert not found, "\n".join(found)


def test_what_is_wrong_would_be_found(shown):
    link = '<a href="/" style="color: #999; font-size: 9px; white-space: pre">here</a>'
    body = (
        f"<!doctype html><html><title>x</title><main>{link}{link}<img src=y><p>{'x' * 999}</p></main></html>"
    )
    page = shown(f"{HOUSE}/wrong/", body, {"content-type": "text/html"})
    page.set_viewport_size({"width": 360, "height": 740})
    broken = {one.partition(":")[0] for one in violations(page)}
    assert broken >= {"color-contrast", "html-has-lang", "image-alt", "target-size"}
    assert scrolls_sideways(page)
