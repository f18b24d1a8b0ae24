"""Who knows how: large and likely, with the share of the list that is wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from upwards.core.settings import Settings
from upwards.measures.bright_spots import HIDDEN, BrightSpotRule, find_bright_spots
from upwards.measures.teams import Teams

N_DRAWS = 1000


def flat(probability: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Draws of which exactly a share `probability` is 0.5 and the rest 0."""
    draws = np.zeros(N_DRAWS, dtype=np.float32)
    draws[: round(probability * N_DRAWS)] = 0.5
    return draws


def teams_of(
    probabilities: list[float],
    adjusted: list[float] | None = None,
    *,
    years: int | list[int] = 2,
    pupils: int | list[int] = 100,
    teachers: int | list[int] = 5,
    coverage: float | list[float] = 1.0,
) -> Teams:
    """Teams A, B, C … whose probability of an effect of 0.1 SD is given."""
    n = len(probabilities)
    draws = np.stack([flat(p) for p in probabilities], axis=1)
    both = np.stack([flat(p) for p in adjusted or probabilities], axis=1)
    return Teams(
        school=tuple("ABCDEFGHIJ"[:n]),
        subject=("reading",) * n,
        stage=("3",) * n,
        n_pupils=np.broadcast_to(pupils, n).astype(np.int64),
        n_years=np.broadcast_to(years, n).astype(np.int64),
        n_teachers=np.broadcast_to(teachers, n).astype(np.int64),
        coverage=np.broadcast_to(coverage, n).astype(float),
        effect=draws.mean(axis=0).astype(float),
        se=draws.std(axis=0).astype(float),
        draws=draws,
        draws_adjusted=both,
    )


def test_a_large_and_likely_team_is_named_with_its_probability() -> None:
    found = find_bright_spots(teams_of([0.95, 0.5]))
    assert found.named == (0,)
    assert [team.status for team in found.teams] == ["bright spot", "not likely enough"]
    assert found.teams[0].probability == pytest.approx(0.95)
    assert found.teams[0].reasons == ()
    assert found.share_wrong == pytest.approx(0.05)
    assert found.text[0] == "1 team is a bright spot; about 5% of the list is expected to be wrong."


def test_a_bright_spot_survives_adjustment_for_intake() -> None:
    found = find_bright_spots(teams_of([0.95, 0.95], [0.95, 0.6]))
    assert found.named == (0,)
    assert found.teams[1].certainty == pytest.approx(0.6)
    assert found.teams[1].status == "not likely enough"


def test_the_least_certain_go_until_few_enough_are_wrong() -> None:
    # Wrong: 0.05, 0.16, 0.20, 0.20; running means 0.05, 0.105, 0.137, 0.1525: the last is too much,
    # and the third is as certain as the last, so both go.
    found = find_bright_spots(teams_of([0.80, 0.95, 0.84, 0.80]))
    assert found.named == (1, 2)
    assert found.share_wrong == pytest.approx(0.105)
    assert found.teams[0].status == found.teams[3].status == "cut from the list"


def test_a_list_that_cannot_be_made_right_enough_is_empty() -> None:
    found = find_bright_spots(teams_of([0.82, 0.82]))
    assert found.named == ()
    assert found.share_wrong is None
    assert found.text == ("No team is both large and likely enough to be called a bright spot.",)


def test_every_lack_of_data_is_a_reason() -> None:
    found = find_bright_spots(
        teams_of([0.99] * 4, years=[2, 1, 1, 2], pupils=[100, 100, 20, 100], coverage=[1, 1, 0.5, 0.69])
    )
    assert found.teams[1].reasons == ("one year only",)
    assert found.teams[1].status == "provisional"
    assert found.teams[2].status == found.teams[3].status == "too little data"
    assert [reason.split(" (")[0] for reason in found.teams[2].reasons] == [
        "one year only",
        "too few pupils",
        "below coverage",
    ]
    assert found.teams[3].probability is None
    assert not found.provisional


def test_with_one_year_only_provisional_ones_are_offered_and_nothing_is_relaxed() -> None:
    found = find_bright_spots(teams_of([0.95, 0.9, 0.3], years=1))
    assert found.provisional
    assert found.named == ()
    assert found.offered == (0, 1)
    assert found.offered_share_wrong == pytest.approx(0.075)
    assert found.text[0].startswith("No team has results for 2 years")
    assert found.text[1].startswith("Provisional")


def test_provisional_lists_are_cut_too() -> None:
    found = find_bright_spots(teams_of([0.95, 0.8, 0.8, 0.8], years=1))
    assert found.offered == (0,)
    assert found.teams[1].status == "cut from the list"
    assert found.teams[1].reasons[0] == "one year only"


def test_a_personal_team_is_hidden_whatever_its_results() -> None:
    teams = teams_of([0.99, 0.01, 0.99], years=3, teachers=[2, 1, -1])
    found = find_bright_spots(teams)
    assert [team.status for team in found.teams] == ["hidden", "hidden", "bright spot"]
    assert found.teams[0].probability is None
    assert found.teams[0].reasons == found.teams[1].reasons == (HIDDEN,)
    assert found.text[-1].startswith("2 teams not shown")


@pytest.mark.parametrize(
    ("probability", "years", "pupils", "status"),
    [
        (0.95, 3, 60, "bright spot"),
        (0.89, 3, 60, "hidden"),
        (0.95, 2, 60, "provisional"),
        (0.95, 3, 59, "hidden"),
    ],
)
def test_a_person_who_agreed_is_named_on_the_list_by_the_stricter_rule_or_not_at_all(
    probability: float, years: int, pupils: int, status: str
) -> None:
    teams = teams_of([probability], years=years, pupils=pupils, teachers=1)
    found = find_bright_spots(teams, agreed={("A", "reading", "3")})
    assert found.teams[0].status == status
    assert (found.teams[0].certainty is None) == (status == "hidden")


def test_what_was_not_measured_is_not_zero() -> None:
    teams = teams_of([0.95, 0.95])
    teams.draws_adjusted[0, 1] = np.nan
    found = find_bright_spots(teams)
    assert found.teams[1].status == "too little data"
    assert found.teams[1].certainty is None
    assert found.teams[1].reasons == ("not measured",)
    assert "NaN" not in json.dumps(found.to_dict(), allow_nan=False)


def test_relabelling_and_reordering_teams_changes_nothing() -> None:
    probabilities = [0.95, 0.8, 0.84, 0.8, 0.9]
    forward = find_bright_spots(teams_of(probabilities))
    backward = find_bright_spots(teams_of(probabilities[::-1]))
    assert {probabilities[i] for i in forward.named} == {probabilities[4 - i] for i in backward.named}
    assert len(forward.named) == len(backward.named)
    assert forward.share_wrong == pytest.approx(backward.share_wrong)


def test_no_teams_is_an_empty_answer() -> None:
    found = find_bright_spots(teams_of([0.9]), BrightSpotRule(size=0.1, certainty=0.95))
    assert found.named == ()


def test_the_share_wrong_is_what_happens() -> None:
    rng = np.random.default_rng(1)
    listed = wrong = 0.0
    expected = 0.0
    for _ in range(40):
        truth = rng.normal(0, 0.2, 300)
        se = 0.15
        shrink = 0.04 / (0.04 + se**2)
        mean = shrink * (truth + rng.normal(0, se, 300))
        draws = rng.normal(mean, np.sqrt(0.04 * (1 - shrink)), (400, 300)).astype(np.float32)
        n = np.full(300, 100)
        some = ("",) * 300
        teams = Teams(some, some, some, n, n, n, np.ones(300), mean, mean, draws, draws)
        found = find_bright_spots(teams)
        named = list(found.named)
        listed += len(named)
        expected += len(named) * (found.share_wrong or 0.0)
        wrong += float(np.sum(truth[named] < 0.10))
    assert listed > 1000
    # Monte Carlo error of the share wrong, four standard deviations.
    assert abs(wrong - expected) / listed < 4 * np.sqrt(0.15 * 0.85 / listed)


def test_the_thresholds_are_those_of_the_settings() -> None:
    assert BrightSpotRule.from_settings(Settings.load()) == BrightSpotRule()
