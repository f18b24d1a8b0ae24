"""What a fit leads one to expect of each pupil, against plain arithmetic on the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.measures.group_of_schools import Group, Shape, draw_group
from upwards.core.errors import EmptyData
from upwards.measures.expectations import expect, pupil_sd
from upwards.measures.value_added import ValueAddedRequest, measure_value_added
from upwards.measures.value_added_answer import ValueAdded
from upwards.store.moments_pass import compute_moments
from upwards.store.residual_rows import residual_rows
from upwards.store.results_rows import rows_of_fit

INTAKE = ["prior", "sex", "disadvantaged", "C(year)"]
CARRIED = ("school", "subject", "stage", "year", "class", "pupil")


@pytest.fixture
def group() -> Group:
    return draw_group(21, Shape(schools=10))


def rows_of(group: Group) -> pl.LazyFrame:
    return group.rows.lazy().with_columns(pl.col("disadvantaged").cast(pl.Int8))


def fit(rows: pl.LazyFrame, intake: list[str] = INTAKE, *levels: str) -> ValueAdded:
    nested = list(levels) or ["school", "class"]
    moments = compute_moments(
        rows_of_fit(rows, "reading", "1"), outcome="score", intake=intake, nested=nested, crossed=["year"]
    )
    request = ValueAddedRequest(
        levels=tuple(nested),
        year="year",
        annual=("class",),
        composition="school",
        n_draws=0,
        intervals="none",
    )
    return measure_value_added(moments, request)


def arithmetic(group: Group, answer: ValueAdded, *, adjusted: bool = False) -> Any:
    """Result less expectation over the pupil SD, as a reader would compute it with numpy."""
    rows = group.rows.filter((pl.col("subject") == "reading") & (pl.col("stage") == "1"))
    model = answer.adjusted if adjusted else answer.model
    assert model is not None
    b = dict(zip(model.terms, model.coefficients, strict=True))
    intake = {
        "prior": rows["prior"].to_numpy(),
        "sexM": (rows["sex"] == "M").to_numpy().astype(float),
        "disadvantaged": rows["disadvantaged"].to_numpy().astype(float),
        "year2019": (rows["year"] == 2019).to_numpy().astype(float),
    }
    school = rows["school"].to_numpy()
    expected = b["(Intercept)"] + sum(b[name] * values for name, values in intake.items())
    for name, values in intake.items():
        mean = f"{name} (mean of school)"
        if mean in b:
            expected += b[mean] * np.array([values[school == s].mean() for s in school])
    score = rows["score"].to_numpy()
    return rows, (score - expected) / score.std(ddof=1)


def test_residuals_are_those_of_plain_arithmetic(group: Group) -> None:
    answer = fit(rows_of(group))
    headline, adjusted = expect(answer, "reading", "1")
    for expectation, is_adjusted in ((headline, False), (adjusted, True)):
        found = residual_rows(rows_of(group), [expectation], columns=CARRIED)
        rows, expected = arithmetic(group, answer, adjusted=is_adjusted)
        assert len(found.residual) == rows.height
        names = np.array(found.labels["school"])[found.codes["school"]]
        for school in set(names):
            mine, theirs = found.residual[names == school], expected[rows["school"].to_numpy() == school]
            np.testing.assert_allclose(np.sort(mine), np.sort(theirs), atol=1e-9)


def test_adjustment_for_mean_intake_changes_schools_and_not_pupils_within_them(group: Group) -> None:
    answer = fit(rows_of(group))
    headline, adjusted = expect(answer, "reading", "1")
    assert set(adjusted.adjustment) == set(group.rows["school"])
    assert headline.adjustment == {}
    assert answer.adjusted is not None
    means = [term for term in answer.adjusted.terms if "mean of school" in term]
    # Which years a school has results of is no intake.
    assert means == ["prior (mean of school)", "sexM (mean of school)", "disadvantaged (mean of school)"]


def test_without_intake_both_expectations_are_the_mean(group: Group) -> None:
    headline, adjusted = expect(fit(rows_of(group), ["C(year)"]), "reading", "1")
    assert headline is adjusted
    assert len(headline.coefficients) == 2


def test_the_pupil_sd_is_that_of_all_results_used(group: Group) -> None:
    answer = fit(rows_of(group))
    score = group.rows.filter((pl.col("subject") == "reading") & (pl.col("stage") == "1"))["score"]
    assert pupil_sd(answer.model.moments) == pytest.approx(float(score.to_numpy().std(ddof=1)))


def test_rows_that_lack_intake_or_label_are_left_out(group: Group) -> None:
    place = pl.int_range(pl.len())
    rows = rows_of(group).with_columns(
        pl.when(place % 7 != 0).then("prior").alias("prior"),
        pl.when(place % 11 != 0).then("class").alias("class"),
    )
    answer = fit(rows)
    found = residual_rows(rows, [expect(answer, "reading", "1")[0]], columns=CARRIED)
    assert len(found.residual) == answer.model.n < group.rows.height / 4


def test_a_fit_without_classes_keeps_rows_without_a_class(group: Group) -> None:
    rows = rows_of(group).with_columns(pl.lit(None, dtype=pl.String).alias("class"))
    answer = fit(rows, INTAKE, "school")
    found = residual_rows(rows, [expect(answer, "reading", "1")[0]], columns=CARRIED)
    assert len(found.residual) == answer.model.n == group.rows.height // 4
    assert found.labels["class"] == ("",)


def test_a_pupil_without_a_name_is_a_pupil_of_its_own(group: Group) -> None:
    rows = rows_of(group).with_columns(pl.lit(None, dtype=pl.String).alias("pupil"))
    found = residual_rows(rows, [expect(fit(rows), "reading", "1")[0]], columns=CARRIED)
    assert len(set(found.codes["pupil"])) == len(found.residual)
    assert "pupil" not in found.labels


def test_numbers_that_name_a_category_are_matched_whatever_their_type(group: Group) -> None:
    place = pl.int_range(pl.len())
    rows = rows_of(group).with_columns((1.0 + place % 12).alias("birth_month"))
    answer = fit(rows, ["prior", "C(birth_month)", "C(year)"])
    found = residual_rows(rows, [expect(answer, "reading", "1")[0]], columns=CARRIED)
    # Had no month been recognised, the months' effects would be left in the residual of the fit's own rows.
    used = rows.collect().filter((pl.col("subject") == "reading") & (pl.col("stage") == "1"))
    b = dict(zip(answer.model.terms, answer.model.coefficients, strict=True))
    months = np.array([b.get(f"birth_month{int(m)}", 0.0) for m in used["birth_month"]])
    expected = b["(Intercept)"] + b["prior"] * used["prior"].to_numpy() + months
    expected += b["year2019"] * (used["year"] == 2019).to_numpy()
    residual = (used["score"].to_numpy() - expected) / used["score"].to_numpy().std(ddof=1)
    np.testing.assert_allclose(np.sort(found.residual), np.sort(residual), atol=1e-9)


def test_powers_and_products_are_followed(group: Group) -> None:
    answer = fit(rows_of(group), ["prior", "prior^2", "sex:prior", "C(year)"])
    found = residual_rows(rows_of(group), [expect(answer, "reading", "1")[0]], columns=CARRIED)
    b = dict(zip(answer.model.terms, answer.model.coefficients, strict=True))
    used = group.rows.filter((pl.col("subject") == "reading") & (pl.col("stage") == "1"))
    prior, boy = used["prior"].to_numpy(), (used["sex"] == "M").to_numpy()
    expected = b["(Intercept)"] + b["prior"] * prior + b["prior^2"] * prior**2 + b["sexM:prior"] * prior * boy
    expected += b["year2019"] * (used["year"] == 2019).to_numpy()
    residual = (used["score"].to_numpy() - expected) / used["score"].to_numpy().std(ddof=1)
    np.testing.assert_allclose(np.sort(found.residual), np.sort(residual), atol=1e-7)


def test_no_usable_row_is_said(group: Group) -> None:
    expectation = expect(fit(rows_of(group)), "reading", "1")[0]
    with pytest.raises(EmptyData, match="no result has all of its intake"):
        residual_rows(rows_of(group).with_columns(prior=pl.lit(None)), [expectation], columns=CARRIED)
    with pytest.raises(EmptyData, match="no subject"):
        residual_rows(rows_of(group), [], columns=CARRIED)
