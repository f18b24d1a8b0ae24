"""Which fits the results of a workspace allow, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from upwards.measures.fit_choices import FitChoice, choose_fit, unit_columns
from upwards.store.results_rows import FitFacts

N = 1000
KNOWN = {"school": N, "class": N, "prior": N, "sex": N, "disadvantaged": N}
DISTINCT = {"school": 20, "class": 80, "prior": 300, "sex": 2, "disadvantaged": 2}


def facts(
    known: dict[str, int] | None = None, distinct: dict[str, int] | None = None, **more: Any
) -> FitFacts:
    given: dict[str, Any] = {
        "subject": "mathematics",
        "stage": "5",
        "n_rows": N,
        "n_scored": N,
        "known": KNOWN | (known or {}),
        "distinct": DISTINCT | (distinct or {}),
        "scales": ("points",),
        "prior_sources": ("baseline",),
        "years": (2019,),
        "text": frozenset({"school", "class", "sex"}),
    }
    return FitFacts(**given | more)


def test_prior_attainment_comes_first_then_characteristics() -> None:
    choice = choose_fit(facts())
    assert choice.intake == ("prior", "sex", "disadvantaged")
    assert choice.levels == ("school", "class")
    assert choice.refusal is None
    assert choice.notes == ()
    assert choice.has_prior
    assert not choice.has_years
    assert choice.coverage == 1.0


def test_without_prior_attainment_the_reader_is_told() -> None:
    choice = choose_fit(facts(known={"prior": 0}, distinct={"prior": 0}, prior_sources=()))
    assert choice.intake == ("sex", "disadvantaged")
    assert not choice.has_prior
    assert "No prior attainment" in choice.notes[0]
    assert choice.refusal is None


@pytest.mark.parametrize(("known", "in_intake"), [(900, True), (899, False)])
def test_a_characteristic_known_for_nine_in_ten_joins_the_intake(known: int, in_intake: bool) -> None:
    choice = choose_fit(facts(known={"sex": known}))
    assert ("sex" in choice.intake) is in_intake
    assert [note for note in choice.notes if "'sex' is known for 90%" in note] == (
        [] if in_intake else ["'sex' is known for 90% of results only and was left out of the intake."]
    )


def test_a_column_with_one_value_says_nothing_and_is_left_out_silently() -> None:
    choice = choose_fit(facts(distinct={"sex": 1}))
    assert "sex" not in choice.intake
    assert choice.notes == ()


def test_declared_columns_come_before_characteristics_and_only_once() -> None:
    known, distinct = {"class_type": N}, {"class_type": 3}
    choice = choose_fit(facts(known, distinct), declared=("class_type", "sex", "prior"))
    assert choice.intake == ("prior", "class_type", "sex", "disadvantaged")


def test_a_declared_column_that_these_rows_lack_is_passed_over() -> None:
    assert choose_fit(facts(), declared=("siblings",)).intake == ("prior", "sex", "disadvantaged")


def test_the_month_of_birth_is_a_category_and_no_straight_line() -> None:
    choice = choose_fit(facts(known={"birth_month": N}, distinct={"birth_month": 12}))
    assert choice.intake[-1] == "C(birth_month)"


def test_text_with_too_many_values_is_no_category() -> None:
    text = frozenset({"school", "class", "sex", "ethnicity", "ses"})
    known, distinct = {"ethnicity": N, "ses": N}, {"ethnicity": 31, "ses": 30}
    choice = choose_fit(facts(known, distinct, text=text), declared=("ses",))
    assert "ses" in choice.intake
    assert "ethnicity" not in choice.intake
    assert choice.notes == (
        "'ethnicity' has 31 different values, too many for categories, and was left out of the intake.",
    )


def test_a_number_may_have_many_values() -> None:
    choice = choose_fit(facts({"income": N}, {"income": 900}), declared=("income",))
    assert "income" in choice.intake


def test_a_level_that_few_rows_name_is_no_level() -> None:
    choice = choose_fit(facts(known={"class": 500}))
    assert choice.levels == ("school",)
    assert choice.notes == ("'class' is known for 50% of results only and is no level of the fit.",)


def test_levels_run_from_group_to_class() -> None:
    known, distinct = {"group": N, "department": N}, {"group": 5, "department": 40}
    assert choose_fit(facts(known, distinct)).levels == ("group", "school", "department", "class")


def test_coverage_is_that_of_what_is_known_least() -> None:
    choice = choose_fit(facts(known={"prior": 800, "school": 950}))
    assert choice.coverage == pytest.approx(0.8)
    assert choice.notes == ()


@pytest.mark.parametrize(("minimum", "n_notes"), [(0.7, 1), (0.6, 0)])
def test_low_coverage_is_said_against_the_setting(minimum: float, n_notes: int) -> None:
    choice = choose_fit(facts(known={"prior": 630}), min_coverage=minimum)
    assert len(choice.notes) == n_notes
    assert all("At most 63%" in note and f"below {minimum:.0%}" in note for note in choice.notes)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"scales": ("points", "grades")}, "2 scales (points, grades)"),
        ({"prior_sources": ("CAT4", "KS2")}, "several sources (CAT4, KS2)"),
        ({"n_repeated": 3}, "3 results are a pupil's second or later one"),
        ({"n_scored": 29, "known": dict.fromkeys(KNOWN, 29)}, "Fewer than 30 results"),
        ({"distinct": DISTINCT | {"school": 1}}, "one school"),
    ],
)
def test_what_cannot_be_compared_is_refused(more: dict[str, Any], words: str) -> None:
    fixed = facts()
    given = {name: getattr(fixed, name) for name in FitFacts.__slots__} | more
    choice = choose_fit(FitFacts(**given))
    assert choice.refusal is not None
    assert words in choice.refusal


def test_two_sources_do_no_harm_where_no_prior_is_used() -> None:
    given = facts(known={"prior": 0}, distinct={"prior": 0}, prior_sources=("CAT4", "KS2"))
    assert choose_fit(given).refusal is None


def test_several_years_are_noticed() -> None:
    choice: FitChoice = choose_fit(facts(years=(2018, 2019)))
    assert choice.has_years
    assert choice.years == (2018, 2019)


def test_the_path_of_a_unit_is_made_of_its_columns() -> None:
    levels = ("group", "school", "class")
    assert unit_columns("school", levels) == ("group", "school")
    assert unit_columns("class:year", levels) == ("group", "school", "class", "year")
    assert unit_columns("a:b", ("a:b", "c")) == ("a:b",)
