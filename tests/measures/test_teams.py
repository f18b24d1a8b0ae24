"""Teams keep together what belongs together, on the way to the disk and back."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from upwards.measures.eligible_teams import (
    NoPriorAttainment,
    large_enough,
    measured_with_prior,
    with_prior_only,
)
from upwards.measures.team_effects import Unlabelled
from upwards.measures.teams import Teams
from upwards.store.kept_arrays import Column


def teams_of(n: int, n_draws: int = 7) -> Teams:
    rng = np.random.default_rng(1)
    draws = rng.normal(size=(n_draws, n)).astype(np.float32)
    return Teams(
        school=tuple(f"S{i}" for i in range(n)),
        subject=("reading",) * n,
        stage=tuple("12"[i % 2] for i in range(n)),
        n_pupils=np.arange(n) * 10 + 3,
        n_years=np.full(n, 2),
        n_teachers=np.full(n, -1),
        coverage=np.linspace(0.5, 1, n),
        effect=draws.mean(axis=0).astype(float),
        se=draws.std(axis=0).astype(float),
        draws=draws,
        draws_adjusted=draws + 1,
    )


def same(one: Teams, other: Teams) -> bool:
    return all(np.array_equal(getattr(one, f.name), getattr(other, f.name)) for f in fields(Teams))


def test_teams_survive_the_way_through_columns() -> None:
    teams = teams_of(5)
    columns: dict[str, Column] = dict(teams.to_columns())
    assert all(len(values) == 5 for values in columns.values())
    back = Teams.from_columns(teams.to_columns())
    assert same(teams, back)
    assert back.draws.flags.c_contiguous
    assert all(isinstance(label, str) for label in back.school)


def test_taking_some_keeps_their_order_and_all_they_have() -> None:
    teams = teams_of(5)
    some = teams.take([False, True, False, True, False])
    assert some.school == ("S1", "S3")
    assert np.array_equal(some.draws, teams.draws[:, [1, 3]])
    assert some.n_teams == 2
    assert some.keys == (("S1", "reading", "2"), ("S3", "reading", "2"))


def test_taking_none_leaves_no_teams() -> None:
    assert teams_of(3).take([False] * 3).n_teams == 0


def test_teams_of_five_pupils_or_fewer_go() -> None:
    kept, notes = large_enough(teams_of(3), 13)
    assert kept.school == ("S2",)
    assert notes == ["2 teams of 13 pupils or fewer are not shown."]
    all_of_them, nothing = large_enough(teams_of(3), 2)
    assert all_of_them.n_teams == 3
    assert nothing == []


def test_teams_without_prior_attainment_are_left_out_with_a_sentence() -> None:
    kept, notes = measured_with_prior(teams_of(4), ["reading/1"])
    assert kept.stage == ("1", "1")
    assert notes == [
        "Not compared between teams for want of prior attainment; nobody can tell what was added: "
        "reading at 2."
    ]
    assert same(measured_with_prior(teams_of(4), ["reading/1", "reading/2"])[0], teams_of(4))


def test_where_no_stage_has_prior_attainment_nobody_is_said_to_know_how() -> None:
    with pytest.raises(NoPriorAttainment, match="may be what pupils brought"):
        measured_with_prior(teams_of(4), [])


@pytest.mark.parametrize(
    ("known", "chosen", "n_notes"),
    [((True, True), [True, True], 0), ((False, True), [False, True], 1), ((False, False), [True, True], 0)],
)
def test_a_joint_model_does_not_mix_what_was_added_with_what_was_brought(
    known: tuple[bool, bool], chosen: list[bool], n_notes: int
) -> None:
    found, notes = with_prior_only([("reading", "K", known[0]), ("reading", "1", known[1])])
    assert found == chosen
    assert len(notes) == n_notes


def test_units_without_labels_can_be_walked_through_and_end() -> None:
    units = Unlabelled(3)
    assert list(units) == [("0",), ("1",), ("2",)]
    assert units[1:] == [("1",), ("2",)]
    with pytest.raises(IndexError):
        units[3]
