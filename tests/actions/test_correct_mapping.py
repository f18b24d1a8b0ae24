"""A mapping is corrected heading by heading, and says what does not fit."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from upwards.actions.correct_mapping import correct_mapping, mapping_choices
from upwards.core.errors import UserError

TWICE = 'table = "results"\n[columns]\nclass = "Set"\ndepartment = "Set"\nscore = "Mark"\n'


def corrected(text: str, headings: list[str], **changes: object) -> dict[str, object]:
    choices = mapping_choices(text, headings)
    return tomllib.loads(correct_mapping(text, replace(choices, **changes)))


def test_one_heading_that_fills_two_columns_stays_so_until_it_is_changed():
    same = corrected(TWICE, ["Set", "Mark"])
    assert same["columns"] == {"class": "Set", "department": "Set", "score": "Mark"}
    other = corrected(TWICE, ["Set", "Mark"], uses={"Set": "stage", "Mark": "score"})
    assert other["columns"] == {"stage": "Set", "score": "Mark"}


@pytest.mark.parametrize(
    ("column", "said", "kept"),
    [
        ("weight", "1.5", 1.5),
        ("attempt", "2", 2),
        ("disadvantaged", "Yes", True),
        ("year", "2019/20", "2019/20"),
    ],
)
def test_a_value_for_all_rows_is_of_its_column_s_type(column, said, kept):
    found = corrected(TWICE, ["Set", "Mark"], constants={column: said})
    assert found["constants"] == {column: kept}
    again = mapping_choices(
        correct_mapping(TWICE, replace(mapping_choices(TWICE, []), constants={column: said})), []
    )
    assert again.constants[column].lower() == said.lower()


@pytest.mark.parametrize(
    ("column", "said"),
    [("weight", "heavy"), ("attempt", "first"), ("disadvantaged", "maybe"), ("prior_date", "May")],
)
def test_a_value_of_another_type_is_refused_without_repeating_it(column, said):
    with pytest.raises(UserError, match=f"{column} has to be") as refused:
        corrected(TWICE, ["Set", "Mark"], constants={column: said})
    assert said not in str(refused.value)


def test_a_column_named_twice_over_is_refused():
    with pytest.raises(UserError, match="both a heading and a constant"):
        corrected(TWICE, ["Set", "Mark"], constants={"score": "5"})
