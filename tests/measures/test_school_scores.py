"""Published school scores as estimates, against schools whose true scores are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.published_figures import MEASURE, Truth, draw_schools, panel_of
from upwards.core.panel import SchoolRegister
from upwards.measures.forecasts import forecast_next_year
from upwards.measures.school_scores import fit_scores, score_schools
from upwards.measures.school_scores_answer import (
    follow_codes,
    means_to_rows,
    score_rows,
    sources_of,
    text_of,
    variances_to_dict,
)
from upwards.measures.score_years import NoUsableYears, choose_years

WRITING = replace(
    MEASURE, breaks={2018: "the framework changed"}, gaps={2020: "no tests"}, years=(2016, 2017, 2018, 2019)
)
DRAWN = range(41, 45)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return draw_schools(7, schools=1500)


def test_years_before_a_change_of_definition_are_left_out_and_named() -> None:
    chosen = choose_years(WRITING, range(2016, 2021), WRITING.years)
    assert chosen.used == (2018, 2019)
    assert chosen.notes == (
        "There is no figure for 2020: no tests.",
        "2016, 2017 left out: from 2018 another definition holds (the framework changed), and figures on two "
        "definitions are not put together.",
    )


def test_years_on_the_earlier_side_can_be_asked_for() -> None:
    assert choose_years(WRITING, (2016, 2017), WRITING.years).used == (2016, 2017)


@pytest.mark.parametrize(
    ("asked", "held", "said"),
    [
        (
            (2020,),
            (2018,),
            "no figures for 2020. There is no figure for 2020: no tests. There are figures for 2018.",
        ),
        ((2019,), (), "There is no figure for 2019: not imported. No year of it was imported."),
        ((2014,), (2018,), "not published on this definition"),
    ],
)
def test_years_without_figures_are_refused_with_the_reason(
    asked: tuple[int, ...], held: tuple[int, ...], said: str
) -> None:
    with pytest.raises(NoUsableYears, match=said.replace(".", r"\.")):
        choose_years(WRITING, asked, held)


def test_a_year_of_a_part_of_the_schools_is_left_out(truth: Truth) -> None:
    value = truth.panel.value.copy()
    value[300:, 3] = np.nan
    part = replace(truth.panel, value=value)
    fit = fit_scores(part, MEASURE)
    assert fit.years.used == (2016, 2017, 2018)
    assert any(note.startswith("2019 is left out: 28") for note in fit.notes)
    assert fit_scores(part, MEASURE, [2019]).years.used == (2019,)


def test_few_schools_are_refused() -> None:
    with pytest.raises(NoUsableYears, match="can be used for 2 schools"):
        fit_scores(panel_of([[1.0], [2.0]], n=[[9], [9]]), MEASURE)


def test_the_share_between_schools_is_found_from_the_same_figures(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE)
    true = float(np.mean(np.var(truth.score, axis=0))) / 36
    assert fit.icc == pytest.approx(true, rel=0.06)
    assert fit_scores(truth.panel, MEASURE, within_schools=False).icc == 0


def test_other_years_lend_their_pupils_and_nothing_else(truth: Truth) -> None:
    n = truth.panel.n.copy()
    n[:, 3] = np.nan
    alone = fit_scores(replace(truth.panel, n=n), MEASURE, [2019])
    assert alone.borrowed.all()
    assert alone.value.shape[1] == 1
    assert np.isfinite(alone.variance).all()


@pytest.mark.parametrize("years", [(2019,), (2018, 2019), (2016, 2017, 2018, 2019)])
def test_intervals_hold_the_truth_95_times_in_100(years: tuple[int, ...]) -> None:
    held, n = 0, 0
    for seed in DRAWN:
        drawn = draw_schools(seed, schools=500)
        fit = fit_scores(drawn.panel, MEASURE, years)
        scores = score_schools(fit, draws=50)
        rows = np.searchsorted(drawn.panel.school, fit.school)
        lasting, score = drawn.lasting[rows, 3], drawn.score[rows, 3]
        true = score - score.mean() if len(years) < 3 else lasting - lasting.mean()
        # with two years a trend is in what lasts only up to the middle: the year's own score is told
        effect, se = (scores.effect, scores.se) if len(years) != 2 else (scores.year_effect, scores.year_se)
        held += int(np.sum(np.abs(effect - true) < 1.959964 * se))
        n += len(true)
    assert held / n == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / n) ** 0.5 + 0.005)


def test_probabilities_of_the_top_fifth_are_as_often_right_as_they_say() -> None:
    said, true = [], []
    for seed in DRAWN:
        drawn = draw_schools(seed, schools=500)
        fit = fit_scores(drawn.panel, MEASURE)
        said.append(score_schools(fit, draws=400).ranks.p_top)
        lasting = drawn.lasting[np.searchsorted(drawn.panel.school, fit.school), 3]
        true.append(lasting >= np.quantile(lasting, 0.8))
    p, top = np.concatenate(said), np.concatenate(true)
    for low, high in ((0.0, 0.1), (0.1, 0.4), (0.4, 0.7), (0.7, 1.01)):
        inside = (p >= low) & (p < high)
        error = (p[inside].mean() * (1 - p[inside].mean()) / inside.sum()) ** 0.5
        assert top[inside].mean() == pytest.approx(p[inside].mean(), abs=3 * error + 0.02)


def test_a_rank_interval_is_wide_where_schools_are_small() -> None:
    drawn = draw_schools(9, schools=300, missing=0)
    fit = fit_scores(drawn.panel, MEASURE)
    ranks = score_schools(fit, draws=400).ranks
    width, n = ranks.upper - ranks.lower, drawn.panel.n.mean(axis=1)
    inside = np.abs(ranks.expected - 150) < 75  # at the ends every interval is short
    small = n[inside] < np.median(n[inside])
    assert width[inside][small].mean() > 1.08 * width[inside][~small].mean()


def test_percentages_near_the_end_of_the_scale_have_no_bias_and_intervals_that_hold() -> None:
    percent = replace(MEASURE, unit="percent of pupils", norm_referenced=False, pupil_sd={})
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        n = np.clip(rng.lognormal(3.2, 0.8, 2000).round(), 3, 200)
        k = 0.9 * 0.1 / 0.06**2 - 1
        p = rng.beta(0.9 * k, 0.1 * k, 2000)
        published = np.round(100 * rng.binomial(n.astype(int), p) / n)[:, None]
        fit = fit_scores(panel_of(published, n=n[:, None]), percent)
        scores = score_schools(fit, draws=20)
        held = np.abs(100 * p - fit.fit.mean[0] - scores.effect) < 1.96 * scores.se
        found.append((fit.fit.mean[0] - 90, fit.fit.level**0.5 / 6, held.mean()))
    bias, spread, inside = np.mean(found, axis=0)
    assert abs(bias) < 0.15
    assert spread == pytest.approx(1, abs=0.06)
    assert inside == pytest.approx(0.95, abs=0.015)
    assert any("near 0 % and 100 %" in note for note in fit.notes)


def test_a_smaller_school_is_shrunk_more() -> None:
    values = np.tile(np.linspace(-4, 4, 20)[:, None], (1, 1))
    n = np.where(np.arange(20) % 2, 100, 10)[:, None]
    fit = fit_scores(panel_of(values, n=n), MEASURE)
    scores = score_schools(fit, draws=50)
    small = n[:, 0] == 10
    assert scores.reliability[small].max() < scores.reliability[~small].min()


def test_order_and_names_of_schools_do_not_matter(truth: Truth) -> None:
    order = np.random.default_rng(1).permutation(len(truth.panel.school))
    panel = truth.panel
    mixed = panel_of(panel.value[order], n=panel.n[order])
    one, other = (score_schools(fit_scores(p, MEASURE), draws=50) for p in (panel, mixed))
    kept = np.isfinite(panel.value).any(axis=1)
    back = np.argsort(order[kept[order]])
    assert one.effect == pytest.approx(other.effect[back], abs=1e-6)


def test_schools_that_do_not_differ_are_not_ranked() -> None:
    values = np.random.default_rng(3).normal(0, 0.01, (50, 1))
    scores = score_schools(fit_scores(panel_of(values, n=np.full((50, 1), 30)), MEASURE), draws=200)
    assert np.ptp(scores.ranks.expected) < 25
    assert scores.ranks.p_top is not None
    assert scores.ranks.p_top.max() < 0.6


def test_rows_say_what_is_missing_and_never_zero(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE)
    rows = score_rows(fit, score_schools(fit, draws=50), forecast_next_year(fit))
    absent = [row for row in rows if row["value"] is None]
    assert absent
    assert {row["missing"] for row in absent} == {"suppressed"}
    assert all(row["effect"] is not None and row["se"] > 0 for row in absent)
    assert all(row["lower"] < row["effect"] < row["upper"] for row in rows)
    assert {row["year"] for row in rows} == {2019}
    assert rows[0]["name"] is None


def test_schools_have_the_names_of_the_register(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE, [2019])
    known = np.array(["100001", "999999"])
    blank, unknown, never = np.array(["", ""]), np.full(2, np.nan), np.full(2, np.datetime64("NaT", "D"))
    register = SchoolRegister(
        known, known, np.array(["Hill", "Park"]), blank, blank, blank, blank, *[unknown] * 4, never, never
    )
    rows = score_rows(fit, score_schools(fit, draws=50), None, register)
    assert {row["school"]: row["name"] for row in rows if row["name"]} == {"100001": "Hill"}
    assert rows[0]["forecast"] is None


def test_a_norm_referenced_measure_shows_no_means_over_years(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE)
    assert [row["year"] for row in means_to_rows(fit)] == [2019]
    free = replace(fit, measure=replace(MEASURE, norm_referenced=False))
    assert [row["year"] for row in means_to_rows(free)] == [2016, 2017, 2018, 2019]
    scores, ahead = score_schools(fit, draws=50), forecast_next_year(fit)
    assert any("no rise or fall" in line for line in text_of(fit, scores, ahead))
    assert not any("no rise or fall" in line for line in text_of(free, scores, ahead))


def test_variances_have_intervals_that_hold_the_truth() -> None:
    true = {"level": 2.0, "trend": 0.5, "passing": 1.0, "lasting": (4 + 9 * 0.25) ** 0.5}
    held = []
    for seed in range(20):
        found = variances_to_dict(fit_scores(draw_schools(seed, schools=300).panel, MEASURE))
        held += [found[name]["lower"] < sd < found[name]["upper"] for name, sd in true.items()]
        held.append(found["level_trend"]["lower"] < 0 < found["level_trend"]["upper"])
    assert np.mean(held) > 0.95 - 3 * (0.95 * 0.05 / len(held)) ** 0.5


def test_what_one_year_cannot_tell_is_null(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE, [2019])
    found = variances_to_dict(fit)
    assert found["trend"] is None
    assert found["passing"] is None
    assert found["level_trend"] is None
    assert found["fading"] is None
    assert any("2019 alone" in note for note in fit.notes)
    assert any("no trend" in note for note in fit_scores(truth.panel, MEASURE, [2018, 2019]).notes)


def test_a_spread_of_trends_is_told_beside_levels_that_fade() -> None:
    rng = np.random.default_rng(4)
    level = np.empty((2500, 4))
    level[:, 0] = 2.2 * rng.standard_normal(2500)
    for t in range(1, 4):
        level[:, t] = 0.8 * level[:, t - 1] + 2.2 * 0.6 * rng.standard_normal(2500)
    n = np.repeat(rng.integers(10, 60, (2500, 1)), 4, axis=1)
    fit = fit_scores(panel_of(level + rng.normal(size=level.shape) * 5.6 / n**0.5, n=n), MEASURE)
    found = variances_to_dict(fit)
    assert found["trend"]["sd"] > 0.4  # though no school has a trend
    assert found["fading"]["kept"] == pytest.approx(0.8, abs=0.03)
    assert found["fading"]["log_likelihood_above_trend"] > 10
    assert any("fading fits better" in note for note in fit.notes)


def test_true_trends_fit_better_than_fading(truth: Truth) -> None:
    fit = fit_scores(truth.panel, MEASURE)
    assert any("trends fit better" in note or "about as well" in note for note in fit.notes)
    assert fit_scores(truth.panel, MEASURE, [2018, 2019]).fading is None


def test_codes_of_any_year_lead_to_the_school_that_continues_them() -> None:
    panel = panel_of(np.ones((3, 2)))
    codes = panel.code.copy()
    codes[2, 0] = "99"
    panel = replace(panel, code=codes)
    assert follow_codes(panel, frozenset({"99", "100000", "7"})) == {"99": "100002", "100000": "100000"}
    assert sources_of(panel, (2016, 2030)) == {"file.csv"}
