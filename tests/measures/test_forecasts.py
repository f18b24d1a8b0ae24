"""Next year's figures: every rule against arithmetic, the choice among them, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.evidence.forecast_table import TABLES, with_tables
from tests.measures.published_figures import MEASURE, draw_schools, panel_of
from upwards.measures.forecast_rules import (
    ByClassRule,
    FadingRule,
    Figures,
    SizedMeanRule,
    WeightedRule,
    chance_in_mean,
    learn_fading,
    learn_rules,
    learn_sized_mean,
    weighted_mean,
)
from upwards.measures.forecasts import (
    Performance,
    choose_rule,
    cross_validate,
    figures_of,
    forecast_next_year,
    judge_rules,
    last_known,
)
from upwards.measures.school_scores import fit_scores

NAN = np.nan
YEARS = np.arange(2.0)


def figures(value: object, variance: float = 1.0) -> Figures:
    given = np.array(value, dtype=float)
    return Figures(given, np.where(np.isfinite(given), variance, NAN), np.arange(given.shape[1], dtype=float))


def test_a_weighted_mean_gives_the_weight_of_a_missing_year_to_the_others() -> None:
    known = figures([[1.0, 2.0, 4.0], [1.0, NAN, 4.0], [NAN, NAN, NAN], [3.0, 6.0, NAN]])
    weighted = weighted_mean(known, (3.0, 2.0, 1.0))
    assert weighted[:2].tolist() == [(3 * 4 + 2 * 2 + 1) / 6, (3 * 4 + 1) / 4]
    assert np.isnan(weighted[2])
    assert weighted[3] == (2 * 6 + 3) / 3
    assert np.isnan(weighted_mean(known, (1.0,))[3])


def test_a_school_without_figures_is_not_forecast_by_a_mean() -> None:
    estimate, error = WeightedRule("last year", (1.0,), 0.5, 2.0).forecast(
        figures([[1.0, NAN], [1.0, 4.0]]), 2.0
    )
    assert np.isnan(estimate[0])
    assert np.isnan(error[0])
    assert (estimate[1], error[1]) == (2.0, 2.0)


def test_the_fading_rule_is_the_best_linear_forecast() -> None:
    known = figures([[1.0, -2.0, 3.0]], variance=0.7)
    estimate, error = FadingRule("fading level", 4.0, 0.8, 1.5).forecast(known, 4.0)
    total = np.array([[4.0, 3.2, 2.56], [3.2, 4.0, 3.2], [2.56, 3.2, 4.0]]) + 2.2 * np.eye(3)
    towards = 4.0 * 0.8 ** np.array([4.0, 3.0, 2.0])
    assert estimate[0] == pytest.approx(towards @ np.linalg.inv(total) @ known.value[0])
    assert error[0] == pytest.approx(5.5 - towards @ np.linalg.inv(total) @ towards)


def test_a_school_without_figures_is_forecast_to_be_average() -> None:
    estimate, error = FadingRule("fading level", 4.0, 0.8, 1.5).forecast(figures([[NAN, NAN]]), 2.0)
    assert (estimate[0], error[0]) == (0.0, 5.5)


def test_how_fast_a_level_fades_is_found() -> None:
    rng = np.random.default_rng(5)
    lasting, kept = np.empty((6000, 4)), 0.7
    lasting[:, 0] = 2 * rng.standard_normal(6000)
    for t in range(1, 4):
        lasting[:, t] = kept * lasting[:, t - 1] + 2 * (1 - kept**2) ** 0.5 * rng.standard_normal(6000)
    known = figures(lasting + rng.normal(0, 1, lasting.shape) + rng.normal(0, 0.8**0.5, lasting.shape), 0.8)
    rule = learn_fading(known)
    assert rule.lasting == pytest.approx(4.0, abs=0.3)
    assert rule.kept == pytest.approx(0.7, abs=0.03)
    assert rule.passing == pytest.approx(1.0, abs=0.3)


def test_figures_of_pure_chance_forecast_the_average() -> None:
    noise = np.random.default_rng(6).normal(0, 1, (3000, 3))
    rule = learn_fading(figures(noise))
    assert rule.lasting * rule.kept < 0.1
    estimate, _ = rule.forecast(figures([[5.0, 5.0, 5.0]]), 3.0)
    assert abs(estimate[0]) < 0.5


def test_rules_are_judged_on_the_same_schools() -> None:
    actual, noise = np.array([1.0, 2.0, NAN, 4.0]), np.array([0.5, 0.5, 0.5, NAN])
    forecasts = {
        "one": (np.array([0.0, 0.0, 0.0, 0.0]), np.full(4, 0.25)),
        "other": (np.array([NAN, 3.0, 0.0, 0.0]), np.full(4, 0.0)),
    }
    one, other = judge_rules(forecasts, actual, noise)
    assert (one.n, one.rmse, one.mae) == (1, 2.0, 2.0)
    assert one.rmse_true == pytest.approx((4 - 0.5) ** 0.5)
    assert (one.coverage, other.coverage) == (0.0, 1.0)


def test_two_years_have_no_means_over_years_and_no_trend() -> None:
    known = figures(np.random.default_rng(1).normal(0, 2, (60, 2)))
    names = [rule.name for rule in learn_rules(known)]
    assert names == ["level", "last year, shrunk by size", "last year", "last year, shrunk"]


def test_of_three_years_every_rule_is_tried() -> None:
    known = figures(np.random.default_rng(1).normal(0, 2, (60, 3)))
    tried = [one.rule for one in cross_validate(known)]
    assert tried[:3] == ["level and trend", "level", "fading level"]
    assert len(tried) == 12
    assert sum(one.may_be_used for one in cross_validate(known)) == 6


def test_a_rule_that_does_not_know_size_is_never_chosen() -> None:
    blind = Performance("3:2:1, shrunk", 90, 1.0, 0.8, 0.5, 0.9, may_be_used=False)
    sized = Performance("3:2:1, shrunk by size", 90, 1.1, 0.9, 0.6, 0.9)
    assert choose_rule([blind, sized]) == "3:2:1, shrunk by size"


def test_a_mean_is_shrunk_by_its_own_chance() -> None:
    known = Figures(
        np.array([[3.0, 6.0], [3.0, 6.0], [NAN, 6.0]]), np.array([[1, 2], [9, 18], [NAN, 2.0]]), YEARS
    )
    assert chance_in_mean(known, (3.0, 2.0)) == pytest.approx([(9 * 2 + 4) / 25, (9 * 18 + 4 * 9) / 25, 2.0])
    rule = SizedMeanRule("3:2:1, shrunk by size", (3.0, 2.0), kept=0.9, lasting=4.0, spread=1.5)
    estimate, error = rule.forecast(known, 2.0)
    share = 4 / (4 + np.array([22 / 25, 198 / 25, 2.0]))
    assert estimate == pytest.approx(0.9 * share * [4.8, 4.8, 6.0])
    assert error == pytest.approx(1.5 + 0.81 * 4 * (1 - share))


def test_what_a_mean_keeps_and_how_much_of_it_lasts_is_learnt() -> None:
    rng = np.random.default_rng(8)
    noise = np.repeat(rng.choice([0.2, 2.0, 8.0], 20000)[:, None], 2, axis=1)
    lasting = 2 * rng.standard_normal(20000)
    true = np.stack([lasting, 0.8 * lasting + 1.1 * rng.standard_normal(20000)], axis=1)
    seen = true + np.sqrt(noise) * rng.standard_normal(true.shape)
    before = Figures(seen[:, :1], noise[:, :1], YEARS[:1])
    rule = learn_sized_mean("last year, shrunk by size", before, seen[:, 1], noise[:, 1], (1.0,))
    assert rule.kept == pytest.approx(0.8, abs=0.03)
    assert rule.lasting == pytest.approx(4.0, abs=0.5)
    assert rule.spread == pytest.approx(1.21, abs=0.1)
    estimate, error = rule.forecast(before, 1.0)
    for size in (0.2, 2.0, 8.0):
        of = noise[:, 0] == size
        held = np.abs(true[of, 1] - estimate[of]) < 1.6449 * np.sqrt(error[of])
        assert held.mean() == pytest.approx(0.9, abs=0.015)


def test_a_rule_of_no_figure_forecasts_the_average() -> None:
    nothing = Figures(np.full((3, 1), NAN), np.full((3, 1), NAN), YEARS[:1])
    rule = learn_sized_mean("last year, shrunk by size", nothing, np.full(3, NAN), np.full(3, NAN), (1.0,))
    assert (rule.kept, rule.spread) == (0.0, 0.0)


def test_large_and_small_schools_have_rules_of_their_own_where_there_are_enough() -> None:
    rng = np.random.default_rng(2)
    variance = np.repeat(rng.lognormal(0, 1, 2000)[:, None], 3, axis=1)
    known = Figures(rng.normal(0, 2, (2000, 3)), variance, np.arange(3.0))
    rule = next(one for one in learn_rules(known) if one.name == "fading level")
    assert isinstance(rule, ByClassRule)
    assert len(rule.rules) == 4
    estimate, error = rule.forecast(known, 3.0)
    smallest = known.chance > rule.edges[-1]
    again, of_error = rule.rules[-1].forecast(known.of(smallest), 3.0)
    assert estimate[smallest].tolist() == again.tolist()
    assert error[smallest].tolist() == of_error.tolist()
    few = next(one for one in learn_rules(known.of(np.arange(2000) < 200)) if one.name == "fading level")
    assert isinstance(few, ByClassRule)
    assert len(few.rules) == 1


def test_a_school_without_a_figure_in_the_last_year_has_no_forecast() -> None:
    fit = fit_scores(draw_schools(5, schools=200, missing=0.2).panel, MEASURE)
    ahead = forecast_next_year(fit)
    assert 0 < fit.current.sum() < 200
    assert np.isfinite(ahead.estimate).tolist() == fit.current.tolist()
    assert np.isfinite(ahead.se).tolist() == fit.current.tolist()


def test_the_choice_never_sees_the_year_that_is_forecast() -> None:
    panel = draw_schools(3, schools=200).panel
    fit = fit_scores(panel, MEASURE, (2016, 2017, 2018))
    later = panel.value.copy()
    later[:, 3] = 99.0
    again = fit_scores(replace(panel, value=later), MEASURE, (2016, 2017, 2018))
    one, other = forecast_next_year(fit), forecast_next_year(again)
    assert one.performances == other.performances
    assert np.array_equal(one.estimate, other.estimate, equal_nan=True)


def test_nine_of_ten_published_figures_fall_into_the_interval() -> None:
    held, chosen = [], set()
    for seed in range(8):
        truth = draw_schools(seed, schools=500, missing=0)
        fit = fit_scores(truth.panel, MEASURE, (2016, 2017, 2018))
        ahead = forecast_next_year(fit)
        lower, upper = ahead.bounds()
        held += ((truth.panel.value[:, 3] >= lower) & (truth.panel.value[:, 3] <= upper)).tolist()
        chosen.add(ahead.rule)
    assert np.mean(held) == pytest.approx(0.9, abs=3 * (0.09 / len(held)) ** 0.5 + 0.01)
    assert "last year" not in chosen  # nothing that is not shrunk does best where chance is large


@pytest.mark.parametrize(
    ("more", "years", "said"),
    [
        (
            {"gaps": {2020: "no tests were held"}},
            (2018, 2019),
            "is not forecast for 2020: no tests were held",
        ),
        ({"breaks": {2020: "new tests"}}, (2018, 2019), "another definition holds (new tests)"),
        ({}, (2019,), "one year on this definition cannot tell what lasts"),
    ],
)
def test_what_cannot_be_forecast_is_said(more: dict[str, object], years: tuple[int, ...], said: str) -> None:
    measure = replace(MEASURE, **more)  # type: ignore[arg-type]
    fit = fit_scores(draw_schools(4, schools=60).panel, measure, years)
    ahead = forecast_next_year(fit)
    assert ahead.rule is None
    assert np.isnan(ahead.estimate).all()
    assert said in str(ahead.refusal)


def test_of_few_schools_no_rule_is_chosen() -> None:
    ahead = forecast_next_year(fit_scores(draw_schools(4, schools=20).panel, MEASURE))
    assert "schools have figures in the last two years; choosing a rule takes 30" in str(ahead.refusal)


def test_the_tables_of_the_manual_are_those_of_the_evidence(project: Path) -> None:
    found = json.loads((project / "docs/evidence/forecasts.json").read_text(encoding="utf-8"))["found"]
    page = (project / "docs/methods/school-scores.md").read_text(encoding="utf-8")
    assert page == with_tables(page, found)
    quoted = {line for lines in TABLES.values() for line in lines(found)}
    assert quoted <= set(page.splitlines())
    assert len(quoted) > 40
    by_case = [{rule["rule"]: rule["rmse"] for rule in case["rules"]} for case in found["cases"]]
    lost = [
        rules[c["chosen"]] / rules[c["best"]] - 1 for rules, c in zip(by_case, found["cases"], strict=True)
    ]
    assert f"{lost[0] * 100:.1f} % above the best" in page
    primary = [rules["last year"] / min(rules.values()) - 1 for rules in by_case if "fading level" in rules]
    assert np.mean(primary[:2]) == pytest.approx(0.16, abs=0.01)
    held = [one["held"] for case in found["cases"] for one in case["sizes"]]
    assert f"between {min(held):.0%} and {max(held):.0%}".replace("%", " %") in page


def test_the_sampling_error_of_next_year_is_that_last_known() -> None:
    known = last_known(np.array([[1.0, 2.0, NAN], [NAN, NAN, NAN], [1.0, NAN, 3.0]]))
    assert known[0] == 2.0
    assert np.isnan(known[1])
    assert known[2] == 3.0


def test_figures_are_differences_from_the_mean_school_of_the_year() -> None:
    value = np.random.default_rng(2).normal(0, 2, (40, 2)) + [5.0, -5.0]
    found = figures_of(fit_scores(panel_of(value, n=np.full(value.shape, 30)), MEASURE)).value
    assert np.abs(found.mean(axis=0)).max() < 0.5
