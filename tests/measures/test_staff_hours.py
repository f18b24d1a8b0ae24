"""Nobody's hours count twice: a school's people come from the application or from files."""

from __future__ import annotations

import pytest

from upwards.measures.staff_hours import from_one_source
from upwards.store.people_rows import PersonRow

HERE, HERE_WITHOUT = (
    PersonRow("Hill", "reading", term_hours=hours, kept_in="application") for hours in (12.0, None)
)
FILE, FILE_WITHOUT = (PersonRow("Hill", "reading", hours=hours) for hours in (1.0, None))
PARK = PersonRow("Park", "reading", hours=2.0)


@pytest.mark.parametrize(
    ("rows", "counted"),
    [
        ([HERE, FILE], [HERE]),
        ([FILE, HERE_WITHOUT, HERE], [HERE_WITHOUT, HERE]),
        ([HERE_WITHOUT, FILE], [FILE]),
        ([HERE_WITHOUT, FILE_WITHOUT], [FILE_WITHOUT]),
        ([HERE_WITHOUT], [HERE_WITHOUT]),
        ([HERE, PARK], [HERE, PARK]),
        ([FILE, PARK], [FILE, PARK]),
        ([], []),
    ],
)
def test_each_school_has_one_source(rows, counted):
    assert from_one_source(rows)[0] == tuple(counted)


def test_rows_that_are_left_out_are_counted_without_naming_a_school():
    assert from_one_source([HERE_WITHOUT, FILE, PARK])[1] == ()
    ((note,),) = (from_one_source([HERE, FILE, FILE_WITHOUT, PARK])[1],)
    assert note.startswith("2 rows of people from files are not counted: hours of their schools are")
    assert "Hill" not in note
