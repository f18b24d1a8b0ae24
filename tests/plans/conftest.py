"""A small group of schools whose numbers can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from upwards.measures.bright_spots import TeamKey, find_bright_spots
from upwards.measures.stages import OutsideReference, choose_stages
from upwards.measures.teams import Teams
from upwards.plans.partnerships import make_partnership_plan
from upwards.plans.plan import Plan
from upwards.plans.rules import Limits, Pairing, Requests


@dataclass(frozen=True)
class Group:
    """Teams (school, subject, stage: effect) known exactly; each person teaches ten pupils a year.

    With coaching everywhere a gap of 0.3 SD or more is worth 10 x 0.3 x 0.2 = 0.6, and costs the
    provider's own ten pupils 10 x 0.01 x 0.75 = 0.075: 0.525 in all. A partnership takes 9 hours of each.
    """

    effects: dict[TeamKey, float]
    draws: Any = None
    adjusted: Any = None
    years: int = 2
    teachers: int | list[int] = 5
    agreed: frozenset[TeamKey] = frozenset()
    reference: OutsideReference | None = field(default_factory=lambda: OutsideReference(0.9, "the record"))
    pairing: Pairing = field(
        default_factory=lambda: Pairing(stage_order=("1", "2", "3"), external_kind="coaching")
    )

    def teams(self) -> Teams:
        n = len(self.effects)
        effect = np.array(list(self.effects.values()), dtype=float)
        draws = np.tile(effect, (4, 1)) if self.draws is None else self.draws
        draws = np.asarray(draws, dtype=np.float32)
        teachers = np.broadcast_to(self.teachers, n).astype(np.int64)
        return Teams(
            school=tuple(key[0] for key in self.effects),
            subject=tuple(key[1] for key in self.effects),
            stage=tuple(key[2] for key in self.effects),
            n_pupils=np.where(teachers > 0, 10 * self.years * teachers, 100).astype(np.int64),
            n_years=np.full(n, self.years),
            n_teachers=teachers,
            coverage=np.ones(n),
            effect=effect,
            se=np.zeros(n),
            draws=draws,
            draws_adjusted=draws if self.adjusted is None else np.asarray(self.adjusted, dtype=np.float32),
        )

    def measures(self) -> tuple[Any, Any, Any]:
        teams = self.teams()
        stages = choose_stages(teams, None, self.reference)
        return teams, stages, find_bright_spots(teams, agreed=self.agreed)

    def plan(self, limits: Limits | None = None, requests: Requests | None = None, **other: Any) -> Plan:
        options = {"pairing": self.pairing, "requests": requests} | other
        return make_partnership_plan(*self.measures(), limits, **options)


@pytest.fixture
def group() -> Callable[..., Group]:
    """Make a group from effects by school, all in reading at stage 1, or by (school, subject, stage)."""

    def make(effects: dict[Any, float], **other: Any) -> Group:
        keys = {key if isinstance(key, tuple) else (key, "reading", "1"): e for key, e in effects.items()}
        return Group(keys, **other)

    return make
