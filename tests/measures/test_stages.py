"""Share within, link out, grow the top, or leave it to the leaders."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from upwards.core.settings import Settings
from upwards.measures.stages import Earlier, OutsideReference, SchoolStage, StageRule, choose_stages
from upwards.measures.teams import Teams

OUTSIDE = OutsideReference(0.15, "the public record", {"history": 0.5})


def build(rows: list[tuple[str, str, str]], draws: Any, adjusted: Any = None, **other: Any) -> Teams:
    """Teams of these (school, subject, stage) with draws of shape (D, T)."""
    draws = np.asarray(draws, dtype=np.float32)
    n = len(rows)
    given = {"n_pupils": 100, "n_years": 2, "n_teachers": 5, "coverage": 1.0} | other
    counts = {name: np.broadcast_to(given[name], n).astype(np.int64) for name in list(given)[:3]}
    return Teams(
        school=tuple(row[0] for row in rows),
        subject=tuple(row[1] for row in rows),
        stage=tuple(row[2] for row in rows),
        coverage=np.broadcast_to(given["coverage"], n).astype(float),
        effect=draws.mean(axis=0).astype(float),
        se=draws.std(axis=0).astype(float),
        draws=draws,
        draws_adjusted=draws if adjusted is None else np.asarray(adjusted, dtype=np.float32),
        **counts,
    )


def school(*effects: float, se: float = 0.01, subject: str = "reading", **other: Any) -> Teams:
    """School A with one team per stage."""
    rng = np.random.default_rng(2)
    draws = rng.normal(effects, se, (2000, len(effects)))
    return build([("A", subject, str(stage)) for stage in range(len(effects))], draws, **other)


def in_two_accounts(headline: list[float], adjusted: list[float], se: float = 0.01) -> Teams:
    """School A with one team per stage, without and with adjustment for mean intake."""
    noise = np.random.default_rng(6).normal(0, se, (2000, len(headline)))
    rows = [("A", "reading", str(stage)) for stage in range(len(headline))]
    return build(rows, headline + noise, adjusted + noise)


def stage_of(teams: Teams, *, subject: str | None = "reading", **other: Any) -> SchoolStage:
    """Stage of school A."""
    return choose_stages(teams, **other).by_school()["A", subject]


def test_a_school_with_one_team_well_ahead_shares_within() -> None:
    found = stage_of(school(0.1, 0.5, 0.1))
    assert found.stage == "share within"
    assert found.best == 1
    assert found.gap == pytest.approx(0.4, abs=0.01)
    assert found.gap_lower is not None
    assert found.gap_upper is not None
    assert found.gap_lower < 0.4 < found.gap_upper
    assert found.why.startswith("A in reading: one team is ahead")


def test_a_high_and_even_school_grows_the_top() -> None:
    found = stage_of(school(0.40, 0.42, 0.41), reference=OUTSIDE)
    assert found.stage == "grow the top"
    assert found.grow_the_top == pytest.approx(1.0)
    assert "the public record" in found.why


def test_the_reference_may_differ_by_subject() -> None:
    found = stage_of(school(0.40, 0.42, subject="history"), subject="history", reference=OUTSIDE)
    assert found.stage == "link out"
    assert stage_of(school(0.40, 0.42), subject=None, reference=OUTSIDE).stage == "grow the top"


def test_an_even_school_that_is_not_high_links_out() -> None:
    found = stage_of(school(0.0, 0.02, -0.01), reference=OUTSIDE)
    assert found.stage == "link out"
    assert found.link_out == pytest.approx(1.0)


def test_uncertain_results_leave_it_to_the_leaders() -> None:
    found = stage_of(school(0.0, 0.02, -0.01, 0.0, se=0.2), reference=OUTSIDE)
    assert found.stage == "leaders decide"
    assert "cannot tell" in found.why


def test_the_best_is_fixed_before_the_draws_are_read() -> None:
    # Five equal teams, each known with an error of 0.15: some team leads by 0.2 in most draws, but not the
    # same one, so neither "share within" nor "even" can be said.
    found = stage_of(school(0.0, 0.0, 0.0, 0.0, 0.0, se=0.15))
    assert found.share_within is not None
    assert found.even is not None
    assert found.share_within < 0.2
    assert found.even < 0.7
    assert found.stage == "leaders decide"


def test_the_four_probabilities_sum_to_one() -> None:
    for reference in (None, OUTSIDE):
        for stage in choose_stages(school(0.0, 0.2, 0.1, se=0.15), reference=reference).schools:
            parts = (stage.share_within, stage.grow_the_top, stage.link_out, stage.leaders_decide)
            assert sum(part or 0.0 for part in parts) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("level", "se", "stage"),
    [(0.5, 0.05, "grow the top"), (-0.2, 0.05, "link out"), (0.15, 0.2, "leaders decide")],
)
def test_a_school_of_one_team_goes_by_its_level(level: float, se: float, stage: str) -> None:
    found = stage_of(school(level, se=se), reference=OUTSIDE)
    assert found.stage == stage
    assert found.gap is None
    assert found.even is None
    assert found.best is None


def test_a_school_of_one_team_never_shares_within_even_if_any_gap_counts() -> None:
    found = stage_of(school(0.5), rule=StageRule(gap=0.0))
    assert found.share_within == 0.0


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    ("one", "other", "stage"),
    [
        ([0.1, 0.5, 0.1], [0.1, 0.4, 0.1], "share within"),
        # Ahead in one account, even in the other; or another team is ahead.
        ([0.1, 0.5, 0.1], [0.1, 0.2, 0.1], "leaders decide"),
        ([0.1, 0.5, 0.1], [0.5, 0.1, 0.1], "leaders decide"),
        # Even in both, high in one only.
        ([0.4, 0.4, 0.4], [0.0, 0.0, 0.0], "leaders decide"),
        ([0.4, 0.4, 0.4], [0.3, 0.3, 0.3], "grow the top"),
        ([-0.4, -0.4, -0.4], [0.0, 0.0, 0.0], "link out"),
        # A single team.
        ([0.4], [0.0], "leaders decide"),
        ([0.4], [0.3], "grow the top"),
        ([-0.4], [0.0], "link out"),
    ],
)
def test_a_stage_must_survive_both_accounts_of_intake(
    one: list[float], other: list[float], stage: str, swap: bool
) -> None:
    found = stage_of(in_two_accounts(*((other, one) if swap else (one, other))), reference=OUTSIDE)
    assert found.stage == stage
    parts = (found.share_within, found.grow_the_top, found.link_out, found.leaders_decide)
    assert sum(part or 0.0 for part in parts) == pytest.approx(1.0)


def test_each_probability_is_the_smaller_of_those_of_either_account() -> None:
    headline, adjusted = [0.0, 0.25, 0.05], [0.05, 0.2, 0.1]
    both = stage_of(in_two_accounts(headline, adjusted, 0.1), reference=OUTSIDE)
    alone = [stage_of(in_two_accounts(e, e, 0.1), reference=OUTSIDE) for e in (headline, adjusted)]
    for name in ("share_within", "grow_the_top", "link_out", "even", "high"):
        assert getattr(both, name) == min(getattr(found, name) for found in alone)
    assert both.leaders_decide is not None
    assert both.leaders_decide >= max(found.leaders_decide or 0.0 for found in alone)
    shown = [(found.gap, found.gap_lower, found.gap_upper) for found in (both, *alone)]
    assert shown[0] == shown[2] != shown[1]


def test_the_team_ahead_is_the_one_whose_lead_survives_both_accounts() -> None:
    found = stage_of(in_two_accounts([0.50, 0.45, -0.5], [-0.5, 0.5, 0.0]))
    assert (found.stage, found.best) == ("share within", 1)


def test_a_school_high_in_one_account_only_is_told_what_is_not_sure() -> None:
    found = stage_of(in_two_accounts([0.4, 0.4], [0.0, 0.0]), reference=OUTSIDE)
    assert "both accounts of intake" in found.why
    assert "cannot tell whether one team" not in found.why


def test_a_team_without_an_adjusted_measure_does_not_count() -> None:
    teams = in_two_accounts([0.1, 0.5, 0.1], [0.1, np.nan, 0.1])
    assert stage_of(teams).n_left_out == 1


@pytest.mark.parametrize("effects", [(0.1, 0.5, 0.1), (0.4, 0.42, 0.41), (0.0, 0.02, -0.01), (0.4,), (-0.2,)])
def test_a_stage_on_one_year_of_results_says_so(effects: tuple[float, ...]) -> None:
    one, two = (stage_of(school(*effects, n_years=years), reference=OUTSIDE) for years in (1, 2))
    assert one.why.endswith(", on one year of results only.")
    assert one.why.replace(", on one year of results only", "") == two.why
    assert one.stage == two.stage
    assert one.share_within == two.share_within
    some = stage_of(school(*effects, 0.4, n_years=[2] * len(effects) + [1]))
    assert some.stage == "leaders decide" or some.why.endswith("of results only in some teams.")
    strict = stage_of(school(*effects), reference=OUTSIDE, rule=StageRule(min_years=3))
    assert strict.why.endswith(", on 2 years of results only.")


def several_schools(levels: list[float], teams_each: int) -> Teams:
    rng = np.random.default_rng(3)
    rows = [("ABCDEFGH"[s], "reading", str(k)) for s in range(len(levels)) for k in range(teams_each)]
    return build(rows, rng.normal(np.repeat(levels, teams_each), 0.02, (1000, len(rows))))


@pytest.mark.parametrize("teams_each", [1, 2])
def test_without_a_reference_high_is_high_here_only(teams_each: int) -> None:
    answer = choose_stages(several_schools([0.5, 0.0, -0.1, -0.2, 0.1], teams_each))
    stages = answer.by_school()
    assert stages["A", "reading"].stage == "leaders decide"
    assert "high compared with these schools only" in stages["A", "reading"].why
    assert stages["A", "reading"].high is None
    assert stages["A", "reading"].grow_the_top is None
    assert stages["C", "reading"].stage == "link out"
    assert "No outside reference" in answer.text[1]


def test_with_few_schools_nothing_is_high_here() -> None:
    stages = choose_stages(several_schools([0.5, 0.0, -0.1], 1)).by_school()
    assert stages["A", "reading"].high_here is None
    assert stages["A", "reading"].stage == "leaders decide"
    assert "one team" in stages["A", "reading"].why


def test_over_all_subjects_no_best_team_is_given() -> None:
    rng = np.random.default_rng(4)
    teams = build([("A", "history", "3"), ("A", "mathematics", "3")], rng.normal([0, 0.6], 0.01, (500, 2)))
    answer = choose_stages(teams)
    assert [stage.subject for stage in answer.schools] == [None, "history", "mathematics"]
    assert answer.schools[0].stage == "share within"
    assert answer.schools[0].best is None
    assert answer.schools[1].n_teams == 1


def test_teams_below_coverage_or_not_measured_do_not_count() -> None:
    teams = school(0.1, 0.5, 0.1, coverage=[1, 0.5, 1])
    found = stage_of(teams)
    assert (found.n_teams, found.n_left_out) == (2, 1)
    assert found.stage == "link out" or found.best is not None
    teams.draws[0, :] = np.nan
    found = stage_of(teams)
    assert found.stage == "leaders decide"
    assert found.share_within is None
    assert "no team" in found.why


def test_a_single_personal_team_is_not_shown_without_agreement() -> None:
    teams = school(0.5, n_teachers=1)
    assert stage_of(teams, reference=OUTSIDE).high is None
    assert "whose results are not shown" in stage_of(teams).why
    assert stage_of(teams, reference=OUTSIDE, agreed={("A", "reading", "0")}).stage == "grow the top"


def test_a_personal_best_team_is_not_pointed_at_without_agreement() -> None:
    teams = school(0.1, 0.5, n_teachers=[5, 2])
    assert stage_of(teams).best is None
    assert stage_of(teams).stage == "share within"
    assert stage_of(teams, agreed={("A", "reading", "1")}).best == 1


def test_a_stage_changes_only_if_it_holds_two_years_or_is_nearly_certain() -> None:
    teams = school(0.0, 0.28, 0.0, se=0.1)
    now = stage_of(teams)
    assert now.stage == "share within"
    assert now.share_within is not None
    assert 0.7 < now.share_within < 0.9

    def after(in_force: Any, by_rule: Any, **rule: Any) -> SchoolStage:
        earlier = {("A", "reading"): Earlier(in_force, by_rule)}
        return stage_of(teams, earlier=earlier, rule=StageRule(**rule))

    assert after("link out", "link out").stage == "link out"
    assert "for the first year" in after("link out", "link out").why
    assert after("link out", "link out").by_rule == "share within"
    assert after("link out", "share within").stage == "share within"
    assert after("share within", "link out").stage == "share within"
    assert after("link out", "link out", change_certainty=0.7).stage == "share within"


def test_answers_are_plain_data() -> None:
    for reference in (None, OUTSIDE):
        plain = choose_stages(school(0.1, 0.2), reference=reference).to_dict()
        assert "NaN" not in json.dumps(plain, allow_nan=False)


def test_probabilities_of_a_gap_are_calibrated_on_simulated_schools() -> None:
    rng = np.random.default_rng(5)
    n_schools, k, spread, se = 1500, 4, 0.15, 0.12
    truth = rng.normal(0, 0.1, (n_schools, 1)) + rng.normal(0, spread, (n_schools, k))
    seen = truth + rng.normal(0, se, truth.shape)
    # The exact posterior: school and team effects are normal, so the K effects have one covariance.
    prior = 0.1**2 * np.ones((k, k)) + spread**2 * np.eye(k)
    gain = prior @ np.linalg.inv(prior + se**2 * np.eye(k))
    root = np.linalg.cholesky(prior - gain @ prior)
    draws = (seen @ gain.T)[None] + rng.normal(size=(500, n_schools, k)) @ root.T
    rows = [(f"{s:04d}", "reading", str(j)) for s in range(n_schools) for j in range(k)]
    stages = choose_stages(build(rows, draws.reshape(500, -1))).by_school()
    found = [stages[f"{s:04d}", "reading"] for s in range(n_schools)]
    best = np.array([stage.best or 0 for stage in found]) % k
    scale = k / (k - 1)
    centred = scale * (truth - truth.mean(axis=1, keepdims=True))
    ahead = centred[np.arange(n_schools), best] >= 0.2
    even = centred.max(axis=1) < 0.2
    for probability, event in (
        (np.array([stage.share_within for stage in found], dtype=float), ahead),
        (np.array([stage.even for stage in found], dtype=float), even),
    ):
        for low in (0.0, 0.2, 0.4, 0.6, 0.8):
            chosen = (probability >= low) & (probability < low + 0.2)
            if chosen.sum() > 50:
                allowed = 4 * np.sqrt(0.25 / chosen.sum())
                assert abs(event[chosen].mean() - probability[chosen].mean()) < allowed


def test_the_thresholds_are_those_of_the_settings() -> None:
    assert StageRule.from_settings(Settings.load()) == StageRule()
