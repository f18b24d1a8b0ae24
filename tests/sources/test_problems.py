from __future__ import annotations

from upwards.sources.problems import Problem, Problems


def problem(row: int | None, column: str | None, what: str, value: str | None = None) -> Problem:
    return Problem("a.csv", row, column, value, what, "Mend it")


def test_a_problem_reads_as_place_what_and_remedy() -> None:
    assert (
        str(problem(3, "Year", "not a year", "'x'"))
        == "a.csv, row 3, column 'Year': not a year ('x'). Mend it."
    )
    assert str(problem(None, None, "not a year", "not a year")) == "a.csv: not a year. Mend it."


def test_a_kind_that_comes_late_still_gets_a_place_in_a_full_list() -> None:
    problems = Problems(limit=3)
    problems.add("A", "first", [problem(row, "A", "first") for row in range(2, 8)], 6)
    problems.add("B", "second", [problem(9, "B", "second")], 1)
    problems.add("B", "second", [problem(10, "B", "second")], 1)
    assert [p.row for p in problems.listed] == [2, 3, 9]
    assert problems.summary() == ("6 × first in column 'A'", "2 × second in column 'B'")
    assert not problems.is_clean


def test_nothing_is_listed_where_the_limit_is_nothing() -> None:
    problems = Problems(limit=0)
    problems.add(None, "first", [problem(2, None, "first")], 1)
    assert problems.listed == []
    assert problems.summary() == ("1 × first",)


def test_a_note_is_kept_once() -> None:
    problems = Problems()
    problems.note("read as CSV")
    problems.note("read as CSV")
    assert problems.notes == ["read as CSV"]
    assert problems.is_clean
