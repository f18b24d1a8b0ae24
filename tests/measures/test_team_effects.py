"""The joint model of all teams, on results whose parts are known."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest

from tests.measures.group_of_schools import LASTING, TRUE_SD, Group, Shape, draw_group
from upwards.measures.team_effects import (
    TeamModel,
    describe_teams,
    draw_teams,
    effects_of_teams,
    fit_team_model,
)
from upwards.measures.teams import Teams

N_DRAWS = 300


def residual_of(group: Group) -> Any:
    """What pupils reached beyond expectation, had the expectation been known exactly."""
    return group.truth.sum_horizontal().to_numpy()


def fitted(group: Group, without: Sequence[str] = ()) -> TeamModel:
    codes = {name: code for name, code in group.codes.items() if name not in without}
    return fit_team_model(residual_of(group), codes, group.labels)


@cache
def large() -> Group:
    return draw_group(7, Shape(schools=50, pupils=12))


@cache
def large_fit() -> TeamModel:
    return fitted(large())


def truth_in_order(group: Group) -> Any:
    return np.array([group.teams[key] for key in sorted(group.teams)])


def described(group: Group, model: TeamModel, **more: Any) -> Teams:
    keys = zip(*(group.rows[c] for c in ("school", "subject", "stage")), strict=True)
    counts: dict[Any, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    given: dict[str, Any] = {"n_scored": counts, "n_teachers": {}, "n_draws": N_DRAWS} | more
    return describe_teams(model, model, codes=group.codes, **given)


def test_the_spread_of_every_part_is_recovered() -> None:
    found = {
        name: float(np.sqrt(v[0, 0]))
        for name, v in zip(large_fit().parts, large_fit().model.variances, strict=True)
    }
    found["residual"] = float(np.sqrt(large_fit().model.residual_variance))
    assert list(found) == list(TRUE_SD)
    # Four standard errors of an SD from 50 units (the fewest) are 4 / sqrt(2 * 49) = 40 % of it.
    for name, true in TRUE_SD.items():
        # Parts of a year are told from lasting ones by the difference of two years only: twice as far.
        far = 0.8 if name.endswith("in a year") else 0.4
        assert found[name] == pytest.approx(true, abs=max(far * true, 0.04)), name
    assert found["pupil"] == pytest.approx(TRUE_SD["pupil"], rel=0.05)


def test_effects_are_near_the_truth_and_shrunk() -> None:
    effect, truth = effects_of_teams(large_fit()), truth_in_order(large())
    assert np.corrcoef(effect, truth)[0, 1] > 0.75
    assert effect.std() < truth.std()
    # A shrunk estimate is calibrated: the truth rises one for one with it.
    slope = float(np.polyfit(effect, truth, 1)[0])
    assert slope == pytest.approx(1.0, abs=0.25)


def test_draws_agree_with_the_effects() -> None:
    draws = draw_teams(large_fit(), 4000, seed=3)
    effect = effects_of_teams(large_fit())
    # The draws take the variances as uncertain, the effects as estimated: they shrink a little differently.
    assert np.max(np.abs(draws.mean(axis=0) - effect)) < 0.05
    assert np.corrcoef(draws.mean(axis=0), effect)[0, 1] > 0.995
    assert np.array_equal(draws, draw_teams(large_fit(), 4000, seed=3))


def test_teams_of_one_school_are_drawn_together() -> None:
    # Teams share their school's effect, so their errors go together; those of two schools hardly do.
    draws = draw_teams(large_fit(), 4000, seed=3)
    inside = np.corrcoef(draws[:, 0], draws[:, 1])[0, 1]
    outside = np.corrcoef(draws[:, 0], draws[:, 40])[0, 1]
    assert inside > 0.1
    assert abs(outside) < 0.1


@cache
def coverages(
    without: tuple[str, ...] = (), luck: float = 0.1, years: tuple[int, ...] = (2018, 2019)
) -> tuple[float, float, int]:
    """Share of 95 % intervals that hold the truth over three groups, their mean width, and how many."""
    held, widths = [], []
    for seed in range(3):
        of_years = {name: luck for name in TRUE_SD if name.endswith("team in a year")}
        shape = Shape(schools=25, pupils=8, sd={**TRUE_SD, **of_years}, years=years)
        group = draw_group(100 + seed, shape)
        teams = described(group, fitted(group, without))
        truth = truth_in_order(group)
        held.append(np.abs(teams.effect - truth) < 1.959964 * teams.se)
        widths.append(teams.se)
    return float(np.mean(held)), float(np.mean(widths)), int(np.size(held))


def test_intervals_of_teams_hold_the_truth_as_often_as_they_say() -> None:
    share, _, n = coverages()
    # Monte Carlo error of a share of 0.95, four standard deviations; teams of a school hang together, so the
    # number that counts is that of school and stage. The long count is in `make evidence`.
    assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / (n / 2)) + 0.015)


def test_without_pupil_and_class_the_same_good_group_is_counted_twice() -> None:
    # One year without luck of its own, so that no part of a year can stand in for the pupils.
    share, width, _ = coverages(luck=0.0, years=(2019,))
    overstated, narrower, _ = coverages(("pupil", "class"), luck=0.0, years=(2019,))
    assert narrower < width
    assert overstated < share


def test_without_the_year_a_cohorts_luck_is_called_the_teams() -> None:
    share, _, n = coverages(luck=0.4)
    overstated, _, _ = coverages(("year",), luck=0.4)
    assert share == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / (n / 2)) + 0.015)
    assert overstated < 0.85


def test_classes_of_one_label_in_two_years_are_two_classes() -> None:
    group = draw_group(1, Shape(schools=6))
    model = fitted(group)
    n_units = dict(zip(model.parts, (f.n_units for f in model.model.moments.factors), strict=True))
    assert set(group.rows["class"]) == {"A", "B"}
    assert n_units["class"] == 6 * 2 * 2 * 2
    assert n_units["class in a subject"] == 2 * n_units["class"]
    assert n_units["team in a year"] == 6 * 2 * 2 * 2


def test_parts_that_the_data_cannot_tell_apart_are_one() -> None:
    group = draw_group(2, Shape(schools=20, subjects=["reading"], stages=["1"], years=[2019], classes=1))
    model = fitted(group)
    # one subject, stage, year and class in every school: only the school is left, and a pupil is a row
    assert model.parts == ("school",)
    assert not model.tells_years_apart


def test_parts_are_told_apart_by_their_units_and_not_by_the_order_of_their_labels() -> None:
    # Every stage has its own subject, in opposite order: a year team is a department.
    group = draw_group(3, Shape(schools=20, years=[2019], classes=1))
    keep = ((group.rows["subject"] == "mathematics") & (group.rows["stage"] == "2")) | (
        (group.rows["subject"] == "reading") & (group.rows["stage"] == "1")
    )
    codes = {name: code[keep.to_numpy()] for name, code in group.codes.items()}
    model = fit_team_model(residual_of(group)[keep.to_numpy()], codes, group.labels)
    assert model.parts == ("school", "year team")


def test_names_and_the_order_of_rows_do_not_matter() -> None:
    group = draw_group(4, Shape(schools=8))
    model = fitted(group)
    order = np.random.default_rng(0).permutation(group.rows.height)
    renamed = {name: (code.max() - code)[order] for name, code in group.codes.items()}
    labels = {name: tuple(reversed(labels)) for name, labels in group.labels.items()}
    other = fit_team_model(residual_of(group)[order], renamed, labels)
    key = {
        tuple(other.labels[c][i] for c, i in zip(("school", "subject", "stage"), row, strict=True)): e
        for row, e in zip(other.teams.T, effects_of_teams(other), strict=True)
    }
    mine = [key[name] for name in sorted(group.teams)]
    np.testing.assert_allclose(mine, effects_of_teams(model), atol=2e-5)


def test_a_start_from_an_earlier_fit_ends_at_the_same_place() -> None:
    group = draw_group(5, Shape(schools=10))
    first = fitted(group)
    again = fit_team_model(residual_of(group), group.codes, group.labels, start=first)
    assert again.model.log_likelihood == pytest.approx(first.model.log_likelihood, abs=1e-6)


def test_teams_carry_what_is_known_of_them() -> None:
    group = draw_group(6, Shape(schools=6))
    scored = dict.fromkeys(group.teams, 100)
    teams = described(group, fitted(group), n_scored=scored, n_teachers={("S00", "reading", "1"): 4})
    assert teams.keys == tuple(sorted(group.teams))
    assert set(teams.n_pupils.tolist()) == {60}
    assert set(teams.n_years.tolist()) == {2}
    assert set(teams.coverage.tolist()) == {0.6}
    known = dict(zip(teams.keys, teams.n_teachers.tolist(), strict=True))
    assert known.pop(("S00", "reading", "1")) == 4
    assert set(known.values()) == {-1}
    assert teams.draws.shape == (N_DRAWS, teams.n_teams)


def test_few_schools_are_said_to_tell_little() -> None:
    few, many = fitted(draw_group(6, Shape(schools=6))), large_fit()
    assert any("6 schools" in note for note in few.notes)
    assert many.notes == []
    one_year = fitted(draw_group(8, Shape(schools=12, years=[2019])))
    assert any("that year's luck" in note for note in one_year.notes)


def test_the_lasting_parts_make_up_a_team() -> None:
    model = large_fit()
    assert [model.parts[part] for part, _ in model.team_parts] == list(LASTING)
