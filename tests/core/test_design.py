"""Terms become design columns."""

from __future__ import annotations

import pytest

from upwards.core.design import (
    Category,
    Indicator,
    Numeric,
    categories,
    design_columns,
    parse_terms,
    slope_positions,
)
from upwards.core.errors import UnknownColumn, UserError

COLUMNS = ["prior", "sex", "stand LRT", "année", "KS2.avg", "a:b", "x^2", "C(z)", "year"]
LEVELS = {"sex": ["F", "M"], "year": ["2016", "2017", "2018"]}


def read(*terms: str) -> list[str]:
    parsed = parse_terms(terms, columns=COLUMNS, text_columns={"sex"})
    return [column.name for column in design_columns(parsed, LEVELS)]


def test_no_terms_leave_the_intercept() -> None:
    assert read() == ["(Intercept)"]


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("prior", ["prior"]),
        ("prior^2", ["prior^2"]),
        ("prior^10", ["prior^10"]),
        ("sex", ["sexM"]),
        ("C(year)", ["year2017", "year2018"]),
        ("sex:prior", ["sexM:prior"]),
        ("prior:sex", ["prior:sexM"]),
        ("prior : sex", ["prior:sexM"]),
        ("sex:C(year)", ["sexM:year2017", "sexM:year2018"]),
        ("sex:prior^2:C(year)", ["sexM:prior^2:year2017", "sexM:prior^2:year2018"]),
        ("C(sex)", ["sexM"]),
        ("stand LRT", ["stand LRT"]),
        (" prior ", ["prior"]),
        ("année:KS2.avg", ["année:KS2.avg"]),
    ],
)
def test_a_term_becomes_columns(term: str, names: list[str]) -> None:
    assert read(term) == ["(Intercept)", *names]


@pytest.mark.parametrize(
    ("term", "part"),
    [
        ("a:b", Numeric("a:b")),
        ("x^2", Numeric("x^2")),
        ("C(z)", Numeric("C(z)")),
        ("x^2^3", Numeric("x^2", 3)),
    ],
)
def test_a_column_name_wins_over_operators(term: str, part: Numeric) -> None:
    assert parse_terms([term], columns=COLUMNS, text_columns=set())[0].parts == (part,)


def test_a_product_may_hold_a_name_with_a_colon() -> None:
    parts = parse_terms(["prior:a:b"], columns=COLUMNS, text_columns=set())[0].parts
    assert parts == (Numeric("prior"), Numeric("a:b"))


def test_an_indicator_knows_whether_its_column_holds_numbers() -> None:
    terms = parse_terms(["C(year)", "sex"], columns=COLUMNS, text_columns={"sex"})
    design = design_columns(terms, LEVELS)
    assert design[1].factors == (Indicator("year", "2017", number_as_category=True),)
    assert design[3].factors == (Indicator("sex", "M"),)
    assert design[3].term == "sex"


def test_categories_are_listed_once() -> None:
    terms = parse_terms(["sex", "sex:prior", "C(year)"], columns=COLUMNS, text_columns={"sex"})
    assert categories(terms) == (Category("sex"), Category("year", is_number=True))
    assert terms[1].columns == ("sex", "prior")


def test_another_reference_level_can_be_chosen() -> None:
    terms = parse_terms(["C(year)"], columns=COLUMNS, text_columns=set())
    names = [column.name for column in design_columns(terms, LEVELS, {"year": "2017"})]
    assert names == ["(Intercept)", "year2016", "year2018"]


def test_a_category_with_one_level_makes_no_column() -> None:
    terms = parse_terms(["sex", "prior"], columns=COLUMNS, text_columns={"sex"})
    assert [column.name for column in design_columns(terms, {"sex": ["F"]})] == ["(Intercept)", "prior"]


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("priro", "there is no column 'priro'; did you mean 'prior'?"),
        ("sex:priro", "there is no column 'priro', needed by 'sex:priro'; did you mean 'prior'?"),
        ("C(yaer)", "there is no column 'yaer', needed by 'C(yaer)'; did you mean 'year'?"),
        ("priro^2", "there is no column 'priro', needed by 'priro^2'; did you mean 'prior'?"),
        ("quite other", "there is no column 'quite other'."),
    ],
)
def test_an_unknown_column_names_near_misses(term: str, message: str) -> None:
    with pytest.raises(UnknownColumn) as caught:
        read(term)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("prior^1", "a whole number from 2 up"),
        ("prior^0.5", "a whole number from 2 up"),
        ("prior^", "a whole number from 2 up"),
        ("prior^²", "a whole number from 2 up"),
        ("sex^2", "power of a text column"),
        ("sex:", "empty part"),
        ("", "empty part"),
    ],
)
def test_a_term_that_cannot_be_read_says_why(term: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read(term)


@pytest.mark.parametrize(
    ("references", "message"),
    [
        ({"sex": "m"}, "column 'sex' has no level 'm' to refer to"),
        ({"sxe": "M"}, "'sxe', which is not a category of the intake; did you mean 'sex'?"),
    ],
)
def test_a_reference_level_must_exist(references: dict[str, str], message: str) -> None:
    terms = parse_terms(["sex"], columns=COLUMNS, text_columns={"sex"})
    with pytest.raises(UserError, match=message.replace("?", r"\?")):
        design_columns(terms, {"sex": ["F", "M"]}, references)


def test_names_that_clash_are_refused() -> None:
    with pytest.raises(UserError, match="'prior' and 'prior' both make a column 'prior'"):
        read("prior", "prior")
    terms = parse_terms(["sex", "sexM"], columns=["sex", "sexM"], text_columns={"sex"})
    with pytest.raises(UserError, match="both make a column 'sexM'"):
        design_columns(terms, LEVELS)


def test_slopes_are_found_by_term_or_by_column() -> None:
    terms = parse_terms(["prior", "C(year)", "sex"], columns=COLUMNS, text_columns={"sex"})
    design = design_columns(terms, LEVELS)
    found = slope_positions({"school": ["C(year)"], "class": ["sexM", "prior"], "lea": []}, design)
    assert found == {"school": (0, 2, 3), "class": (0, 1, 4), "lea": (0,)}


def test_a_slope_must_be_in_the_intake() -> None:
    design = design_columns(parse_terms(["prior"], columns=COLUMNS, text_columns=set()), {})
    with pytest.raises(
        UnknownColumn, match="'priro' of level 'school' is not in the intake; did you mean 'prior'"
    ):
        slope_positions({"school": ["priro"]}, design)
