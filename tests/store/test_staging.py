from __future__ import annotations

import polars as pl
import pytest

from upwards.store.staging import Staging, join_rows, unite
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import ColumnsClash, RowsAlreadyThere

KEYS = ["pupil", "year"]


def rows(**columns: list[object]) -> pl.LazyFrame:
    return pl.LazyFrame(columns)


def test_batches_become_one_file_in_order(workspace: Workspace) -> None:
    with workspace.writing():
        staging = Staging(workspace)
        staged = staging.open_file(0, {"pupil": "pupil"})
        for start in (0, 2):
            batch = pl.DataFrame(
                {"pupil": [str(start), str(start + 1)], "score": [float(start), start + 1.0]}
            )
            staged.add(batch, batch.head(1))
        kept, rejects = staged.finish_rows(), staged.finish_rejects()
        assert kept is not None
        assert rejects is not None
        assert pl.read_parquet(kept)["score"].to_list() == [0, 1, 2, 3]
        assert pl.read_parquet(rejects)["pupil"].to_list() == [
            workspace.pseudonyms.of("pupil", "0"),
            workspace.pseudonyms.of("pupil", "2"),
        ]
        assert (staged.n_kept, staged.n_rejected) == (4, 2)
        assert kept.stat().st_mode & 0o777 == 0o600
        assert {path.name for path in staging.folder.iterdir()} == {kept.name, rejects.name}
    assert list(workspace.staging.iterdir()) == []


def test_no_rows_make_no_file(workspace: Workspace) -> None:
    with workspace.writing():
        staging = Staging(workspace)
        staged = staging.open_file(0, {})
        staged.add(pl.DataFrame({"a": []}), pl.DataFrame())
        assert staged.finish_rows() is None
        assert staged.finish_rejects() is None


def test_the_staging_folder_goes_even_when_the_run_fails(workspace: Workspace) -> None:
    def fail() -> None:
        with workspace.writing():
            Staging(workspace)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(workspace.staging.iterdir()) == []


def test_columns_that_one_side_lacks_are_missing_there() -> None:
    united = unite([rows(a=[1], b=["x"]), rows(a=[1.5], c=[None])]).collect()
    assert united.rows() == [(1.0, "x", None), (1.5, None, None)]


def test_an_empty_column_takes_the_others_type_and_one_frame_stays_itself() -> None:
    assert unite([rows(a=[None]), rows(a=["x"]), rows(a=[None])]).collect()["a"].to_list() == [
        None,
        "x",
        None,
    ]
    assert unite([rows(a=[1])]).collect()["a"].to_list() == [1]


@pytest.mark.parametrize(
    ("other", "words"), [(["x"], "numbers in one file and text"), ([True], "yes or no"), ([[1]], "List")]
)
def test_text_and_numbers_under_one_name_are_refused(other: list[object], words: str) -> None:
    with pytest.raises(ColumnsClash, match=words):
        unite([rows(a=[1]), rows(a=other)])


def test_new_rows_stand_below_those_held() -> None:
    joined, n_replaced = join_rows(
        rows(pupil=["a"], year=[2019], score=[1]),
        rows(pupil=["a", "b"], year=[2020, 2019], score=[2, 3]),
        keys=KEYS,
        replace=False,
        file="b.csv",
    )
    assert joined.collect()["score"].to_list() == [1, 2, 3]
    assert n_replaced == 0


def test_rows_held_already_are_refused_with_their_number() -> None:
    with pytest.raises(RowsAlreadyThere, match=r"^1 of the rows in b.csv are held already: same pupil, year"):
        join_rows(
            rows(pupil=["a", "b"], year=[2019, 2019]),
            rows(pupil=["a", "c"], year=[2019, 2019]),
            keys=KEYS,
            replace=False,
            file="b.csv",
        )


def test_corrections_take_the_place_of_rows_with_the_same_keys() -> None:
    joined, n_replaced = join_rows(
        rows(pupil=["a", "b"], year=[2019, None], score=[1, 2]),
        rows(pupil=["b", "c"], year=[None, 2019], score=[20, 30]),
        keys=KEYS,
        replace=True,
        file="b.csv",
    )
    assert joined.collect().rows() == [("a", 2019, 1), ("b", None, 20), ("c", 2019, 30)]
    assert n_replaced == 1


def test_a_key_that_both_lack_is_the_same_key() -> None:
    with pytest.raises(RowsAlreadyThere):
        join_rows(rows(pupil=["a"]), rows(pupil=["a"]), keys=KEYS, replace=False, file="b.csv")


def test_the_first_rows_are_taken_as_they_are() -> None:
    joined, n_replaced = join_rows(None, rows(pupil=["a"]), keys=KEYS, replace=False, file="b.csv")
    assert joined.collect().rows() == [("a",)]
    assert n_replaced == 0


@pytest.mark.parametrize("school", ["Site", "North"])
def test_a_number_within_a_school_gets_the_pseudonym_of_both(workspace: Workspace, school: str) -> None:
    with workspace.writing():
        staged = Staging(workspace).open_file(0, {"pupil": "pupil", "No": "pupil"}, {"No": school})
        staged.add(
            pl.DataFrame({"pupil": ["North 12"]}),
            pl.DataFrame({"No": ["12", None], "Site": ["North", "North"]}),
        )
        kept, rejects = staged.finish_rows(), staged.finish_rejects()
        assert kept is not None
        assert rejects is not None
        assert pl.read_parquet(rejects)["No"].to_list() == [*pl.read_parquet(kept)["pupil"], None]


def test_a_key_column_that_only_one_file_has_is_missing_in_the_other() -> None:
    held, new = rows(pupil=["a", "b"], year=[2019, 2019]), rows(pupil=["a", "b"], year=[2019, None])
    sittings = new.with_columns(attempt=pl.Series([None, 2], dtype=pl.Int64).first())
    keys = [*KEYS, "attempt"]
    joined, n_replaced = join_rows(held, sittings, keys=keys, replace=True, file="b.csv")
    assert joined.collect().rows() == [("b", 2019, None), ("a", 2019, None), ("b", None, None)]
    assert n_replaced == 1
    joined, n_replaced = join_rows(sittings, held, keys=keys, replace=True, file="b.csv")
    assert n_replaced == 1
    assert joined.collect().height == 3


def test_a_key_in_another_number_type_is_the_same_key() -> None:
    held = rows(pupil=["a"], year=[2019]).with_columns(pl.col("year").cast(pl.Int16))
    with pytest.raises(RowsAlreadyThere):
        join_rows(held, rows(pupil=["a"], year=[2019]), keys=KEYS, replace=False, file="b.csv")


def test_rows_of_another_year_are_nobodys_double() -> None:
    held = rows(pupil=["a", "b"], year=[2019, 2019])
    joined, n_replaced = join_rows(
        held, rows(pupil=["a", "b"], year=[2020, 2020]), keys=KEYS, replace=False, file="b.csv"
    )
    assert n_replaced == 0
    assert joined.collect().columns == ["pupil", "year"]
