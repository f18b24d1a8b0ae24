from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from upwards.sources import duplicates
from upwards.sources.duplicates import SeenKeys

KEYS = st.lists(
    st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["a", None])), max_size=12), max_size=12
)


@given(KEYS)
def test_a_key_is_repeated_when_any_row_before_had_it(batches: list[list[tuple[int, str | None]]]) -> None:
    seen, before = SeenKeys(), set()
    for batch in batches:
        frame = pl.DataFrame(batch, schema={"n": pl.Int64, "t": pl.String}, orient="row")
        wanted = []
        for key in batch:
            wanted.append(key in before)
            before.add(key)
        assert seen.repeated(frame).tolist() == wanted


def test_blocks_too_large_to_merge_are_still_searched(monkeypatch) -> None:
    monkeypatch.setattr(duplicates, "_MERGE_BELOW", 4)
    seen = SeenKeys()
    for start in range(0, 100, 10):
        frame = pl.DataFrame({"n": range(start, start + 11)})
        assert seen.repeated(frame).tolist() == [start > 0] + [False] * 10
    assert seen.repeated(pl.DataFrame({"n": range(101)})).all()
