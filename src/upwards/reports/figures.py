"""A picture on a page: drawn wide, and drawn again for a narrow screen."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from upwards.charts.picture import Picture, to_svg

WIDE, NARROW = 720, 340


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture on the page, as two images: what is in them can neither run nor clash with the page.

    Attributes
    ----------
    id, title
        Its anchor and what stands above it.
    picture, small
        Wide, and for a narrow screen; None where the wide one serves both. Drawn when they are looked at.
    """

    id: str
    title: str
    picture: Picture
    small: Picture | None

    @property
    def wide(self) -> str:
        """The address of the wide image, which holds the image itself."""
        return data_uri(self.picture)

    @property
    def narrow(self) -> str:
        """The address of the narrow image; nothing where the wide one serves both."""
        return "" if self.small is None else data_uri(self.small)


def draw_figure(id_: str, title: str, draw: Callable[[int], Picture | None]) -> Figure | None:
    """Draw a picture at both widths; None where there is nothing to draw."""
    wide, narrow = draw(WIDE), draw(NARROW)
    if wide is None or narrow is None:
        return None
    return Figure(id_, title, wide, narrow)


def data_uri(picture: Picture) -> str:
    """Return the drawing as the address of an image."""
    return "data:image/svg+xml;base64," + base64.b64encode(to_svg(picture).encode()).decode("ascii")
