"""Metrics in the text form that Prometheus reads: counts and moments, nothing about anybody."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from django.db.models import Count

from upwards.web.jobs.models import Job, State
from upwards.web.keeping.standing import database_bytes, last_backup, queue_seconds, what_is_not_ready
from upwards.web.request_counts import BOUNDS, counted_requests


def metrics_text() -> str:
    return "\n".join([*_requests(), *_jobs(), *_house()]) + "\n"


def _requests() -> Iterator[str]:
    counted = counted_requests()
    yield from _head("upwards_requests_total", "counter", "Requests by route and status (0: any other).")
    for one in counted:
        for status, n in one.by_status.items():
            yield f'upwards_requests_total{{route="{one.route}",status="{status}"}} {n}'
    yield from _head("upwards_request_seconds", "histogram", "How long requests took.")
    for one in counted:
        sums = list(accumulate(one.by_duration))
        for bound, n in zip((*map(str, BOUNDS), "+Inf"), sums, strict=True):
            yield f'upwards_request_seconds_bucket{{route="{one.route}",le="{bound}"}} {n}'
        yield f'upwards_request_seconds_sum{{route="{one.route}"}} {one.seconds:.6f}'
        yield f'upwards_request_seconds_count{{route="{one.route}"}} {sums[-1]}'


def _jobs() -> Iterator[str]:
    counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    yield from _head("upwards_jobs", "gauge", "Jobs by state.")
    for state in State.values:
        yield f'upwards_jobs{{state="{state}"}} {counted.get(state, 0)}'
    yield from _head("upwards_queue_seconds", "gauge", "How long the oldest waiting job has waited.")
    yield f"upwards_queue_seconds {queue_seconds():.1f}"


def _house() -> Iterator[str]:
    yield from _head("upwards_ready", "gauge", "Whether database, workspace and worker are there.")
    yield f"upwards_ready {int(not what_is_not_ready())}"
    yield from _head("upwards_database_bytes", "gauge", "Room that the database takes.")
    yield f"upwards_database_bytes {database_bytes()}"
    last = last_backup()
    if last is not None:
        yield from _head(
            "upwards_last_backup_timestamp_seconds", "gauge", "The state that the last backup holds."
        )
        yield f"upwards_last_backup_timestamp_seconds {last.made.timestamp():.0f}"


def _head(name: str, kind: str, said: str) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"
