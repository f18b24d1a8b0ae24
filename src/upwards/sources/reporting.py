"""Turn faults of rows into problems that say where and what to do, without showing what is private."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from upwards.core.errors import near_misses
from upwards.core.tables import Column, Table
from upwards.sources.batches import BadRow
from upwards.sources.faults import describe_fault
from upwards.sources.mapping import Mapping
from upwards.sources.problems import Problem, Problems
from upwards.sources.reshape import HEADING, ROW
from upwards.sources.scales import Scale, fitting_scales, load_scales

_GRADES_KEPT = 200


class Reporter:
    """Reports faults batch by batch."""

    def __init__(
        self, file: str, table: Table, mapping: Mapping, problems: Problems, known_schools: Sequence[str]
    ) -> None:
        self.file, self.table, self.mapping, self.problems = file, table, mapping, problems
        self.known_schools = known_schools
        self._grades: dict[str, set[str]] = {}

    def report(self, bad: pl.DataFrame, checked: Sequence[str]) -> None:
        """Report the rows of a batch that have a fault in one of the columns checked."""
        if bad.is_empty():
            return
        faults = [f"#fault:{name}" for name in checked]
        first = bad.select(pl.coalesce(faults)).to_series()
        for code, n in first.value_counts(sort=True).iter_rows():
            self.problems.rejected[code] += n
        for name in checked:
            self._report_column(bad.filter(pl.col(f"#fault:{name}").is_not_null()), name)

    def _report_column(self, rows: pl.DataFrame, name: str) -> None:
        by = [f"#fault:{name}", *([HEADING] if self._is_wide(name) else [])]
        for keys, group in rows.group_by(by, maintain_order=True):
            code, heading = str(keys[0]), self._heading(name, str(keys[1]) if len(keys) > 1 else None)
            if code == "no scale":
                self._remember_grades(name, group)
            scale = self._scale(name, group)
            what, remedy = self._describe(code, name, scale)
            wanted = group.head(self.problems.wanted(heading, what))
            values = wanted[name].to_list() if name in wanted.columns else [None] * wanted.height
            listed = [
                Problem(
                    self.file,
                    row,
                    heading,
                    self._show(name, code, value, what),
                    what,
                    self._hint(code, value, remedy),
                )
                for row, value in zip(wanted[ROW].to_list(), values, strict=True)
            ]
            self.problems.add(heading, what, listed, group.height)

    def report_ragged(self, rows: Sequence[BadRow]) -> None:
        """Report rows whose number of fields differs from the number of headings."""
        if not rows:
            return
        what = "number of fields differs from the number of headings"
        remedy = "Put quotation marks around values that hold the separator, or export the file again"
        listed = [
            Problem(self.file, r.number, None, f"{r.n_fields} fields, {r.n_expected} headings", what, remedy)
            for r in rows[: self.problems.wanted(None, what)]
        ]
        self.problems.add(None, what, listed, len(rows))
        self.problems.rejected["number of fields"] += len(rows)

    def finish(self) -> None:
        """Say which scales would fit, now that all grades were seen."""
        for name, grades in self._grades.items():
            fitting = fitting_scales(sorted(grades))
            what, remedy = describe_fault("no scale", self.table.column(name), fitting=fitting)
            self.problems.listed = [
                Problem(p.file, p.row, p.column, p.value_or_class, p.what, remedy)
                if p.what == what and p.column in self._headings(name)
                else p
                for p in self.problems.listed
            ]

        self.problems.listed.sort(key=lambda problem: (problem.row is None, problem.row or 0))

    def _is_wide(self, name: str) -> bool:
        wide = self.mapping.wide
        return bool(wide) and (name == self.mapping.value_column or any(name in w.columns for w in wide))

    def _headings(self, name: str) -> set[str | None]:
        wide = {
            w.heading if name == self.mapping.value_column else w.columns.get(name) for w in self.mapping.wide
        }
        return {self.mapping.columns.get(name), *wide}

    def _heading(self, name: str, scores: str | None) -> str | None:
        """Return the heading of a column; in a wide file, of that column for these scores."""
        if name == "#key":
            return None
        own = next((w.columns.get(name) for w in self.mapping.wide if w.heading == scores), None)
        if scores is not None and name == self.mapping.value_column:
            return scores
        return own or self.mapping.columns.get(name, name)

    def _column(self, name: str) -> Column | None:
        return self.table.column(name) if name in self.table.names else None

    def _scale(self, name: str, group: pl.DataFrame) -> Scale | None:
        if name not in ("score", "prior"):
            return None
        named = group["scale"][0] if name == "score" else None
        return self.mapping.scale(name, named) if named is None or named in load_scales() else None

    def _describe(self, code: str, name: str, scale: Scale | None) -> tuple[str, str]:
        column = self._column(name) or (None if name == "#key" else Column(name, "number", ""))
        allowed = column.allowed if column else ()
        allowed = tuple(load_scales()) if code == "unknown scale" else allowed
        return describe_fault(code, column, scale=scale, key=self._key(), allowed=allowed)

    def _key(self) -> tuple[str, ...]:
        return tuple(name for name in self.table.key if name != "attempt" or self.mapping.provides(name))

    def _show(self, name: str, code: str, value: object, what: str) -> str | None:
        """Show a value only where it neither describes a person nor is a score."""
        column = self._column(name)
        if column is None or column.is_private:
            return what
        return None if value is None else repr(value)

    def _hint(self, code: str, value: object, remedy: str) -> str:
        if code != "unknown school":
            return remedy
        return remedy + near_misses(str(value), self.known_schools)

    def _remember_grades(self, name: str, group: pl.DataFrame) -> None:
        grades = self._grades.setdefault(name, set())
        if len(grades) < _GRADES_KEPT:
            grades.update(group[name].unique().head(_GRADES_KEPT).to_list())
