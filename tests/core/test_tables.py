from __future__ import annotations

import re

import pytest

from upwards.core.tables import TABLES, UnknownTable, find_table
from upwards.core.tables.column import Column, Table

EVERY_TABLE = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
EVERY_COLUMN = pytest.mark.parametrize(
    "column",
    [pytest.param(c, id=f"{t.name}.{c.name}") for t in TABLES.values() for c in t.columns],
)


def test_the_tables_of_the_design_exist() -> None:
    assert set(TABLES) == {
        "results",
        "rosters",
        "schools",
        "groups",
        "memberships",
        "successions",
        "school_measures",
        "group_measures",
        "area_measures",
        "judgements",
        "finances",
        "workforce",
        "people",
        "partnerships",
        "sessions",
        "initiatives",
        "practices",
    }


@EVERY_TABLE
def test_a_table_is_told_apart_by_columns_it_has(table: Table) -> None:
    assert set(table.key) <= set(table.names)
    assert len(set(table.names)) == len(table.names)


@EVERY_TABLE
def test_no_heading_stands_for_two_columns(table: Table) -> None:
    spellings = [name for c in table.columns for name in {c.name.replace("_", " "), *c.synonyms}]
    assert len(set(spellings)) == len(spellings)


@EVERY_COLUMN
def test_a_column_says_what_it_is(column: Column) -> None:
    assert re.fullmatch(r"[a-z][a-z_]*", column.name)
    assert column.meaning.endswith(".")
    assert all(synonym == synonym.lower() for synonym in column.synonyms)


@EVERY_COLUMN
def test_only_numbers_have_units_and_bounds(column: Column) -> None:
    if column.type not in ("number", "whole number"):
        assert (column.unit, column.minimum, column.maximum) == (None, None, None)
    if column.allowed:
        assert column.type == "text"


@EVERY_COLUMN
def test_whoever_is_identified_is_private(column: Column) -> None:
    if column.identifier is not None or column.is_score:
        assert column.is_private
        assert column.personal


def test_why_a_score_is_missing_has_a_column() -> None:
    results = find_table("results")
    assert results.missing_column("score") == "score_missing"
    assert results.missing_column("sex") is None


def test_an_unknown_table_or_column_is_named() -> None:
    with pytest.raises(UnknownTable, match="did you mean 'results'"):
        find_table("result")
    with pytest.raises(UnknownTable, match="There are: results, rosters"):
        find_table("zzz")
    with pytest.raises(KeyError):
        find_table("results").column("zzz")
