"""A state needs both conditions; what cannot be told is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from upwards.measures.convergence import Change, Convergence, Slopes
from upwards.measures.convergence_checks import Checks
from upwards.measures.convergence_intervals import UNTOLD, Estimate
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state
from upwards.measures.convergence_words import say_convergence

RULE = ConvergenceRule()
FOUR = (2016, 2017, 2018, 2019)


def system(years: tuple[int, ...] = FOUR, n: int = 1000, **change: Any) -> Convergence:
    one = Estimate(2.0, 1.9, 2.1)
    return Convergence(
        n_units=n,
        years=years,
        n=(n,) * len(years),
        spread=(one,) * len(years),
        mean=(UNTOLD,) * len(years),
        change=Change(**change),
    )


NARROWING: dict[str, Any] = {"p_narrowing": 0.99, "p_both": 0.97}
WIDENING: dict[str, Any] = {"p_narrowing": 0.005, "p_both": 0.0}


@pytest.mark.parametrize(
    ("change", "state", "p"),
    [
        ({**NARROWING, "p_top_rising": 0.98}, "converging upwards", 0.97),
        ({**NARROWING, "p_both": 0.01, "p_top_rising": 0.01}, "converging by the top falling", 0.98),
        ({**NARROWING, "p_top_rising": 0.6}, "narrowing", 0.99),
        ({**NARROWING, "p_top_rising": None}, "narrowing", 0.99),
        ({**WIDENING, "p_top_rising": 0.99, "p_bottom_rising": 0.98}, "both rising but apart", 0.98),
        ({**WIDENING, "p_top_rising": 0.99, "p_bottom_rising": 0.4}, "spreading", 0.995),
        ({"p_narrowing": 0.9, "p_top_rising": 1.0, "p_negligible": 0.4}, "no detectable change", 0.4),
        ({"p_narrowing": None}, "cannot be told", None),
    ],
)
def test_convergence_upwards_needs_a_narrower_spread_and_a_higher_top(
    change: dict[str, Any], state: str, p: float | None
) -> None:
    chosen = choose_state(system(**change), RULE, norm_referenced=False)
    assert chosen.state == state
    assert chosen.p_state == (None if p is None else pytest.approx(p))
    assert bool(chosen.reason) == (state in ("cannot be told", "narrowing"))


@pytest.mark.parametrize(
    ("p", "state"), [(0.99, "narrowing"), (0.01, "widening"), (0.6, "no detectable change")]
)
def test_where_the_mean_is_fixed_no_rise_of_the_top_is_claimed(p: float, state: str) -> None:
    found = system(p_narrowing=p, p_top_rising=1.0, p_bottom_rising=1.0, p_both=p)
    chosen = choose_state(found, RULE, norm_referenced=True)
    assert chosen.state == state
    said = say_convergence(found, chosen, RULE, norm_referenced=True, whom="all schools", unit="points")
    assert "a rise of the top cannot be told" in said
    assert "upwards" not in said


def test_three_years_tell_no_state() -> None:
    chosen = choose_state(system(years=(2017, 2018, 2019), p_narrowing=1.0), RULE, norm_referenced=True)
    assert chosen.state == "cannot be told"
    assert "3 years with figures are too few" in chosen.reason


def test_few_units_without_a_wider_system_tell_no_state() -> None:
    chosen = choose_state(system(n=9), RULE, norm_referenced=True, unit_word="regions")
    assert "9 regions are too few" in chosen.reason
    assert "200 are needed" in chosen.reason


def test_units_missing_at_the_ends_tell_no_state() -> None:
    assert "Fewer than 3 schools" in choose_state(system(n=2), RULE, norm_referenced=True).reason


def said(found: Convergence, *, norm_referenced: bool = False) -> str:
    chosen = choose_state(found, RULE, norm_referenced=norm_referenced)
    return say_convergence(
        found, chosen, RULE, norm_referenced=norm_referenced, whom="all schools", unit="points"
    )


def test_no_detectable_change_says_what_would_have_been_found() -> None:
    text = said(system(p_narrowing=0.5, p_negligible=0.8, detectable=0.07))
    assert "All schools, 2016 to 2019: no detectable change." in text
    assert "changed by less than 5% is 0.800" in text
    assert "a narrowing of 7% would be found in 80 % of cases" in text
    assert "not even a spread of nothing" in said(system(p_narrowing=0.5, detectable=None))


def test_a_certain_state_says_its_probability() -> None:
    text = said(system(p_narrowing=0.99995, p_both=0.99995, p_top_rising=0.999))
    assert "converging upwards (P above 0.999)" in text
    assert "spreading (P above 0.999)" in said(system(p_narrowing=0.0001, p_both=0.0))


def test_a_gain_is_said_beyond_ordinary_fluctuation_and_once() -> None:
    gains = Slopes(gain_beyond=Estimate(0.3, 0.1, 0.5), stationary_gain=0.9)
    found = replace(system(**NARROWING, p_top_rising=0.99, top=Estimate(0.2, 0.1, 0.3)), slopes=gains)
    text = said(found)
    assert "those who started lowest moved by +0.30 (0.10 to 0.50) points about the mean" in text
    assert "the same size by construction" in text
    assert "The top (90th percentile) moved by +0.20 (0.10 to 0.30) points" in text
    assert "started lowest" not in said(found, norm_referenced=True)
    assert "started lowest" not in said(replace(found, lopsided=0.99))
    assert "started lowest" not in said(replace(found, borrowed=True))


@pytest.mark.parametrize(
    ("p", "words"), [(0.99, "The lower end drew in more"), (0.01, "The upper end drew in more")]
)
def test_unequal_ends_are_claimed_only_with_certainty(p: float, words: str) -> None:
    found = system(**NARROWING, p_top_rising=0.99)
    assert words in said(replace(found, lopsided=p))
    assert "drew in more" not in said(replace(found, lopsided=0.5))


def test_no_falling_top_is_claimed_where_the_lower_end_drew_in_more_or_units_are_few() -> None:
    found = system(**NARROWING, p_top_rising=0.001)
    assert choose_state(found, RULE, norm_referenced=False).state == "converging by the top falling"
    for other in (replace(found, lopsided=0.99), replace(found, borrowed=True)):
        assert choose_state(other, RULE, norm_referenced=False).state == "narrowing"


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        (Checks(n_both_ends=900, p_both_ends=0.6), "by which schools left or entered: the 900 schools"),
        (Checks(n_both_ends=900, p_both_ends=0.95), "the 900 schools with figures in 2016 and 2019 alone"),
        (Checks(n_both_ends=9), "are too few to tell"),
        (Checks(p_in_pupil_sd=0.4, in_pupil_sd=(0.353, 0.344)), "it depends on the unit: in pupil SDs"),
        (Checks(p_in_pupil_sd=0.96, in_pupil_sd=(0.353, 0.344)), "but in pupil SDs of the year"),
        (
            Checks(break_even=(1.06, None), doubtful=(0.1, None)),
            "it vanishes were the pupil SD of 2016 larger by 6%, and it is known to within 10% only",
        ),
        (Checks(uneven=(2,)), "1,000 in 2018, usually 1,000"),
    ],
)
def test_a_certain_change_is_not_named_where_a_check_speaks_against_it(checks: Checks, words: str) -> None:
    found = replace(system(**NARROWING), checks=checks)
    chosen = choose_state(found, RULE, norm_referenced=True)
    assert chosen.state == "cannot be told"
    assert chosen.reason.startswith("Narrower, but ")
    assert words in chosen.reason
    text = said(found, norm_referenced=True)
    assert "P above" not in text
    assert "national mean" not in text


def test_what_agrees_stands_beside_the_state() -> None:
    checks = Checks(
        n_both_ends=900,
        p_both_ends=0.999,
        p_in_pupil_sd=0.99,
        in_pupil_sd=(0.4, 0.3),
        break_even=(1.5, 0.6),
        steps=(0.99, 0.98, 0.08),
        unweighted=(2.77, None, None, 2.41),
    )
    text = said(replace(system(**NARROWING), checks=checks), norm_referenced=True)
    assert "weighted by reliability squared; unweighted 2.77 and 2.41" in text
    assert "It happened 2016 to 2017 and 2017 to 2018; the other steps are not certain." in text
    assert "In pupil SDs of the year it was 0.400 and is 0.300 (P 0.990)" in text
    assert "only if the pupil SD of 2016 were × 1.50" in text
    vague = replace(checks, steps=(0.8, 0.9, None))
    assert "No single step" in said(replace(system(**NARROWING), checks=vague))
    wide = replace(system(**WIDENING), checks=replace(checks, p_both_ends=0.001, p_in_pupil_sd=0.01))
    assert "It happened" not in said(replace(wide, checks=replace(wide.checks, steps=(0.01,) * 3)))


def test_one_year_is_not_said_to_have_changed() -> None:
    text = said(system(years=(2018,), p_narrowing=None))
    assert text.startswith("All schools, 2018: cannot be told. One year shows no change.")
    assert "is 2.00 (1.90 to 2.10)" in text
    assert "was" not in text


def test_few_years_withhold_the_probability() -> None:
    text = said(replace(system(years=(2017, 2018), p_narrowing=0.9999), lopsided=0.001))
    assert "P" not in text
    assert "drew in" not in text


def test_borrowed_fluctuation_is_said() -> None:
    found = replace(system(n=12, p_narrowing=0.5), borrowed=True)
    assert "12 are fewer than 200: they are assumed to fluctuate as all schools do, or more" in said(found)


def test_a_year_without_a_spread_is_not_put_in_words() -> None:
    found = system(p_narrowing=0.5)
    bare = replace(found, spread=(UNTOLD,) * 4)
    assert "true spread" not in said(bare)


def test_a_system_whose_first_year_cannot_be_told_says_so() -> None:
    assert choose_state(system(), RULE, norm_referenced=True).reason == (
        "The spread of one of the years cannot be told."
    )
