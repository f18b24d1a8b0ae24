"""What is wrong with a file: each problem with its place and remedy, up to a limit, then counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend.

    Attributes
    ----------
    file
        Name of the file.
    row
        Row number as a spreadsheet shows it, the headings being row 1; None for the whole file.
    column
        Heading in the file; None where the row or the whole file is meant.
    value_or_class
        The value; only its class ("text where a number belongs") where the column describes a person or
        is a score.
    what
        What happened.
    remedy
        What to do.
    """

    file: str
    row: int | None
    column: str | None
    value_or_class: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column!r}")
        end = "" if self.remedy.endswith("?") else "."
        shown = self.value_or_class if self.value_or_class and self.value_or_class not in self.what else None
        return f"{', '.join(place)}: {self.what}{f' ({shown})' if shown else ''}. {self.remedy}{end}"


@dataclass(slots=True)
class Problems:
    """Collects the problems of one file while it is read, in bounded memory.

    Attributes
    ----------
    limit
        How many to list; the rest is counted.
    listed
        The problems listed, in the order found.
    counts
        How many of each (column, kind) there are in all.
    rejected
        Rows left out, by first reason.
    missing
        How many values are missing for each (column, reason) in the rows kept.
    n_in, n_kept, n_blank
        Rows read, rows kept, and blank cells of a wide file (no result, so no row).
    notes
        What was tolerated or assumed, in words.
    """

    limit: int = LIMIT
    listed: list[Problem] = field(default_factory=list)
    counts: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    missing: Counter[tuple[str, str]] = field(default_factory=Counter)
    n_in: int = 0
    n_kept: int = 0
    n_blank: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing has to be mended."""
        return not self.counts

    @property
    def n_rejected(self) -> int:
        """Rows left out."""
        return sum(self.rejected.values())

    def wanted(self, column: str | None, kind: str) -> int:
        """Return how many more problems of a kind will be listed: one at least, if it is new."""
        room = max(0, self.limit - len(self.listed))
        return room if room or (column, kind) in self.counts else min(1, self.limit)

    def add(self, column: str | None, kind: str, problems: Sequence[Problem], n: int) -> None:
        """Add `n` problems of one kind in one column, of which some are given to be listed."""
        chosen = problems[: self.wanted(column, kind)]
        self.counts[(column, kind)] += n
        if len(self.listed) + len(chosen) > self.limit:
            self._make_room()
        self.listed.extend(chosen)

    def _make_room(self) -> None:
        # The list shows every kind once before it shows one kind fifty times.
        listed = Counter((problem.column, problem.what) for problem in self.listed)
        most = max(listed, key=listed.__getitem__)
        last = max(i for i, problem in enumerate(self.listed) if (problem.column, problem.what) == most)
        del self.listed[last]

    def note(self, text: str) -> None:
        """Remember something tolerated, once."""
        if text not in self.notes:
            self.notes.append(text)

    def summary(self) -> tuple[str, ...]:
        """Say how many problems of each kind there are in each column, most frequent first."""
        return tuple(
            f"{n} × {kind}" + (f" in column {column!r}" if column else "")
            for (column, kind), n in self.counts.most_common()
        )

    def missing_by_column(self) -> dict[str, dict[str, int]]:
        """Return how many values are missing in the rows kept, by column and then by reason."""
        found: dict[str, dict[str, int]] = {}
        for (column, reason), n in self.missing.items():
            found.setdefault(column, {})[reason] = n
        return found

    def totals(self) -> Mapping[str, int]:
        """Return rows in, kept, blank and left out by reason; they add up."""
        return {"in": self.n_in, "kept": self.n_kept, "blank": self.n_blank, **self.rejected}
