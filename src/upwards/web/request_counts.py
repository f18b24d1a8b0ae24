"""Requests counted by route and status, and how long they took, for all processes of the server together.

The counts lie in memory that the server's first process shares with those it starts: a count is exact, costs
no disk, outlives a worker that is started again, and begins anew when the server does.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

NO_ROUTE = "none"
STATUSES = (200, 202, 204, 301, 302, 303, 304, 400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes of duration, in seconds; 0.3 is what pages promise."""
_OTHER = len(STATUSES)  # place of any other status
_WIDTH = _OTHER + 1 + len(BOUNDS) + 2  # statuses, classes of duration, longer ones, sum in microseconds


@dataclass(frozen=True, slots=True)
class RouteCounts:
    """One route: requests by status (0: any other), by class of duration (not summed up), and their sum."""

    route: str
    by_status: dict[int, int]
    by_duration: tuple[int, ...]
    seconds: float


class RequestCounts:
    """A table of counters, shared by a process and those that it forks."""

    def __init__(self, routes: Iterable[str]) -> None:
        self.routes = (NO_ROUTE, *sorted(set(routes)))
        self._places = {name: place for place, name in enumerate(self.routes)}
        self._memory = mmap.mmap(-1, len(self.routes) * _WIDTH * 8)
        # The system gives this lock back when a process dies; threads of one process need the other.
        self._file, self._lock = os.memfd_create("upwards-counts"), Lock()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def add(self, route: str | None, status: int, seconds: float) -> None:
        row = self._places.get(route or NO_ROUTE, 0) * _WIDTH
        place = STATUSES.index(status) if status in STATUSES else _OTHER
        with self._alone():
            self._increase(row + place, 1)
            self._increase(row + _OTHER + 1 + bisect_left(BOUNDS, seconds), 1)
            self._increase(row + _WIDTH - 1, int(seconds * 1e6))

    def _increase(self, place: int, by: int) -> None:
        (held,) = struct.unpack_from("<Q", self._memory, place * 8)
        struct.pack_into("<Q", self._memory, place * 8, held + by)

    def read(self) -> list[RouteCounts]:
        """Return the routes that were asked for."""
        with self._alone():
            whole = bytes(self._memory)
        found = []
        for place, route in enumerate(self.routes):
            row = struct.unpack_from(f"<{_WIDTH}Q", whole, place * _WIDTH * 8)
            if any(row):
                by_status = {code: n for code, n in zip((*STATUSES, 0), row, strict=False) if n}
                found.append(RouteCounts(route, by_status, row[_OTHER + 1 : -1], row[-1] / 1e6))
        return found


_COUNTS: list[RequestCounts] = []


def begin_counting(routes: Iterable[str]) -> None:
    """Make the table, before the server's processes part; a second time nothing happens."""
    if not _COUNTS:
        _COUNTS.append(RequestCounts(routes))


def count_request(route: str | None, status: int, seconds: float) -> None:
    for counts in _COUNTS:
        counts.add(route, status, seconds)


def counted_requests() -> list[RouteCounts]:
    return [one for counts in _COUNTS for one in counts.read()]
