"""Who may do what: one table, read by every page, the navigation, the programs' interface and the tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.db import models


class Role(models.TextChoices):
    """What somebody is appointed as."""

    OWNER = "owner", "Owner"
    GROUP_LEAD = "group_lead", "Group lead"
    SCHOOL_LEAD = "school_lead", "School lead"
    COACH = "coach", "Coach"
    TEACHER = "teacher", "Teacher"
    GOVERNOR = "governor", "Governor"
    RESEARCHER = "researcher", "Researcher"
    REVIEWER = "reviewer", "Reviewer"


LEADS: Final = frozenset({Role.OWNER, Role.GROUP_LEAD, Role.SCHOOL_LEAD})
"""Heads of one group see one another's department results by name."""

STAFF: Final = LEADS | {Role.COACH, Role.TEACHER}
GROUP: Final = frozenset({Role.OWNER, Role.GROUP_LEAD})
EVERYONE: Final = frozenset(Role)
OVER_THE_WHOLE_GROUP: Final = GROUP | {Role.RESEARCHER}
"""Roles that reach over all schools by what they are, and are never given for one."""

# Capability: what somebody can do, in a word that a view, a menu and a test can name.
CAPABILITIES: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "enter": EVERYONE,
        # what the data say
        "see_figures": STAFF | {Role.GOVERNOR},
        "see_bright_spots": LEADS | {Role.COACH, Role.GOVERNOR},
        "see_groups": LEADS | {Role.GOVERNOR, Role.RESEARCHER},
        "see_data": LEADS | {Role.GOVERNOR, Role.RESEARCHER},
        "see_own_classes": STAFF,
        "export_tables": GROUP | {Role.RESEARCHER},
        "change_data": GROUP,
        # what people do
        "see_monday": STAFF | {Role.GOVERNOR, Role.REVIEWER},
        "see_plan": LEADS | {Role.COACH, Role.GOVERNOR},
        "change_plan": LEADS,
        "see_people": LEADS,
        "see_colleagues": STAFF,
        "change_people": LEADS,
        "invite": LEADS,
        "see_partnerships": STAFF,
        "change_partnerships": LEADS | {Role.COACH},
        "see_practice": STAFF | {Role.GOVERNOR},
        "change_practice": STAFF,
        "publish_practice": LEADS,
        "adopt_practice": LEADS | {Role.COACH},
        "see_innovation": STAFF | {Role.GOVERNOR},
        "change_innovation": STAFF,
        "see_programmes": LEADS | {Role.COACH, Role.GOVERNOR},
        "change_programmes": LEADS,
        "attend_programmes": STAFF | {Role.GOVERNOR},
        "see_health": LEADS | {Role.GOVERNOR},
        "answer_pulse": STAFF,
        "open_pulse": GROUP,
        "see_pulse": STAFF | {Role.GOVERNOR},
        "review": LEADS | {Role.COACH, Role.REVIEWER},
        "see_reviews": LEADS | {Role.COACH, Role.GOVERNOR, Role.REVIEWER},
        "plan_reviews": GROUP,
        "see_audits": LEADS | {Role.GOVERNOR},
        "answer_audit": LEADS,
        # how the house is kept
        "see_settings": LEADS | {Role.GOVERNOR},
        "change_settings": frozenset({Role.OWNER}),
        "change_term_dates": LEADS,
        "see_trail": frozenset({Role.OWNER}),
        "see_sharing": LEADS,
        "change_controllers": frozenset({Role.OWNER}),
    }
)

MAY_APPOINT: Final[Mapping[Role, frozenset[Role]]] = MappingProxyType(
    {
        Role.OWNER: EVERYONE,
        Role.GROUP_LEAD: EVERYONE - {Role.OWNER},
        Role.SCHOOL_LEAD: frozenset({Role.COACH, Role.TEACHER, Role.GOVERNOR}),
    }
)
"""Whom each role can invite; a school lead only to the own school."""


def may_appoint(held: Iterable[tuple[Role, str]], role: Role, school: str) -> bool:
    """Say whether who holds these roles, each in a school or (blank) the whole group, can give another."""
    return any(role in MAY_APPOINT.get(own, ()) and where in ("", school) for own, where in held)
