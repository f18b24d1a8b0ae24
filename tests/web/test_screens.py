"""Every page of the web application has its picture in the manual, or a reason why not."""

from __future__ import annotations

import runpy
import struct
import sys
import zlib
from importlib import import_module

import numpy as np
import pytest

from tests.web.conftest import EVERYBODY
from tests.web.routes import ANY, ROUTES
from tests.web.test_routes import is_ours, patterns

OTHER_THAN_PAGES = (
    "_table",
    "api-description",
    "_csv",
    "_xlsx",
    "_export",
    "chart",
    "healthz",
    "readyz",
    "metrics",
    "feed",
    "own_held",
    "_file",
)
AVERAGE, WIDTH = 80 * 1024, 1100


@pytest.fixture(scope="module")
def pages(project):
    sys.path.insert(0, str(project / "docs" / "screenshots"))
    try:
        yield vars(import_module("pages"))
    finally:
        sys.path.pop(0)


def is_a_page(route: str) -> bool:
    expected = ROUTES[route].expected
    opens = 200 in {expected.get(who, expected.get(ANY)) for who in EVERYBODY}
    return opens and not route.endswith(OTHER_THAN_PAGES)


def test_every_page_has_a_picture_or_a_reason(pages):
    ours = {one.name for one in patterns() if is_ours(one)}
    wanted = {route for route in ours & set(ROUTES) if is_a_page(route)}
    lacking = sorted(wanted - set(pages["SHOTS"]) - set(pages["NOT_SHOWN"]))
    assert not lacking, (
        "Without a picture: add a line for each to docs/screenshots/pages.py, then: make screenshots"
    )
    assert not sorted(set(pages["SHOTS"]) - set(ROUTES)), "These pictures are of no page"


def test_each_picture_is_there_small_and_of_one_width(pages, project):
    files = {route: project / "docs" / "screens" / f"{route}.png" for route in pages["SHOTS"]}
    assert not [route for route, path in files.items() if not path.is_file()], "make screenshots"
    sizes = [path.stat().st_size for path in files.values()]
    assert sum(sizes) / len(sizes) < AVERAGE
    assert {struct.unpack(">I", path.read_bytes()[16:20])[0] for path in files.values()} == {WIDTH}
    kept = {path.stem for path in (project / "docs" / "screens").glob("*.png")}
    assert kept == set(files), "These pictures belong to no line of docs/screenshots/pages.py"


def test_the_manual_shows_each_with_a_sentence_and_words_for_who_does_not_see_it(pages, project):
    write = runpy.run_path(str(project / "docs" / "screenshots" / "the_page.py"))["write"]
    page = (project / "docs" / "how-to" / "the-pages.md").read_text(encoding="utf-8")
    assert page == write(pages["SECTIONS"]), "make screenshots"


def test_a_picture_keeps_its_colours(project, tmp_path):
    """One of four colours, as browsers write it, comes back as it was."""
    palette = runpy.run_path(str(project / "docs" / "screenshots" / "palette.py"))
    rng = np.random.default_rng(5)
    colours = np.array([[255, 255, 255], [26, 26, 26], [31, 78, 121], [0, 128, 0]], np.uint8)
    picture = colours[rng.integers(0, 4, (9, 7))]
    lines = []
    above = np.zeros(21, np.int32)
    for number, row in enumerate(picture.reshape(9, 21).astype(np.int32)):
        left, corner = np.r_[0, 0, 0, row[:-3]], np.r_[0, 0, 0, above[:-3]]
        guess = [0 * row, left, above, (left + above) // 2, None][number % 5]
        if guess is None:
            near = zip(left, above, corner, strict=True)
            guess = np.array([min((a, b, c), key=lambda x, p=a + b - c: abs(p - x)) for a, b, c in near])
        lines.append(bytes([number % 5]) + ((row - guess) % 256).astype(np.uint8).tobytes())
        above = row
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 7, 9, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(lines))),
    ]
    png = palette["SIGNATURE"] + b"".join(palette["_chunk"](*one) for one in [*parts, (b"IEND", b"")])
    small = palette["compress"](png)
    kept = small[small.index(b"PLTE") + 4 :][:12]
    index = zlib.decompress(small[small.index(b"IDAT") + 4 : small.index(b"IEND") - 8])
    got = np.frombuffer(index, np.uint8).reshape(9, 8)[:, 1:]
    assert (np.frombuffer(kept, np.uint8).reshape(4, 3)[got] == picture).all()
