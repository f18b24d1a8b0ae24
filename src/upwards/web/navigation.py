"""The menu: what there is, in the order of the questions, for those who may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.urls import NoReverseMatch, reverse

from upwards.web.access import Reader


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the menu: shown when its address exists and the reader may go there."""

    title: str
    route: str
    capability: str


ITEMS = (
    Item("Monday", "monday", "see_monday"),
    Item("Where are we", "where_are_we", "see_figures"),
    Item("Spread", "spread", "see_figures"),
    Item("Who knows how", "who_knows_how", "see_bright_spots"),
    Item("Plan", "plan", "see_plan"),
    Item("Schools", "schools", "see_figures"),
    Item("Convergence", "convergence", "see_figures"),
    Item("Groups", "groups", "see_groups"),
    Item("People", "people", "see_colleagues"),
    Item("My classes", "my_classes", "see_own_classes"),
    Item("Partnerships", "partnerships", "see_partnerships"),
    Item("Practice", "practice", "see_practice"),
    Item("Innovation", "innovation", "see_innovation"),
    Item("Programmes", "programmes", "attend_programmes"),
    Item("Reviews", "reviews", "see_reviews"),
    Item("System health", "system_health", "see_health"),
    Item("Pulse", "pulse", "answer_pulse"),
    Item("Data", "data", "see_data"),
    Item("Invitations", "invitations", "invite"),
    Item("Sharing", "sharings", "see_sharing"),
    Item("Settings", "settings", "see_settings"),
    Item("Audit trail", "trail", "see_trail"),
)


@cache
def address(route: str) -> str | None:
    try:
        return reverse(route)
    except NoReverseMatch:
        return None


def menu_of(reader: Reader) -> list[tuple[str, str]]:
    """Return titles and addresses."""
    found = ((item, address(item.route)) for item in ITEMS if reader.may(item.capability))
    return [(item.title, where) for item, where in found if where is not None]
