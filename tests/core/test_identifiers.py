from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from upwards.core.identifiers import normalise_identifier
from upwards.sources.numbers import identifier


def test_spellings_of_one_identifier_come_together() -> None:
    spellings = ["h801 200", " H801200 ", "H801\u00a0200", "\uff28801200"]
    assert {normalise_identifier(one) for one in spellings} == {"H801200"}


def test_the_decimal_point_of_a_spreadsheet_goes_and_leading_zeros_stay() -> None:
    assert normalise_identifier("1234.0") == "1234"
    assert normalise_identifier("007") != normalise_identifier("7")


@given(st.text())
def test_the_rule_applied_twice_changes_nothing(text: str) -> None:
    once = normalise_identifier(text)
    assert normalise_identifier(once) == once


# Polars follows a newer Unicode than Python 3.11: letters that were added since have a case in one only.
KNOWN = st.characters(codec="utf-8", exclude_categories=("Cs", "Cn"))


@given(st.lists(st.text(KNOWN, max_size=12), max_size=20))
def test_the_rule_for_columns_is_the_rule_for_one(texts: list[str]) -> None:
    column = pl.DataFrame({"pupil": texts}, schema={"pupil": pl.String}).select(identifier("pupil"))
    assert column["pupil"].to_list() == [normalise_identifier(text) or None for text in texts]
