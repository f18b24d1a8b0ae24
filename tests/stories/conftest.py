"""A real Chromium for the stories; Debian's, never one that is fetched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.stories.houses import own_copy, served
from tests.stories.shown_page import HOUSE, Window
from tests.web.conftest import (
    appointed,
    browser_of,
    imported_trust,
    installation,
    people,
    trust_workspace,
)

# The web's fixtures serve here too.
__all__ = ["appointed", "browser_of", "imported_trust", "installation", "people", "trust_workspace"]

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = "Chromium is not installed. On Debian: apt-get install chromium"
SIZES = {"desk": (1280, 900), "phone": (360, 740), "narrowest": (320, 640)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all as needing a browser."""
    for item in items:
        if "stories" in item.path.parts:
            item.add_marker(pytest.mark.browser)


def found_chromium() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Start it once for a file of tests; without it they skip visibly."""
    path = found_chromium()
    if path is None:
        required = os.environ.get("UPWARDS_REQUIRE", "").replace(",", " ").split()
        assert not {"chromium", "browser"} & set(required), MISSING
        pytest.skip(MISSING)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as surroundings:
        # Playwright keeps an event loop in this thread; Django would take that for an asynchronous program.
        surroundings.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*flags, "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def window(chromium: Any) -> Iterator[Window]:
    context = chromium.new_context(base_url=HOUSE)
    opened = Window(context.new_page())
    context.route("**/*", opened.answer)
    opened.page.on("console", opened.hear)
    yield opened
    context.close()


@pytest.fixture
def shown(window: Window) -> Iterator[Callable[[str, Any], Any]]:
    """Show an answer at its address; what it loads comes from the folder of static files."""
    window.complaints.clear()
    yield window.show
    assert not window.complaints, "the browser complains"


WAYS = {
    "mouse": {"keyboard": False, "script": True},
    "without JavaScript": {"keyboard": False, "script": False},
    "keyboard alone": {"keyboard": True, "script": True},
}


@dataclass(frozen=True)
class House:
    """A served workspace, and the way in which its people work."""

    address: str
    passphrase: str
    open_window: Any
    keyboard: bool

    def somebody(self, size: str = "desk", *, looks: bool = False) -> Any:
        """Open a window of one's own, in which nobody is signed in."""
        from tests.stories.hands import Somebody

        return Somebody(self.open_window(size), keyboard=self.keyboard, looks=looks)

    def signed_in(self, name: str, size: str = "desk", *, looks: bool = False) -> Any:
        person = self.somebody(size, looks=looks)
        person.signs_in(name, self.passphrase)
        return person


def _house(kind: str, chromium: Any, way: str, factory: pytest.TempPathFactory) -> Iterator[House]:
    folder, passphrase = own_copy(kind, factory)
    contexts = []
    how = WAYS[way]
    with served(folder) as address:

        def open_window(size: str) -> Any:
            width, height = SIZES[size]
            about = {"base_url": address, "java_script_enabled": how["script"], "locale": "en-GB"}
            touch = {"has_touch": True, "is_mobile": True} if size != "desk" and not how["keyboard"] else {}
            viewport = {"width": width, "height": height}
            contexts.append(chromium.new_context(viewport=viewport, **about, **touch))
            return contexts[-1].new_page()

        yield House(address, passphrase, open_window, how["keyboard"])
        for one in contexts:
            one.close()


@pytest.fixture(scope="module", params=WAYS)
def house(request: pytest.FixtureRequest, chromium: Any, tmp_path_factory: Any) -> Iterator[House]:
    """A trust with results and people."""
    yield from _house("full", chromium, request.param, tmp_path_factory)


@pytest.fixture(scope="module", params=WAYS)
def empty_house(request: pytest.FixtureRequest, chromium: Any, tmp_path_factory: Any) -> Iterator[House]:
    """A trust on its first day."""
    yield from _house("empty", chromium, request.param, tmp_path_factory)
