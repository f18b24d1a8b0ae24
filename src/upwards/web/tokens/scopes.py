"""What a token can be for: each scope opens capabilities, and never one that its owner does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.db import models

from upwards.web.access import Reader


class Scope(models.TextChoices):
    """What a program may do."""

    READ_FIGURES = (
        "read:figures",
        "Read figures: what schools add, the spread, stages, plans, the public record",
    )
    READ_PRACTICE = "read:practice", "Read the practice library"
    READ_PARTNERSHIPS = "read:partnerships", "Read partnerships: schools, subjects, hours; no person, no note"
    READ_DATA = "read:data", "Read about the data: coverage, states, tables"


ALWAYS: Final = frozenset({"enter"})
OPENS: Final[Mapping[Scope, frozenset[str]]] = MappingProxyType(
    {
        # No operation of the interface changes what these two are named for: a plan under other limits is
        # computed and shown, never kept; who leads people in a school sees the hours of its partnerships.
        Scope.READ_FIGURES: frozenset(
            {"see_figures", "see_bright_spots", "see_groups", "see_plan", "change_plan"}
        ),
        Scope.READ_PRACTICE: frozenset({"see_practice"}),
        Scope.READ_PARTNERSHIPS: frozenset({"see_partnerships", "change_people"}),
        Scope.READ_DATA: frozenset({"see_data"}),
    }
)


def opened_by(scopes: Iterable[str]) -> frozenset[str]:
    """Return the capabilities that scopes open; a scope that is no more opens nothing."""
    known = [Scope(one) for one in scopes if one in Scope.values]
    return ALWAYS.union(*(OPENS[one] for one in known))


def scopes_for(reader: Reader) -> list[Scope]:
    """Return the scopes that would open something to somebody."""
    return [scope for scope in Scope if any(reader.may(capability) for capability in OPENS[scope])]
