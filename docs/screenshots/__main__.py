"""Take the pictures of the manual, and write the page that shows them: python docs/screenshots."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any
from urllib.request import urlopen

sys.path.insert(0, str(Path(__file__).parent))

from pages import SECTIONS, SHOTS
from palette import compress

PROJECT = Path(__file__).parents[2]
SCREENS = PROJECT / "docs" / "screens"
PAGE = PROJECT / "docs" / "how-to" / "the-pages.md"
WORKSPACE = PROJECT / "demo" / "tennessee"
WIDTH, TALLEST = 1100, 1500
# What is secret is not in a picture: passphrases, links, tokens.
UNTOLD = "document.querySelectorAll('main .code').forEach(one => { one.textContent = '…' })"
# Charts are fetched when they come into view; in a picture all of them are.
AT_ONCE = "document.querySelectorAll('main img').forEach(one => { one.loading = 'eager' })"
DRAWN = """[...document.querySelectorAll('main img')].filter(one => one.offsetParent)
  .every(one => one.complete && one.naturalWidth > 0)"""
NAMES = ("chromium", "chromium-browser", "google-chrome")


def main(routes: list[str]) -> None:
    """Take those named, or all."""
    from upwards.actions.prepare_demo import prepare_demo
    from upwards.web.demonstration import house

    prepare_demo("tennessee", WORKSPACE, say=print)
    passphrase, port = house.make_ready(WORKSPACE, say=print)
    house.compute_answers(print)
    SCREENS.mkdir(exist_ok=True)
    with serving(port), windows(f"http://{house.HOST}:{port}", passphrase) as window_of:
        for route in routes or SHOTS:
            take(route, window_of)
    from the_page import write

    PAGE.write_text(write(SECTIONS), encoding="utf-8")


@contextmanager
def serving(port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "upwards", "serve", str(WORKSPACE), "--port", str(port)]
    with Popen(command, stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz")
            yield
        finally:
            process.terminate()


def wait_for(address: str) -> None:
    for _ in range(300):
        try:
            urlopen(address, timeout=10).close()
            return
        except OSError:
            time.sleep(0.5)


@contextmanager
def windows(address: str, passphrase: str) -> Iterator[Any]:
    """Give a function that opens the window of a login, signed in once."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the pages' arguments are looked up beside its loop
    path = next(filter(None, map(shutil.which, NAMES)))
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    opened: dict[str, Any] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*flags, "--disable-gpu"])

        def window_of(reader: str) -> Any:
            if reader not in opened:
                size = {"width": WIDTH, "height": 700}
                page = browser.new_context(base_url=address, viewport=size, locale="en-GB").new_page()
                if reader:
                    sign_in(page, reader, passphrase)
                opened[reader] = page
            return opened[reader]

        yield window_of
        browser.close()


def sign_in(page: Any, reader: str, passphrase: str) -> None:
    page.goto("/account/login/")
    page.get_by_label("Email").fill(f"{reader}@demo.example")
    page.get_by_label("Password").fill(passphrase)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "login" not in url)


def take(route: str, window_of: Any) -> None:
    from django.urls import NoReverseMatch, reverse

    shot = SHOTS[route]
    try:
        path = reverse(route, args=shot.arguments())
    except NoReverseMatch:
        print(f"{route}: there is no such page")
        return
    page = window_of(shot.reader)
    answer = page.goto(path)
    for _ in range(120):
        if answer.status != 202:
            break
        page.wait_for_timeout(1000)
        answer = page.goto(path)
    if answer.status != 200:
        print(f"{route}: {answer.status} for {shot.reader}")
        return
    page.evaluate(UNTOLD)
    page.evaluate(AT_ONCE)
    wait_for_charts(page, route)
    tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
    clip = {"x": 0, "y": 0, "width": WIDTH, "height": tall}
    png = compress(page.screenshot(full_page=True, clip=clip))
    (SCREENS / f"{route}.png").write_bytes(png)
    print(f"{route}: {len(png) // 1024} KB")


def wait_for_charts(page: Any, route: str) -> None:
    for _ in range(120):
        if page.evaluate(DRAWN):
            return
        page.wait_for_timeout(500)
    raise SystemExit(f"{route}: a chart does not come")


if __name__ == "__main__":
    main(sys.argv[1:])
