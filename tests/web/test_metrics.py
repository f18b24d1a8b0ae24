"""What machines ask: readiness, metrics that count over all processes, and a log without anybody in it."""

from __future__ import annotations

import datetime
import json
import logging
import os

import pytest
from django.test import Client
from django.utils import timezone

from upwards.web import request_counts
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.worker import only_worker
from upwards.web.keeping import standing
from upwards.web.keeping.models import Backup
from upwards.web.request_counts import RequestCounts
from upwards.web.request_log import JsonLines

pytestmark = pytest.mark.django_db


@pytest.fixture
def counting(monkeypatch):
    monkeypatch.setattr(request_counts, "_COUNTS", [RequestCounts(["home", "healthz", "metrics"])])


def test_ready_is_only_who_has_database_workspace_and_worker(stranger, settings, tmp_path, trust_workspace):
    assert stranger.get("/readyz").json() == {"ready": False, "missing": ["the worker does not run"]}
    with only_worker(trust_workspace):
        answer = stranger.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
    settings.UPWARDS_WORKSPACE = tmp_path
    assert "the workspace cannot be read" in stranger.get("/readyz").json()["missing"]


def test_a_database_that_is_away_is_said(monkeypatch):
    from django.db import OperationalError

    def away():
        raise OperationalError

    monkeypatch.setattr(standing.connection, "cursor", away)
    assert not standing.database_answers()


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_only_the_machine_itself_is_told(stranger, path):
    assert stranger.get(path, REMOTE_ADDR="192.0.2.1").status_code == 404
    assert stranger.get(path, headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


FORWARDED = {
    "Forwarded": "for=192.0.2.1",
    "Via": "1.1 proxy",
    "X-Real-IP": "192.0.2.1",
    "X-Forwarded-Host": "a.test",
    "X-Forwarded-Proto": "https",
}


@pytest.mark.parametrize(("header", "value"), FORWARDED.items())
def test_what_any_proxy_passes_on_is_not_from_this_machine(stranger, header, value):
    assert stranger.get("/metrics", headers={header: value}).status_code == 404


def test_metrics_count_requests_jobs_and_the_age_of_the_backup(stranger, counting):
    Job.objects.create(question="answer", key="a")
    Job.objects.filter(key="a").update(asked_at=timezone.now() - datetime.timedelta(seconds=90))
    Backup.objects.create(made=timezone.now(), folder="/x", name="b", size=1, sha256="0")
    for _ in range(3):
        stranger.get("/healthz")
    stranger.get("/nowhere/")
    text = stranger.get("/metrics").content.decode()
    assert 'upwards_requests_total{route="healthz",status="200"} 3' in text
    assert 'upwards_requests_total{route="none",status="404"} 1' in text
    assert 'upwards_request_seconds_bucket{route="healthz",le="+Inf"} 3' in text
    assert 'upwards_request_seconds_count{route="healthz"} 3' in text
    assert 'upwards_jobs{state="waiting"} 1' in text
    assert float(text.partition("\nupwards_queue_seconds ")[2].split()[0]) >= 90
    assert "upwards_last_backup_timestamp_seconds" in text
    assert int(text.partition("\nupwards_database_bytes ")[2].split()[0]) >= 0
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in text.splitlines())


def test_classes_of_duration_add_up_and_unknown_routes_and_statuses_are_counted():
    counts = RequestCounts(["home"])
    for seconds in (0.0, 0.01, 0.3, 20.0):
        counts.add("home", 200, seconds)
    counts.add("gone", 418, 0.1)
    none, home = sorted(counts.read(), key=lambda one: one.route, reverse=True)
    assert home.by_status == {200: 4}
    assert sum(home.by_duration) == 4
    assert home.by_duration[0] == 2
    assert home.by_duration[-1] == 1
    assert home.seconds == pytest.approx(20.31)
    assert none.by_status == {0: 1}


def test_processes_that_part_count_together():
    counts = RequestCounts(["home"])
    children = []
    for _ in range(3):
        child = os.fork()
        if child == 0:
            for _ in range(500):
                counts.add("home", 200, 0.001)
            os._exit(0)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    assert counts.read()[0].by_status == {200: 1500}


def test_counting_begins_once(monkeypatch):
    monkeypatch.setattr(request_counts, "_COUNTS", [])
    request_counts.begin_counting(["home"])
    request_counts.begin_counting(["home", "other"])
    request_counts.count_request("home", 200, 0.1)
    assert [one.route for one in request_counts.counted_requests()] == ["home"]


def lines_of(caplog) -> list[dict[str, object]]:
    form = JsonLines()
    return [json.loads(form.format(record)) for record in caplog.records]


def test_the_log_is_json_without_addresses_queries_or_names(owner, caplog, people):
    with caplog.at_level(logging.INFO):
        owner.get(
            f"/held/user/{people['teacher'].pk}/?q=Teacher&secret=abc", headers={"Referer": "http://x/?y=z"}
        )
        Client().post("/account/login/", {"login": "teacher@orchard.test", "password": "not this one"})
        logging.getLogger("x").warning("somebody %s", "teacher@orchard.test")
    said = lines_of(caplog)
    requests = [one for one in said if one["event"] == "request"]
    assert requests[0]["route"] == "held_about"
    assert {
        "time",
        "level",
        "logger",
        "event",
        "request",
        "route",
        "method",
        "status",
        "milliseconds",
    } >= set(requests[0])
    text = json.dumps(said).lower()
    for private in ("teacher@", "secret", "abc", "q=", "not this", "/held/", "127.0.0.1", "http"):
        assert private not in text


def test_an_error_is_logged_by_kind_and_place_only(caplog):
    try:
        raise ValueError("Tom Smith, born 2012")
    except ValueError:
        logging.getLogger("x").exception("failed")
    (said,) = lines_of(caplog)
    assert said["error"] == "ValueError"
    assert "test_metrics" in str(said["at"])
    assert "Tom" not in json.dumps(said)


def test_jobs_that_wait_or_run_too_long_are_stuck():
    long_ago = timezone.now() - datetime.timedelta(hours=2)
    Job.objects.create(question="answer", key="a", state=State.RUNNING, started_at=long_ago)
    Job.objects.create(question="answer", key="b")
    assert standing.stuck_jobs(60) == 1
    assert standing.stuck_jobs(180) == 0
