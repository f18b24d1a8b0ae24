from __future__ import annotations

import polars as pl
import pytest

from upwards.core.errors import UnknownColumn
from upwards.store.repeated_pupils import RepeatedPupils, refuse_repeated_pupils

TWICE = pl.LazyFrame({"pupil": ["a", "b", "a"], "candidate": ["x", "y", "z"]})


def test_a_pupil_with_two_rows_is_refused_with_what_to_do() -> None:
    with pytest.raises(RepeatedPupils, match=r"2 pupils in 3 rows.*--crossed pupil,school"):
        refuse_repeated_pupils(TWICE, None, ["school"])


def test_a_pupil_who_is_a_factor_may_have_several_rows() -> None:
    refuse_repeated_pupils(TWICE, None, ["pupil", "school"])


def test_another_column_may_name_the_pupil() -> None:
    refuse_repeated_pupils(TWICE, "candidate", ["school"])


def test_rows_without_a_pupil_are_pupils_of_their_own() -> None:
    refuse_repeated_pupils(pl.LazyFrame({"pupil": ["a", None, None]}), None, [])


def test_data_without_pupils_are_taken_as_they_are() -> None:
    refuse_repeated_pupils(pl.LazyFrame({"school": ["a", "a"]}), None, ["school"])


def test_a_column_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownColumn, match=r"'pupils'.*'pupil'"):
        refuse_repeated_pupils(TWICE, "pupils", [])
