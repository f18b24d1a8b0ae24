"""Which schools' data somebody may read by name: asked live of controllers and of what they share today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils import timezone

from upwards.web.controllers.models import ControlledSchool, Controller, Data, Sharing
from upwards.web.facts import workspace_facts
from upwards.web.roles import CAPABILITIES, GROUP, LEADS, OVER_THE_WHOLE_GROUP, Role, may_appoint

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
    keeps_house = any(role in GROUP for role, _ in held)
    of_school = dict(ControlledSchool.objects.values_list("school", "controller"))
    if not of_school:
        whole = any(role in heads or not school for role, school in held)
        return None if whole else frozenset(school for _, school in held)
    known = Controllers(of_school, _given(data))
    seen: set[int] = set()
    schools: set[str] = set()
    for role, where in held:
        school = "" if role in OVER_THE_WHOLE_GROUP else where
        if keeps_house and known.of(school) != OWN:
            continue  # who gives out roles does not read another controller's schools by one of them
        if role in heads:
            seen |= known.seen_by(known.of(school))
        elif school:
            schools.add(school)
        else:
            seen.add(OWN)
    if seen >= {OWN, *of_school.values()}:
        return None
    return frozenset(schools | {one for one in workspace_facts()["schools"] if known.of(one) in seen})


def other_controllers_schools() -> frozenset[str]:
    return frozenset(ControlledSchool.objects.values_list("school", flat=True))


def may_bring_in(held: Held, role: Role, school: str) -> bool:
    """Say whether who holds these roles can invite to another.

    To a role that reads a school of another controller an owner invites, or a head there who does not keep
    the house: else a group lead could make a reader of any school, and be that reader under another e-mail.
    """
    held = tuple(held)
    if not may_appoint(held, role, school):
        return False
    roles = {own for own, _ in held}
    if Role.OWNER in roles or not roles & GROUP or role not in CAPABILITIES["see_figures"]:
        return True
    return not ControlledSchool.objects.filter(school=school).exists()


def _given(data: Data) -> frozenset[tuple[int, int]]:
    """Return giver and receiver of every agreement in force on these data."""
    own = Controller.objects.filter(is_own=True).values_list("pk", flat=True).first()
    found: set[tuple[int, int]] = set()
    for one in Sharing.objects.in_force(timezone.localdate()):
        if data.value in one.kinds:
            giver, receiver = (OWN if side == own else side for side in one.sides)
            found |= {(giver, receiver), (receiver, giver)} if one.is_mutual else {(giver, receiver)}
    return frozenset(found)
