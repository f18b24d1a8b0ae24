"""How far chance moves a published figure."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest

from tests.measures.published_figures import MEASURE, panel_of
from upwards.measures.sampling_errors import UnknownSamplingError, sampling_errors

PERCENT = replace(MEASURE, unit="percent of pupils", norm_referenced=False, pupil_sd={})
Z = NormalDist().inv_cdf(0.975)


def test_a_published_interval_gives_the_variance_before_the_count_does() -> None:
    panel = panel_of([[1.25]], lower=[[0.25]], upper=[[2.25]], n=[[4]])
    errors = sampling_errors(panel, MEASURE)
    assert errors.published[0, 0] == pytest.approx((1 / Z) ** 2)
    assert errors.basis[0, 0] == "interval"


def test_without_an_interval_it_is_the_pupil_spread_of_the_year_over_the_pupils() -> None:
    errors = sampling_errors(
        panel_of([[1.25, 0.25]], n=[[36, 9]]), replace(MEASURE, pupil_sd={2016: 6.0, 2017: 3.0})
    )
    assert errors.published.tolist() == [[1.0, 1.0]]
    assert errors.basis.tolist() == [["pupils", "pupils"]]
    assert errors.notes((2016, 2017)) == []


def test_a_published_interval_is_reproduced_with_the_published_spread() -> None:
    # DfE, KS2 reading 2019: half an interval is 1.96 x 6.17358373 / sqrt(n)
    errors = sampling_errors(
        panel_of([[1.25]], n=[[30]], years=(2019,)), replace(MEASURE, pupil_sd={2019: 6.17358373})
    )
    assert (
        round(1.96 * float(np.sqrt(errors.published[0, 0])), 1)
        == round(1.96 * 6.17358373 / 30**0.5, 1)
        == 2.2
    )


def test_the_share_between_schools_is_taken_off_for_estimates_only() -> None:
    errors = sampling_errors(panel_of([[1.25], [0.5]], n=[[36], [36]]), MEASURE)
    assert errors.variance()[0, 0] == pytest.approx(1.0 + 0.01**2 / 12)
    assert errors.variance(0.15)[0, 0] == pytest.approx(0.85 + 0.01**2 / 12)


def test_a_missing_count_is_that_of_the_nearest_earlier_year_and_is_said() -> None:
    panel = panel_of([[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]], n=[[20, 40, np.nan], [np.nan, np.nan, 9]])
    errors = sampling_errors(panel, MEASURE)
    assert errors.n.tolist() == [[20, 40, 40], [9, 9, 9]]
    assert errors.borrowed.tolist() == [[False, False, True], [True, True, False]]
    assert errors.notes((2018,)) == [
        "2018: the number of pupils is not known for 1 schools; that of their nearest year is used."
    ]


def test_a_figure_without_any_count_is_left_out_and_counted() -> None:
    errors = sampling_errors(panel_of([[1.0, 2.0], [3.0, np.nan]], n=[[25, 25], [np.nan, np.nan]]), MEASURE)
    assert np.isnan(errors.published[1]).all()
    assert errors.n_unknown.tolist() == [1, 0]
    assert "1 figures of single years are left out" in errors.notes((2016, 2017))[0]


def test_a_year_without_a_pupil_spread_has_that_of_the_nearest_and_says_so() -> None:
    errors = sampling_errors(panel_of([[1.0, 2.0]], n=[[25, 25]]), replace(MEASURE, pupil_sd={2019: 5.0}))
    assert errors.pupil_sd.tolist() == [5.0, 5.0]
    assert errors.notes((2016,)) == ["The spread between pupils in 2016 is not known: that of 2019 is used."]


def test_published_intervals_tell_the_pupil_spread_of_a_year_where_the_catalogue_does_not() -> None:
    half = Z * 6.3 / 5
    panel = panel_of(
        [[1.0], [1.0]], lower=[[1 - half], [np.nan]], upper=[[1 + half], [np.nan]], n=[[25], [100]]
    )
    errors = sampling_errors(panel, replace(MEASURE, pupil_sd={}))
    assert errors.published[1, 0] == pytest.approx(6.3**2 / 100)


@pytest.mark.parametrize("value", [0.0, 100.0])
def test_no_percentage_is_certain(value: float) -> None:
    errors = sampling_errors(panel_of([[value]], n=[[10]]), PERCENT)
    assert errors.published[0, 0] == pytest.approx(100**2 * 2 / 14 * 12 / 14 / 10)
    assert errors.is_percent


def test_chance_in_a_percentage_comes_from_all_pupils_and_not_from_the_schools_own_share() -> None:
    errors = sampling_errors(panel_of([[100.0], [50.0], [80.0]], n=[[10], [10], [76]]), PERCENT)
    p = (10 + 5 + 60.8 + 2) / 100
    assert errors.published[:, 0] == pytest.approx(100**2 * p * (1 - p) / np.array([10, 10, 76]))
    assert errors.variance(0.2)[0, 0] == pytest.approx(0.8 * errors.published[0, 0] + errors.rounding[0])


def test_a_percentage_has_the_chance_of_the_mean_that_was_found() -> None:
    errors = sampling_errors(panel_of([[90.0, 50.0], [60.0, 50.0]], n=[[9, 9], [9, 9]]), PERCENT)
    again = errors.at_means(np.array([90.0, np.nan]))
    assert again.published[:, 0] == pytest.approx(np.full(2, 100.0))
    assert again.published[:, 1].tolist() == errors.published[:, 1].tolist()
    points = sampling_errors(panel_of([[1.0]], n=[[9]]), MEASURE)
    assert points.at_means(np.array([5.0])) is points


@pytest.mark.parametrize(("values", "step"), [([1.0, -3.0], 1.0), ([1.1, 2.0], 0.1), ([0.25, 1.0], 0.01)])
def test_rounding_adds_a_twelfth_of_its_square(values: list[float], step: float) -> None:
    errors = sampling_errors(panel_of([[v] for v in values], n=[[9], [9]]), MEASURE)
    assert errors.rounding[0] == pytest.approx(step**2 / 12)


def test_figures_that_were_not_rounded_have_no_rounding_error() -> None:
    assert sampling_errors(panel_of([[np.pi]], n=[[9]]), MEASURE).rounding[0] == 0


def test_an_interval_upside_down_is_no_interval() -> None:
    errors = sampling_errors(panel_of([[1.0]], lower=[[2.0]], upper=[[0.0]], n=[[36]]), MEASURE)
    assert errors.basis[0, 0] == "pupils"


def test_a_measure_whose_chance_nothing_tells_is_refused() -> None:
    with pytest.raises(UnknownSamplingError, match="published without intervals"):
        sampling_errors(panel_of([[45.1]], n=[[100]]), replace(MEASURE, pupil_sd={}))
