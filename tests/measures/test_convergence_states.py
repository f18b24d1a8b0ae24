"""A state needs both conditions; what cannot be told is said."""

from __future__ import annotations

import pytest

from upwards.measures.convergence import Change, Convergence, Slopes
from upwards.measures.convergence_intervals import UNTOLD, Estimate
from upwards.measures.convergence_rule import ConvergenceRule
from upwards.measures.convergence_states import choose_state, say_convergence

RULE = ConvergenceRule()
FOUR = (2016, 2017, 2018, 2019)


def system(years: tuple[int, ...] = FOUR, n: int = 1000, **change: object) -> Convergence:
    one = Estimate(2.0, 1.9, 2.1)
    return Convergence(
        n_units=n,
        years=years,
        n=(n,) * len(years),
        spread=(one,) * len(years),
        mean=(UNTOLD,) * len(years),
        change=Change(**change),  # type: ignore[arg-type]
    )


NARROWING = {"p_narrowing": 0.99, "p_both": 0.97}
WIDENING = {"p_narrowing": 0.005, "p_both": 0.0}


@pytest.mark.parametrize(
    ("change", "state", "p"),
    [
        ({**NARROWING, "p_top_rising": 0.98}, "converging upwards", 0.97),
        ({**NARROWING, "p_both": 0.01, "p_top_rising": 0.01}, "converging by the top falling", 0.98),
        ({**NARROWING, "p_top_rising": 0.6}, "cannot be told", None),
        ({**NARROWING, "p_top_rising": None}, "cannot be told", None),
        ({**WIDENING, "p_top_rising": 0.99, "p_bottom_rising": 0.98}, "both rising but apart", 0.98),
        ({**WIDENING, "p_top_rising": 0.99, "p_bottom_rising": 0.4}, "spreading", 0.995),
        ({"p_narrowing": 0.9, "p_top_rising": 1.0, "p_negligible": 0.4}, "no detectable change", 0.4),
        ({"p_narrowing": None}, "cannot be told", None),
    ],
)
def test_convergence_upwards_needs_a_narrower_spread_and_a_higher_top(
    change: dict[str, float | None], state: str, p: float | None
) -> None:
    chosen = choose_state(system(**change), RULE, norm_referenced=False)
    assert chosen.state == state
    assert chosen.p_state == (None if p is None else pytest.approx(p))
    assert bool(chosen.reason) == (state == "cannot be told")


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
    assert "converging upwards (probability above 0.999)" in text
    assert "is below 0.001" in said(system(p_narrowing=0.0001, p_both=0.0))


def test_gains_are_beside_what_ordinary_fluctuation_would_show() -> None:
    gains = Slopes(
        gain_lowest=Estimate(1.2, 1.0, 1.4), gain_highest=Estimate(-0.8, None, None), stationary_gain=0.9
    )
    found = system(p_narrowing=0.5)
    text = said(Convergence(**{**_fields(found), "slopes": gains}))
    assert "started lowest changed by +1.20 (1.00 to 1.40) points" in text
    assert "started highest by -0.80;" in text
    assert "towards the mean by 0.90" in text


def _fields(found: Convergence) -> dict[str, object]:
    names = ("n_units", "years", "n", "spread", "mean", "bottom", "top", "change", "slopes")
    return {name: getattr(found, name) for name in names}


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.99, "The lower end drew in more"), (0.01, "The upper end drew in more"), (0.5, "cannot be told")],
)
def test_unequal_ends_are_claimed_only_with_certainty(p: float, words: str) -> None:
    found = Convergence(**{**_fields(system(**NARROWING, p_top_rising=0.99)), "lopsided": p})  # type: ignore[arg-type]
    assert words in said(found)


def test_borrowed_fluctuation_is_said() -> None:
    found = Convergence(**{**_fields(system(n=12, p_narrowing=0.5)), "borrowed": True})  # type: ignore[arg-type]
    assert "12 are fewer than 200: how much they fluctuate is borrowed" in said(found)


def test_a_year_without_a_spread_is_not_put_in_words() -> None:
    found = system(p_narrowing=0.5)
    bare = Convergence(**{**_fields(found), "spread": (UNTOLD,) * 4})  # type: ignore[arg-type]
    assert "true spread" not in said(bare)


def test_a_system_whose_first_year_cannot_be_told_says_so() -> None:
    assert choose_state(system(), RULE, norm_referenced=True).reason == (
        "The spread of one of the years cannot be told."
    )
