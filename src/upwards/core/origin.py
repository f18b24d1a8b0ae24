"""Where a number comes from: every column of an answer carries one of these."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from upwards.core.academic_year import AcademicYear
from upwards.core.errors import InternalError

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


class IncompleteOrigin(InternalError):
    """A number was about to be shown without saying properly where it comes from."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that a number was computed from.

    Parameters
    ----------
    name
        File name without its folders: a folder can name a person or a machine.
    sha256
        SHA-256 of the file's bytes, 64 lower-case hexadecimal digits.

    Raises
    ------
    IncompleteOrigin
        If `name` is empty or has folders, or `sha256` is not a digest.

    Examples
    --------
    >>> Source("results.csv", "0" * 64).name
    'results.csv'
    """

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name or "\\" in self.name:
            raise IncompleteOrigin("a source needs the file's name without its folders")
        if not _SHA256.fullmatch(self.sha256):
            raise IncompleteOrigin("a source needs the SHA-256 of its file, 64 hexadecimal digits")

    @classmethod
    def of_file(cls, path: Path) -> Source:
        """Describe a file by its name and its contents.

        Parameters
        ----------
        path
            The file; it is read once, in bounded memory.

        Returns
        -------
        Source

        Raises
        ------
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "empty.csv")
        ...     _ = path.write_bytes(b"")
        ...     source = Source.of_file(path)
        >>> source.name, source.sha256[:12]
        ('empty.csv', 'e3b0c44298fc')
        """
        with path.open("rb") as file:
            return cls(path.name, hashlib.file_digest(file, "sha256").hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a number is, and what it was computed from.

    Parameters
    ----------
    measure
        Name of the measure, such as ``"value_added"``.
    version
        Version of the measure's definition.
    unit
        Unit of the number, such as ``"pupil SD"``.
    level
        Level of the interval given with it, between 0 and 1; None where there is no interval.
    n
        Pupils' results behind it.
    period
        Academic years covered, in order; empty where the data does not say.
    source
        Files it was computed from.
    snapshot
        Identifier of the snapshot; None straight from a file.
    created
        When it was computed, with a time zone.

    Raises
    ------
    IncompleteOrigin
        If measure, version or unit is blank, the level is not between 0 and 1, `n` is negative, the
        years are out of order, or `created` has no time zone.

    Examples
    --------
    >>> origin = Origin(measure="value_added", version="1", unit="pupil SD", level=0.95, n=4059)
    >>> origin.to_dict()["n"]
    4059
    """

    measure: str
    version: str
    unit: str
    level: float | None
    n: int
    period: tuple[AcademicYear, ...] = ()
    source: tuple[Source, ...] = ()
    snapshot: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        if not (self.measure and self.version and self.unit):
            raise IncompleteOrigin("an origin needs a measure, its version and its unit")
        if self.level is not None and not 0 < self.level < 1:
            raise IncompleteOrigin(f"the level of an interval lies between 0 and 1, not at {self.level}")
        if self.n < 0:
            raise IncompleteOrigin(f"a number cannot rest on {self.n} results")
        if list(self.period) != sorted(set(self.period)):
            raise IncompleteOrigin("the academic years of an origin must be in order, each once")
        if self.created.tzinfo is None:
            raise IncompleteOrigin("the time of an origin needs its time zone")

    def to_dict(self) -> dict[str, Any]:
        """Return the origin in plain types, ready for JSON.

        Returns
        -------
        dict
            Keys ``measure, version, unit, level, n, period, source, snapshot, created``; academic
            years as ``"2018/19"``, the time in UTC to the second.

        Examples
        --------
        >>> year = AcademicYear(2019)
        >>> Origin(measure="disparity", version="1", unit="share", level=None, n=2,
        ...        period=(year,)).to_dict()["period"]
        ['2018/19']
        """
        return {
            "measure": self.measure,
            "version": self.version,
            "unit": self.unit,
            "level": self.level,
            "n": self.n,
            "period": [str(year) for year in self.period],
            "source": [{"name": source.name, "sha256": source.sha256} for source in self.source],
            "snapshot": self.snapshot,
            "created": self.created.astimezone(UTC).isoformat(timespec="seconds"),
        }
