"""The menu: few pages in plain sight, chosen by role, and all others in groups, for those who may."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Final

from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from upwards.web.access import WHOLE_GROUP, Reader
from upwards.web.roles import Role

RESULTS: Final = "Results"
WORK: Final = "People and work"
LEARNING: Final = "Learning"
HOUSE: Final = "House"
GROUPS: Final = (RESULTS, WORK, LEARNING, HOUSE)


@dataclass(frozen=True, slots=True)
class Item:
    """A page of the menu: shown when its address exists and the reader may go there.

    Attributes
    ----------
    group
        Where it is found by those who do not have it in plain sight.
    """

    title: str
    route: str
    capability: str
    group: str


Pages = tuple[tuple[Item, str], ...]
ITEMS: Final = (
    Item("Monday", "monday", "see_monday", WORK),
    Item("Where are we", "where_are_we", "see_figures", RESULTS),
    Item("Spread", "spread", "see_figures", RESULTS),
    Item("Who knows how", "who_knows_how", "see_bright_spots", RESULTS),
    Item("Plan", "plan", "see_plan", WORK),
    Item("Schools", "schools", "see_figures", RESULTS),
    Item("Convergence", "convergence", "see_figures", RESULTS),
    Item("Groups", "groups", "see_groups", RESULTS),
    Item("People", "people", "see_colleagues", WORK),
    Item("My classes", "my_classes", "see_own_classes", WORK),
    Item("Partnerships", "partnerships", "see_partnerships", WORK),
    Item("System health", "system_health", "see_health", WORK),
    Item("Pulse", "pulse", "answer_pulse", WORK),
    Item("Practice", "practice", "see_practice", LEARNING),
    Item("Innovation", "innovation", "see_innovation", LEARNING),
    Item("Programmes", "programmes", "attend_programmes", LEARNING),
    Item("Reviews", "reviews", "see_reviews", LEARNING),
    Item("Data", "data", "see_data", HOUSE),
    Item("Invitations", "invitations", "invite", HOUSE),
    Item("Sharing", "sharings", "see_sharing", HOUSE),
    Item("Term dates", "term_dates", "enter", HOUSE),
    Item("Settings", "settings", "see_settings", HOUSE),
    Item("Audit trail", "trail", "see_trail", HOUSE),
)

_LEAD: Final = ("monday", "where_are_we", "who_knows_how", "plan", "schools", "partnerships")
WEEKLY: Final[Mapping[Role, tuple[str, ...]]] = MappingProxyType(
    {
        Role.OWNER: _LEAD,
        Role.GROUP_LEAD: _LEAD,
        Role.SCHOOL_LEAD: _LEAD,
        Role.COACH: ("monday", "who_knows_how", "plan", "partnerships", "practice"),
        Role.TEACHER: ("monday", "where_are_we", "my_classes", "partnerships", "practice"),
        Role.GOVERNOR: ("monday", "where_are_we", "who_knows_how", "plan", "schools", "system_health"),
        Role.RESEARCHER: ("groups", "data"),
        Role.REVIEWER: ("monday", "reviews"),
    }
)
"""What each role opens every week; who has several roles gets the pages of the first of them."""
MOST: Final = 6
"""Pages in plain sight; who has no more than these needs no groups."""


@dataclass(frozen=True, slots=True)
class Line:
    """A link. ``current`` is what ``aria-current`` says: `page`, `true` for a page below it, or nothing."""

    title: str
    where: str
    current: str


@dataclass(frozen=True, slots=True)
class Group:
    """Links that are folded; ``here`` is the title of the one that leads where the reader is."""

    title: str
    lines: tuple[Line, ...]
    here: str


@dataclass(frozen=True, slots=True)
class Menu:
    """What is in plain sight, what is folded, where in it the reader is, and all of it as a list of HTML."""

    main: tuple[Line, ...]
    groups: tuple[Group, ...]
    here: str
    drawn: str


@cache
def address(route: str) -> str | None:
    try:
        return reverse(route)
    except NoReverseMatch:
        return None


def pages_of(reader: Reader) -> Pages:
    """Return the pages that a reader may open, with their addresses."""
    return _pages(reader.roles, reader.capabilities)


def menu_of(reader: Reader, path: str) -> Menu:
    """Return the reader's menu as the page at an address shows it; asks nothing of the database."""
    place = max((where for _, where in pages_of(reader) if path.startswith(where)), key=len, default="")
    return _menu(reader.roles, reader.capabilities, place, "page" if path == place else "true")


# It is on every page, and the same for all who have the same roles.
@lru_cache(maxsize=256)
def _pages(roles: frozenset[Role], capabilities: frozenset[str] | None) -> Pages:
    reader = Reader(appointments=tuple((role, WHOLE_GROUP) for role in roles), capabilities=capabilities)
    found = ((item, address(item.route)) for item in ITEMS if reader.may(item.capability))
    return tuple((item, where) for item, where in found if where is not None)


@lru_cache(maxsize=1024)
def _menu(roles: frozenset[Role], capabilities: frozenset[str] | None, place: str, current: str) -> Menu:
    pages = _pages(roles, capabilities)
    weekly = next((WEEKLY[role] for role in Role if role in roles), ())
    main: list[Line] = []
    folded: dict[str, list[Line]] = {title: [] for title in GROUPS}
    for item, where in pages:
        line = Line(item.title, where, current if where == place else "")
        (main if item.route in weekly or len(pages) <= MOST else folded[item.group]).append(line)
    groups = tuple(Group(title, tuple(lines), _here(lines)) for title, lines in folded.items() if lines)
    here = "".join((_here(main), *(group.here for group in groups)))
    drawn = render_to_string("partials/menu.html", {"main": main, "groups": groups})
    return Menu(tuple(main), groups, here, drawn)


def _here(lines: Iterable[Line]) -> str:
    return next((line.title for line in lines if line.current), "")
