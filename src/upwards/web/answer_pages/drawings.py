"""Charts of a page: drawn once, kept by what is in them, and served from an address of ours."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

from upwards.charts.picture import Picture, to_svg
from upwards.reports.figures import NARROW, WIDE, Figure

T = TypeVar("T")
WIDTHS = (WIDE, NARROW)
VERSION = version("upwards")


@dataclass(slots=True)
class Kept(Generic[T]):
    """The last things made, by a key that says all that is in them."""

    most: int
    made: OrderedDict[str, T] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: str, make: Callable[[], T]) -> T:
        with self.lock:
            if key in self.made:
                self.made.move_to_end(key)
                return self.made[key]
        found = make()
        with self.lock:
            self.made[key] = found
            while len(self.made) > self.most:
                self.made.popitem(last=False)
        return found

    def clear(self) -> None:
        with self.lock:
            self.made.clear()


_SVGS: Kept[str] = Kept(256)


class Drawn(Protocol):
    """A chart of a page, under a name."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def picture(self) -> Picture | None: ...

    def svg(self, width: int) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """A chart that is drawn when it is looked at.

    Attributes
    ----------
    name
        A word for its address.
    title
        What stands above it.
    draw
        A function of `charts`: rows, options and a width in, a picture out.
    rows, options
        All that is drawn; they alone decide what is kept, so nobody can get another's chart.
    """

    name: str
    title: str
    draw: Callable[..., Picture | None]
    rows: Any
    options: Mapping[str, Any] = field(default_factory=dict)

    def picture(self) -> Picture | None:
        return self._picture(WIDE)

    def svg(self, width: int) -> str:
        return _SVGS.get(self._key(width), lambda: self._to_svg(width))

    def _picture(self, width: int) -> Picture | None:
        return self.draw(self.rows, **self.options, width=width)

    def _to_svg(self, width: int) -> str:
        picture = self._picture(width)
        return "" if picture is None else to_svg(picture)

    def _key(self, width: int) -> str:
        drawn = [VERSION, self.draw.__qualname__, self.rows, self.options, width]
        return hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class ReportDrawing:
    """A chart of a report, at both widths."""

    figure: Figure

    @property
    def name(self) -> str:
        return self.figure.id

    @property
    def title(self) -> str:
        return self.figure.title

    def picture(self) -> Picture | None:
        return self.figure.picture

    def svg(self, width: int) -> str:
        picture = self.figure.picture if width == WIDE else (self.figure.small or self.figure.picture)
        drawn = [VERSION, self.name, picture.alt, picture.caption, picture.rows, width]
        key = hashlib.sha256(json.dumps(drawn, sort_keys=True).encode()).hexdigest()
        return _SVGS.get(key, lambda: to_svg(picture))


def report_drawings(*figures: Figure | None) -> tuple[Drawn, ...]:
    """Return the charts of a report that there are."""
    return tuple(ReportDrawing(figure) for figure in figures if figure is not None)
