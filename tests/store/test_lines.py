from __future__ import annotations

import datetime

import numpy as np
import polars as pl
import pytest

from upwards.store.lines import SchoolLines, follow_lines


def links(*rows: tuple[str, str, str]) -> pl.DataFrame:
    schema = dict.fromkeys(("school", "successor", "kind"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def line_of(lines: SchoolLines, school: str) -> str:
    return str(lines.of(np.array([school]))[0])


def test_a_converted_school_keeps_its_history_through_any_number_of_conversions() -> None:
    chain = [(str(n), str(n + 1), "continues") for n in range(100, 137)]
    lines = follow_lines(links(*chain))
    assert {line_of(lines, str(n)) for n in range(100, 138)} == {"137"}
    steps = dict(lines.frame().select("school", "#steps").rows())
    assert steps["137"] == 0
    assert steps["136"] == 1
    assert steps["100"] == 37


def test_a_link_told_from_both_sides_is_one_link() -> None:
    assert line_of(follow_lines(links(("1", "2", "continues"), ("1", "2", "continues"))), "1") == "2"


def test_a_school_that_two_continue_was_divided_and_is_not_followed() -> None:
    lines = follow_lines(links(("1", "2", "continues"), ("1", "3", "continues")))
    assert [line_of(lines, school) for school in "123"] == ["1", "2", "3"]


def test_a_school_that_continues_two_is_neither_of_them() -> None:
    lines = follow_lines(links(("1", "3", "continues"), ("2", "3", "continues"), ("3", "4", "continues")))
    assert [line_of(lines, school) for school in "1234"] == ["1", "2", "4", "4"]


@pytest.mark.parametrize("kind", ["merges", "splits"])
def test_a_merger_or_split_is_another_school_but_one_knows_where_pupils_went(kind: str) -> None:
    lines = follow_lines(links(("1", "2", kind)))
    assert line_of(lines, "1") == "1"
    assert lines.went_to_of(np.array(["1", "2", "9"])).tolist() == ["2", "", ""]


def test_whoever_took_a_school_in_last_is_where_it_went() -> None:
    rows = links(("1", "2", "merges"), ("1", "3", "merges")).with_columns(
        date=pl.Series([datetime.date(2019, 1, 1), datetime.date(2012, 1, 1)])
    )
    assert follow_lines(rows).went_to_of(np.array(["1"])).tolist() == ["2"]


def test_a_circle_of_links_is_one_school_under_its_highest_code() -> None:
    circle = [("1", "2", "continues"), ("2", "3", "continues"), ("3", "1", "continues")]
    lines = follow_lines(links(*circle, ("4", "5", "continues"), ("5", "5", "continues")))
    assert [line_of(lines, school) for school in "12345"] == ["3", "3", "3", "5", "5"]


def test_without_links_every_school_is_its_own() -> None:
    lines = follow_lines(links())
    assert line_of(lines, "7") == "7"
    assert lines.went_to_of(np.array(["7"])).tolist() == [""]


def test_lines_agree_with_following_each_school_by_hand() -> None:
    rng = np.random.default_rng(20221122)
    for _ in range(60):
        n = int(rng.integers(2, 25))
        pairs = rng.integers(0, n, size=(int(rng.integers(1, n + 3)), 2))
        rows = [(f"{a:02d}", f"{b:02d}", str(rng.choice(["continues", "merges"]))) for a, b in pairs]
        lines = follow_lines(links(*rows))
        clear = {(a, b) for a, b, kind in rows if kind == "continues" and a != b}
        after = {
            a: b
            for a, b in clear
            if sum(x == a for x, _ in clear) == 1 and sum(y == b for _, y in clear) == 1
        }
        for school in {code for a, b, _ in rows if a != b for code in (a, b)}:
            path = [school]
            while path[-1] in after and after[path[-1]] not in path:
                path.append(after[path[-1]])
            circle = path[-1] in after
            assert line_of(lines, school) == (max(path) if circle else path[-1])
