"""Who reads, what they may do, and for whom an answer is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from upwards.core.audience import Audience
from upwards.core.name_order import in_order
from upwards.web.accounts.models import User
from upwards.web.controllers.models import Data
from upwards.web.controllers.reach import other_controllers_schools, seen_schools
from upwards.web.facts import workspace_facts
from upwards.web.people.named import agreed_teams
from upwards.web.roles import CAPABILITIES, GROUP, Role, may_appoint
from upwards.web.rules import rules

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
WHOLE_GROUP = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads, with the appointments that hold today.

    Attributes
    ----------
    user
        None for a stranger.
    appointments
        Role and school; a blank school is the whole group.
    capabilities, only
        What a program may do for the reader, and about which schools; None where nothing is narrowed.
    found
        For whom answers are, once it was asked: a reader lives for one request.
    """

    user: User | None = None
    appointments: tuple[tuple[Role, str], ...] = ()
    capabilities: frozenset[str] | None = None
    only: frozenset[str] | None = None
    found: dict[str, Audience] = field(default_factory=dict, compare=False, repr=False)

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(role for role, _ in self.appointments)

    @property
    def schools(self) -> frozenset[str] | None:
        """Schools to which the reader belongs; None for the whole group."""
        named = frozenset(school for _, school in self.appointments)
        return None if WHOLE_GROUP in named else named

    def within(self, schools: frozenset[str] | None) -> frozenset[str] | None:
        """Return of some schools (None: all) those to which a program is limited."""
        return schools if self.only is None else self.only if schools is None else self.only & schools

    def narrowed(self, capabilities: frozenset[str], only: frozenset[str] | None) -> Reader:
        """Return the reader with fewer rights: those that one of their programs has."""
        seen = seen_schools(self.appointments)
        only = only if only is None or seen is None else only & seen
        held = tuple(
            (role, school)
            for role, where in self.appointments
            for school in ((where,) if only is None else sorted(only))
            if where in (WHOLE_GROUP, school)
        )
        return replace(self, appointments=held, capabilities=capabilities, only=only, found={})

    def may(self, capability: str, school: str | None = None) -> bool:
        """Say whether the reader can do something, in one school or (None) anywhere."""
        allowed = self._allowed(capability)
        return any(
            role in allowed and (school is None or where in (WHOLE_GROUP, school))
            for role, where in self.appointments
        )

    def schools_for(self, capability: str) -> frozenset[str] | None:
        """Return the schools in which the reader can do something; None for all."""
        allowed = self._allowed(capability)
        named = frozenset(where for role, where in self.appointments if role in allowed)
        return None if WHOLE_GROUP in named else named

    def _allowed(self, capability: str) -> frozenset[Role]:
        roles = CAPABILITIES[capability]
        return roles if self.capabilities is None or capability in self.capabilities else frozenset()

    def may_appoint(self, role: Role, school: str) -> bool:
        return may_appoint(self.appointments, role, school)


def reader_of(request: HttpRequest) -> Reader:
    """Return who reads, asked of the database once per request."""
    known: Reader | None = vars(request).get("upwards_reader")
    if known is None:
        known = reader_for(request.user) if isinstance(request.user, User) else Reader()
        vars(request)["upwards_reader"] = known
    return known


def reader_for(user: User) -> Reader:
    held = user.appointments.on(timezone.localdate()).values_list("role", "school")
    return Reader(user, tuple((Role(role), school) for role, school in held))


def audience(reader: Reader) -> Audience:
    """Return for whom an action answers.

    Heads see the departments of all schools of their controller by name, and of those who share with it
    today; everybody else sees the schools to which they belong, and nobody sees another school's persons.
    """
    known = reader.found.get("audience")
    if known is None:
        held = rules()
        known = reader.found["audience"] = Audience(
            schools=reader.within(seen_schools(reader.appointments)),
            agreed=agreed_teams(settings.UPWARDS_WORKSPACE),
            hidden_at=held.count("small_counts.hidden_at"),
            personal_below=held.count("personal_unit.min_teachers"),
        )
    return known


def beyond(reader: Reader) -> frozenset[str]:
    """Return the schools of other controllers whose data the reader may not see.

    A role over the whole group, as a trustee's or a group lead's, reaches every school by what it is; what
    is done in these schools is none of its business until their controller shares it.
    """
    seen = audience(reader).schools
    return frozenset() if seen is None else other_controllers_schools() - seen


def schools_near(reader: Reader, capability: str) -> list[str]:
    """Return the schools in which the reader can do something, without those of `beyond`."""
    own = reader.schools_for(capability)
    every = frozenset(workspace_facts()["schools"]) if own is None else own
    return sorted(every - beyond(reader), key=in_order)


def exported_schools(reader: Reader) -> frozenset[str] | None:
    """Return the schools whose rows the reader may take away; None for all.

    An owner does so for all controllers, as their processor. A group lead has the rows of the workspace's
    own controller; a researcher has these, and those that others share for research today, without names.
    """
    if Role.OWNER in reader.roles:
        return reader.schools_for("export_tables")
    may = CAPABILITIES["export_tables"]
    held = [(role, where) for role, where in reader.appointments if role in may]
    # With names, as who keeps the house has them, nothing is shared for research.
    heads = frozenset() if reader.roles & GROUP else frozenset({Role.RESEARCHER})
    return reader.within(seen_schools(held, heads=heads, data=Data.RESEARCH))


def for_capability(capability: str) -> Callable[[View[P]], View[P]]:
    """Open a view to those who can do something; others get 403, strangers the sign-in page."""
    if capability not in CAPABILITIES:
        raise LookupError(f"{capability!r} is not in web/roles.py")
    return _guard(lambda reader: reader.may(capability), f"capability {capability}")


def for_members(view: View[P]) -> View[P]:
    """Open a view to everybody who can sign in, appointed or not."""
    return _guard(lambda _: True, "members")(view)


def _guard(allows: Callable[[Reader], bool], said: str) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not allows(reader_of(request)):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        marked: Any = guarded
        marked.upwards_access = said  # the test of routes asks every view for it
        done: View[P] = marked
        return done

    return decorate


def require(reader: Reader, capability: str, school: str | None = None) -> None:
    """Stop with 403 inside a view, where the right depends on the school that is asked for."""
    if not reader.may(capability, school):
        raise PermissionDenied
