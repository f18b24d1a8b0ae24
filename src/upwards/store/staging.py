"""Staging: clean rows on their way into a snapshot, pseudonymised, in bounded memory."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from upwards.core.identifiers import IdentifierKind
from upwards.store.durable_files import make_folder, seal_file
from upwards.store.pseudonyms import Pseudonyms
from upwards.store.workspace_errors import ColumnsClash, RowsAlreadyThere
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    import polars as pl


class Staging:
    """A folder for one run of import; it goes when the right to write is given back, or after a kill.

    Parameters
    ----------
    workspace
        Where to; hold its right to write.
    """

    def __init__(self, workspace: WorkspaceFolder) -> None:
        self.folder = workspace.staging / secrets.token_hex(8)
        self._pseudonyms: Pseudonyms = workspace.pseudonyms
        make_folder(self.folder)

    def open_file(
        self,
        number: int,
        persons: Mapping[str, IdentifierKind],
        numbered_within: Mapping[str, str] | None = None,
    ) -> StagedFile:
        """Prepare to take in one file.

        Parameters
        ----------
        number
            Its place in this run, from 0.
        persons
            Columns that identify a person, and whether a pupil or a teacher.
        numbered_within
            Columns of rejects whose numbers are unique only within another column's value.
        """
        return StagedFile(self.folder, number, persons, numbered_within or {}, self._pseudonyms)


class StagedFile:
    """The rows of one file, as Parquet in pieces."""

    def __init__(
        self,
        folder: Path,
        number: int,
        persons: Mapping[str, IdentifierKind],
        numbered_within: Mapping[str, str],
        pseudonyms: Pseudonyms,
    ) -> None:
        self._folder = folder
        self._number = number
        self._persons = persons
        self._numbered_within = numbered_within
        self._pseudonyms = pseudonyms
        self._parts: dict[str, list[Path]] = {"rows": [], "rejects": []}
        self.n_kept = 0
        self.n_rejected = 0

    def add(self, rows: pl.DataFrame, rejects: pl.DataFrame) -> None:
        """Take in a batch: its clean rows and those that were left out."""
        self.n_kept += rows.height
        self.n_rejected += rejects.height
        self._keep("rows", rows)
        self._keep("rejects", self._name_fully(rejects))

    def _name_fully(self, rejects: pl.DataFrame) -> pl.DataFrame:
        """Say which school a number belongs to, as clean rows do, so that both get one pseudonym."""
        import polars as pl

        return rejects.with_columns(
            pl.concat_str(
                [pl.col(school) if school in rejects.columns else pl.lit(school), number], separator=" "
            ).alias(number)
            for number, school in self._numbered_within.items()
            if number in rejects.columns
        )

    def _keep(self, what: str, frame: pl.DataFrame) -> None:
        if frame.height == 0:
            return
        present = {column: kind for column, kind in self._persons.items() if column in frame.columns}
        hashed = frame.with_columns(
            self._pseudonyms.of_column(kind, frame[column]) for column, kind in present.items()
        )
        path = self._folder / f"{what}-{self._number}-{len(self._parts[what])}.parquet"
        hashed.write_parquet(path)
        self._parts[what].append(path)

    def finish_rows(self) -> Path | None:
        """Bring the clean rows into one Parquet file on the disk; none when there are no rows."""
        return self._finish("rows")

    def finish_rejects(self) -> Path | None:
        """Bring the rows that were left out into one Parquet file on the disk; none when there are none."""
        return self._finish("rejects")

    def _finish(self, what: str) -> Path | None:
        import polars as pl

        if not self._parts[what]:
            return None
        path = self._folder / f"{what}-{self._number}.parquet"
        write_rows(unite([pl.scan_parquet(part, glob=False) for part in self._parts[what]]), path)
        for part in self._parts[what]:
            part.unlink()
        return path


def write_rows(rows: pl.LazyFrame, path: Path) -> None:
    """Stream rows into a Parquet file that only its owner may read, and wait until it is on the disk."""
    rows.sink_parquet(path, engine="streaming")
    seal_file(path)


def unite(frames: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Put the rows of several frames below one another; a column that one lacks is missing there.

    Raises
    ------
    ColumnsClash
        When a column is text in one and numbers in another.
    """
    import polars as pl

    seen: dict[str, pl.DataType] = {}
    for frame in frames:
        for name, dtype in frame.collect_schema().items():
            earlier = seen.setdefault(name, dtype)
            if earlier.is_(pl.Null):
                seen[name] = dtype
            elif not (
                dtype.is_(pl.Null) or earlier == dtype or (earlier.is_numeric() and dtype.is_numeric())
            ):
                raise ColumnsClash(
                    f"The column {name!r} is {_in_words(earlier)} in one file and {_in_words(dtype)} in "
                    "another, so the rows cannot stand in one table. Rename it in one of the files, or "
                    "correct its values."
                )
    return frames[0] if len(frames) == 1 else pl.concat(frames, how="diagonal_relaxed")


def _in_words(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "numbers"
    return {"String": "text", "Boolean": "yes or no", "Date": "dates"}.get(str(dtype), str(dtype))


def join_rows(
    held: pl.LazyFrame | None, new: pl.LazyFrame, *, keys: Sequence[str], replace: bool, file: str
) -> tuple[pl.LazyFrame, int]:
    """Add the rows of a file to those already held.

    Parameters
    ----------
    held
        Rows of earlier files.
    new
        Rows of this file.
    keys
        Columns that tell one row from another; those that a side lacks are missing there.
    replace
        Let a new row take the place of the held one with the same keys.
    file
        Name of the file, for the message.

    Returns
    -------
    rows, n_replaced
        All rows, and how many held ones made place.

    Raises
    ------
    RowsAlreadyThere
        When keys are held already and `replace` was not asked for.
    """
    import polars as pl

    if held is None:
        return new, 0
    old_side, new_side, names = _with_keys(held, new, keys)
    new_keys = new_side.select(names)
    shared = _candidates(old_side.select(names), new_keys, names).join(
        new_keys, on=names, how="semi", nulls_equal=True
    )
    n_shared = int(shared.select(pl.len()).collect(engine="streaming").item())
    if n_shared and not replace:
        raise RowsAlreadyThere(
            f"{n_shared} of the rows in {file} are held already: same {', '.join(keys)}. If these are "
            "corrections, let them take the place of the earlier ones with --replace; if the earlier file "
            "was wrong, go back with: upwards import --undo"
        )
    if n_shared:
        held = old_side.join(new_keys, on=names, how="anti", nulls_equal=True).drop(names)
    return unite([held, new]), n_shared


def _with_keys(
    held: pl.LazyFrame, new: pl.LazyFrame, keys: Sequence[str]
) -> tuple[pl.LazyFrame, pl.LazyFrame, list[str]]:
    """Give both sides the key under names of its own and in one type; a column that one lacks is missing."""
    import polars as pl

    types = {**held.collect_schema(), **new.collect_schema()}
    used = {f"#key:{key}": key for key in keys if key in types}

    def side(rows: pl.LazyFrame) -> pl.LazyFrame:
        present = rows.collect_schema()
        return rows.with_columns(
            (pl.col(key) if key in present else pl.lit(None)).cast(types[key]).alias(name)
            for name, key in used.items()
        )

    return side(held), side(new), list(used)


def _candidates(held: pl.LazyFrame, new: pl.LazyFrame, names: Sequence[str]) -> pl.LazyFrame:
    """Keep the held rows that can be the same as a new one because all but who they are about is the same.

    Another year is no other row's double: this keeps the search for doubles, whose memory grows with the
    rows searched, from growing with the years held.
    """
    few = [name for name in names if name.removeprefix("#key:") not in ("pupil", "teacher", "person")]
    if not few or len(few) == len(names):
        return held
    kinds = new.select(few).unique().collect(engine="streaming").lazy()
    return held.join(kinds, on=few, how="semi", nulls_equal=True)
