"""Comparisons across a change of definition are refused; years without figures are named."""

from __future__ import annotations

import pytest

from upwards.core.catalogue import PublishedMeasure
from upwards.core.errors import EmptyData
from upwards.measures.breaks import AcrossBreak, choose_comparable_years, comparable_periods

WRITING = PublishedMeasure(
    name="ks2.writing_expected",
    title="Writing at the expected standard",
    unit="percent of pupils",
    norm_referenced=False,
    years=(2016, 2017, 2018, 2019, 2022),
    breaks={2018: "the framework of the teacher's assessment changed"},
    gaps={2020: "no tests", 2021: "no tests"},
)


def test_a_comparison_across_a_break_is_refused_with_what_can_be_compared() -> None:
    with pytest.raises(AcrossBreak, match="changed in 2018: the framework") as refused:
        choose_comparable_years(WRITING, [2016, 2017, 2018, 2019])
    assert "2016-2017 or 2018-2019" in str(refused.value)


def test_a_break_between_years_that_are_not_compared_does_not_matter() -> None:
    assert choose_comparable_years(WRITING, [2018, 2019]).years == (2018, 2019)


def test_both_sides_restated_on_one_definition_can_be_compared() -> None:
    chosen = choose_comparable_years(WRITING, [2016, 2017, 2018], restated=[2018])
    assert chosen.years == (2016, 2017, 2018)


def test_years_without_figures_are_named_with_their_reason() -> None:
    chosen = choose_comparable_years(WRITING, range(2018, 2024), held=[2018, 2019])
    assert chosen.years == (2018, 2019)
    assert chosen.notes == (
        "Writing at the expected standard has no figure for 2020, 2021: no tests.",
        "Writing at the expected standard has no figure for 2022: published, but not imported.",
        "Writing at the expected standard has no figure for 2023: not published on this definition.",
    )


def test_without_years_the_latest_period_is_taken() -> None:
    chosen = choose_comparable_years(WRITING)
    assert chosen.years == (2018, 2019, 2022)
    assert "Earlier years are on another definition: 2016-2017." in chosen.notes
    assert choose_comparable_years(WRITING, held=[2018]).notes == ()


def test_no_figures_at_all_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(EmptyData, match="There are figures for 2016, 2017"):
        choose_comparable_years(WRITING, [2020], held=[2016, 2017])
    with pytest.raises(EmptyData, match="None of its years is imported"):
        choose_comparable_years(WRITING, held=[])


def test_a_gap_between_years_does_not_hide_a_break() -> None:
    assert comparable_periods([2015, 2019], [2017]) == ((2015,), (2019,))
    assert comparable_periods([], [2017]) == ()
