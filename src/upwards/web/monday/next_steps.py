"""What to do when nothing is waiting."""

from __future__ import annotations

from django.urls import reverse

from upwards.web.access import Reader
from upwards.web.roles import GROUP, LEADS, Role

Step = tuple[str, str, str]  # sentence, words of the link, route

_LEADS: tuple[Step, ...] = (
    ("See who knows how, and invite them to share it.", "Who knows how", "who_knows_how"),
    ("Turn a line of the plan into a partnership.", "Plan", "plan"),
    ("Propose a partnership of your own.", "Propose one", "partnership_new"),
    ("Record when school is out, so that holidays ask for no hours.", "Term dates", "term_dates"),
)
_STEPS: dict[Role, tuple[Step, ...]] = {
    Role.COACH: (
        ("Propose a partnership.", "Propose one", "partnership_new"),
        ("Put your visits into your own calendar.", "Calendar", "calendar_address"),
    ),
    Role.TEACHER: (
        ("See what colleagues work on.", "Partnerships", "partnerships"),
        ("Look at your own classes, and confirm that they are yours.", "My classes", "my_classes"),
    ),
    Role.GOVERNOR: (("See where the schools are.", "Where are we", "where_are_we"),),
    Role.REVIEWER: (("Go on with your review.", "Reviews", "reviews"),),
}


def next_steps(reader: Reader) -> list[tuple[str, str, str]]:
    """Return sentences with the words and the address of a link."""
    found: list[Step] = []
    if reader.roles & GROUP:
        found.append(("Bring in new results.", "Data", "data"))
    if reader.roles & LEADS:
        found += _LEADS
    for role, steps in _STEPS.items():
        if role in reader.roles:
            found += steps
    return [(said, words, reverse(route)) for said, words, route in dict.fromkeys(found)]
