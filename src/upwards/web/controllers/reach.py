"""Which schools' data somebody may read by name: asked live of controllers and of what they share today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from upwards.web.controllers.models import ControlledSchool, Controller, Data, Sharing
from upwards.web.facts import workspace_facts
from upwards.web.roles import LEADS, OVER_THE_WHOLE_GROUP, Role

Held = Iterable[tuple[Role, str]]
"""Role and school; a blank school is the whole group."""

OWN = 0
"""Stands for the workspace's own controller, which answers for every school that no other has."""


@dataclass(frozen=True, slots=True)
class Controllers:
    """Who answers for which school, and who shares with whom.

    Attributes
    ----------
    of_school
        The schools of other controllers than the workspace's own.
    given
        Giver and receiver of what is shared.
    """

    of_school: Mapping[str, int]
    given: frozenset[tuple[int, int]]

    def of(self, school: str) -> int:
        """Return who answers for a school, or (blank) for the group itself."""
        return self.of_school.get(school, OWN)

    def seen_by(self, controller: int) -> frozenset[int]:
        """Return the controllers whose data another one may read: its own, and what is shared with it."""
        return frozenset({controller} | {giver for giver, receiver in self.given if receiver == controller})


def seen_schools(held: Held, *, heads: frozenset[Role] = LEADS, data: Data = Data.RESULTS) -> (
    frozenset[str] | None
):  # fmt: skip
    """Return the schools whose data somebody with these roles may read by name; None for all.

    Parameters
    ----------
    held
        Role and school of each appointment that holds today; a blank school is the whole group.
    heads
        Roles that see all schools of their controller, and of those who share with it; others see their
        own school, or (in the whole group) those of the workspace's own controller.
    data
        What is read.
    """
    held = tuple(held)
    of_school = dict(ControlledSchool.objects.values_list("school", "controller"))
    if not of_school:
        whole = any(role in heads or not school for role, school in held)
        return None if whole else frozenset(school for _, school in held)
    known = Controllers(of_school, _given(data))
    seen: set[int] = set()
    schools: set[str] = set()
    for role, where in held:
        school = "" if role in OVER_THE_WHOLE_GROUP else where
        if role in heads:
            seen |= known.seen_by(known.of(school))
        elif school:
            schools.add(school)
        else:
            seen.add(OWN)
    if seen >= {OWN, *of_school.values()}:
        return None
    return frozenset(schools | {one for one in workspace_facts()["schools"] if known.of(one) in seen})


def _given(data: Data) -> frozenset[tuple[int, int]]:
    """Return giver and receiver of every agreement in force on these data."""
    own = Controller.objects.filter(is_own=True).values_list("pk", flat=True).first()
    found: set[tuple[int, int]] = set()
    for one in Sharing.objects.in_force(timezone.localdate()):
        if data.value in one.kinds:
            giver, receiver = (OWN if side == own else side for side in one.sides)
            found |= {(giver, receiver), (receiver, giver)} if one.is_mutual else {(giver, receiver)}
    return frozenset(found)
