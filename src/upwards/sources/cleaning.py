"""Check every row of a file against a standard table; keep the good, say what is wrong with the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from upwards.core.tables import Column, Table, find_table
from upwards.sources.batches import TextBatch, TextSource
from upwards.sources.column_rules import Rule, rule_for, score_rule
from upwards.sources.duplicates import SeenKeys
from upwards.sources.files import open_text
from upwards.sources.mapping import Mapping
from upwards.sources.numbers import identifier
from upwards.sources.problems import LIMIT, Problems
from upwards.sources.reporting import Reporter
from upwards.sources.reshape import HEADING, ROW, reshape
from upwards.sources.scales import Scale, load_scales

Progress = Callable[[int, int], None]
_FAULT = "#fault:"
_VALUE = "#value:"
_REASON = "#reason:"


@dataclass(frozen=True, slots=True, eq=False)
class CleanBatch:
    """Some rows of a file, checked.

    Attributes
    ----------
    rows
        Good rows: the standard columns that exist, in order, then extra columns. Identifiers are brought to
        one spelling but not yet hashed.
    rejects
        Rows left out: ``row``, ``column``, ``reasons``, then the row as text under the headings of the file.
        A row whose cells could not be told apart has none of them.
    problems
        Collector shared by all batches; complete after the last one.
    """

    rows: pl.DataFrame
    rejects: pl.DataFrame
    problems: Problems


def clean_batches(
    path: str | Path,
    table: str,
    mapping: Mapping,
    *,
    known_schools: Collection[str] | None = None,
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> Iterator[CleanBatch]:
    """Read a file into a standard table, batch by batch, in bounded memory.

    Parameters
    ----------
    path
        CSV, TSV, XLSX or Parquet.
    table
        Name of the standard table.
    mapping
        Which heading is which column.
    known_schools
        Schools there are; a row of another is left out. None if any is welcome.
    limit
        How many problems to list; the rest is counted.
    progress
        Called with bytes done and bytes in all, after each batch.

    Yields
    ------
    CleanBatch
        At least one.

    Raises
    ------
    UserError
        If the file cannot be read or the mapping does not fit it, before the first batch.

    Notes
    -----
    Rows in = rows kept + rows left out, by first reason, + blank cells of a wide file. A score that is blank
    or a marker such as SUPP is kept as missing, with its reason in ``score_missing``; none becomes zero.
    """
    source = open_text(path, sheet=mapping.sheet)
    mapping.check(source.path.name, source.columns)
    cleaner = _Cleaner(source, find_table(table), mapping, known_schools, Problems(limit))
    for batch in source.batches():
        yield cleaner.clean(batch)
        if progress is not None:
            progress(batch.done_bytes, batch.total_bytes)
    cleaner.finish()


class _Cleaner:
    """Holds what must be remembered from one batch to the next."""

    def __init__(
        self,
        source: TextSource,
        table: Table,
        mapping: Mapping,
        known_schools: Collection[str] | None,
        problems: Problems,
    ) -> None:
        self.source, self.table, self.mapping, self.problems = source, table, mapping, problems
        self.known_schools = None if known_schools is None else sorted({s.strip() for s in known_schools})
        self.seen = SeenKeys()
        self.n_nameless = 0
        self.scale_of: dict[tuple[str | None, str | None], str] = {}
        self.reporter = Reporter(source.path.name, table, mapping, problems, self.known_schools or [])
        for note in (f"read as {source.detected}", *source.messages):
            problems.note(note)

    def clean(self, batch: TextBatch) -> CleanBatch:
        """Check one batch."""
        rows, n_blank = reshape(batch, self.mapping)
        rows = self._translate(self._stand_in(self._name_scale(rows)))
        checked = rows.with_columns(self._check_columns(rows))
        checked = self._check_together(checked)
        faults = [name for name in checked.columns if name.startswith(_FAULT)]
        good = checked.filter(pl.all_horizontal(pl.col(faults).is_null())) if faults else checked
        bad = checked.filter(~pl.all_horizontal(pl.col(faults).is_null())) if faults else checked.head(0)
        kept = self._finish(good)
        self.problems.n_in += rows.height + n_blank + len(batch.bad_rows)
        self.problems.n_kept += kept.height
        self.problems.n_blank += n_blank
        self.reporter.report(bad, [name.removeprefix(_FAULT) for name in faults])
        self.reporter.report_ragged(batch.bad_rows)
        self._count_missing(kept)
        return CleanBatch(kept, self._rejects(bad, faults, batch), self.problems)

    def finish(self) -> None:
        """Say what could only be said once all rows were seen."""
        if self.n_nameless:
            self.problems.note(f"{self.n_nameless} results have no pupil; the row number stands in")
        self.reporter.finish()

    def _name_scale(self, rows: pl.DataFrame) -> pl.DataFrame:
        if "score" not in self.table.names:
            return rows
        default = self.mapping.scales.get("score")
        named = pl.lit(default, dtype=pl.String)
        if "scale" in rows.columns:
            named = pl.coalesce([pl.col("scale"), named])
        return rows.with_columns(named.alias("scale"))

    def _stand_in(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Bring identifiers to one spelling; without a pupil the row number stands in."""
        present = [name for name in self.table.identifiers if name in rows.columns]
        rows = rows.with_columns(_one_spelling(rows[name]) for name in present)
        within = self.mapping.pupils_numbered_within
        if within is not None and "pupil" in present:
            rows = rows.with_columns(pl.concat_str([within, "pupil"], separator=" ").alias("pupil"))
        if "pupil" not in self.table.names or not self.table.column("pupil").identifier:
            return rows
        nameless = rows["pupil"].null_count() if "pupil" in present else rows.height
        self.n_nameless += nameless
        if not nameless:
            return rows
        row = pl.format("{} ROW {}", pl.lit(self.source.path.stem.upper()), pl.col(ROW))
        pupil = pl.coalesce([pl.col("pupil"), row]) if "pupil" in present else row
        return rows.with_columns(pupil.alias("pupil"))

    def _translate(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Replace words by what the mapping says they stand for, whatever their case."""
        for name, words in self.mapping.values.items():
            if name in rows.columns:
                lower = pl.col(name).str.to_lowercase()
                known = {word.strip().lower(): meaning for word, meaning in words.items()}
                found = lower.replace_strict(known, default=None, return_dtype=pl.String)
                rows = rows.with_columns(pl.coalesce([found, pl.col(name)]).alias(name))
        if self.mapping.decimal == ",":
            scores = [c.name for c in self.table.columns if c.is_score and c.name in rows.columns]
            rows = rows.with_columns(pl.col(scores).str.replace(",", ".", literal=True))
        return rows

    def _check_columns(self, rows: pl.DataFrame) -> list[pl.Series]:
        """Read every column by its rule, one after the other."""
        extra = [Column(name, "number", "") for name in self.mapping.extra_number]
        checked: list[pl.Series] = []
        for column in (*self.table.columns, *extra):
            if column.name not in rows.columns or column.identifier == "pupil":
                continue
            value, fault, missing = self._rule(column, rows).apply(rows)
            checked += [value.alias(_VALUE + column.name), fault.alias(_FAULT + column.name)]
            reason = self.table.missing_column(column.name)
            if missing is not None and reason is not None:
                checked.append(missing.alias(_REASON + reason))
        return checked

    def _rule(self, column: Column, rows: pl.DataFrame) -> Rule:
        if column.is_score:
            return score_rule(column, self._scales(column.name, rows))
        return rule_for(
            column,
            rows,
            decimal=self.mapping.decimal,
            dates=self.mapping.dates,
            keeps_reason=self.table.missing_column(column.name) is not None,
        )

    def _scales(self, column: str, rows: pl.DataFrame) -> dict[str | None, Scale | None]:
        named = self.mapping.scales.get(column)
        names: list[str | None] = [None if named is None else str(named)]
        if column == "score":
            names = rows["scale"].unique().to_list()
        known = load_scales()
        return {name: self.mapping.scale(column, name) if name in known else None for name in names}

    def _check_together(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Make the checks that look at more than one cell."""
        if "scale" in rows.columns:
            rows = self._check_scales(rows)
        if self.known_schools is not None and "school" in rows.columns and self.table.name != "schools":
            unknown = pl.col("school").is_not_null() & ~pl.col("school").is_in(self.known_schools)
            earlier = pl.col(_FAULT + "school")
            rows = rows.with_columns(
                pl.coalesce([earlier, pl.when(unknown).then(pl.lit("unknown school"))]).alias(
                    _FAULT + "school"
                )
            )
        return self._check_duplicates(rows)

    def _check_scales(self, rows: pl.DataFrame) -> pl.DataFrame:
        parts = [name for name in ("assessment", "subject") if name in rows.columns]
        scored = pl.col(_VALUE + "score").is_not_null()
        named = rows.filter(scored).with_columns(pl.col("scale").fill_null("number"))
        clashing = []
        for combination in named.select(*parts, "scale").unique(maintain_order=True).iter_rows(named=True):
            key = (combination.get("assessment"), combination.get("subject"))
            if self.scale_of.setdefault(key, combination["scale"]) != combination["scale"]:
                clashing.append(combination)
        known = list(load_scales())
        faults: list[pl.Expr] = [pl.when(~pl.col("scale").is_in(known)).then(pl.lit("unknown scale"))]
        for combination in clashing:
            same = [pl.col(n).eq_missing(pl.lit(combination[n], pl.String)) for n in parts]
            here = pl.all_horizontal(
                [scored, *same, pl.col("scale").fill_null("number") == combination["scale"]]
            )
            faults.append(pl.when(here).then(pl.lit("two scales")))
        return rows.with_columns(pl.coalesce(faults).alias(_FAULT + "scale"))

    def _check_duplicates(self, rows: pl.DataFrame) -> pl.DataFrame:
        names = [_VALUE + n if _VALUE + n in rows.columns else n for n in self.table.key]
        present = [name for name in names if name in rows.columns]
        if not present or rows.is_empty():
            return rows
        sound = rows.select(pl.all_horizontal(pl.col("^#fault:.*$").is_null())).to_series()
        repeated = pl.Series("repeated", [False]).new_from_index(0, rows.height)
        found = self.seen.repeated(rows.filter(sound).select(present))
        repeated = repeated.scatter(sound.arg_true(), pl.Series(found))
        return rows.with_columns(pl.when(repeated).then(pl.lit("duplicate")).alias(_FAULT + "#key"))

    def _finish(self, good: pl.DataFrame) -> pl.DataFrame:
        columns = []
        for name in self.table.names:
            if _VALUE + name in good.columns:
                columns.append(pl.col(_VALUE + name).alias(name))
            elif _REASON + name in good.columns:
                columns.append(pl.col(_REASON + name).alias(name))
            elif name in good.columns:
                columns.append(pl.col(name))
        extra = [pl.col(_VALUE + name).alias(name) for name in self.mapping.extra_number]
        rows = good.select([*columns, *extra, *self.mapping.extra_text])
        if "scale" in rows.columns and "score" in rows.columns:
            rows = rows.with_columns(pl.col("scale").fill_null("number"))
        return rows

    def _count_missing(self, kept: pl.DataFrame) -> None:
        for name in kept.columns:
            if name.endswith("_missing"):
                for reason, n in kept[name].drop_nulls().value_counts().iter_rows():
                    self.problems.missing[(name.removesuffix("_missing"), reason)] += n

    def _rejects(self, bad: pl.DataFrame, faults: list[str], batch: TextBatch) -> pl.DataFrame:
        codes = [pl.col(name) for name in faults]
        reasons = (
            pl.concat_str(codes, separator="; ", ignore_nulls=True) if codes else pl.lit(None, pl.String)
        )
        heading = pl.col(HEADING) if HEADING in bad.columns else pl.lit(None, pl.String)
        left = bad.select(pl.col(ROW).alias("row"), heading.alias("column"), reasons.alias("reasons"))
        kept = [h for h in self.source.columns if h not in self.mapping.leave_out]
        original = batch.rows.select(kept).with_columns(pl.Series(ROW, batch.numbers))
        rejects = left.join(original, left_on="row", right_on=ROW, how="left", maintain_order="left")
        ragged = pl.DataFrame({"row": [r.number for r in batch.bad_rows]}, schema={"row": pl.Int64})
        ragged = ragged.with_columns(pl.lit("number of fields").alias("reasons"))
        return pl.concat([rejects, ragged], how="diagonal") if ragged.height else rejects


def _one_spelling(identifiers: pl.Series) -> pl.Series:
    """Bring identifiers to one spelling; those of plain capitals and digits have it already."""
    other = identifiers.str.contains("[^A-Z0-9]").fill_null(True).arg_true()
    if not len(other):
        return identifiers
    part = identifiers.gather(other).to_frame().select(identifier(identifiers.name)).to_series()
    return identifiers.scatter(other, part)
