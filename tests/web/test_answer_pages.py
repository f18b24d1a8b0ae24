"""Pages of answers: a plain sentence, a chart with its table, the statistics, for whom they are."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from upwards.web.answer_pages.views import PAGES
from upwards.web.jobs.models import OPEN, Job
from upwards.web.jobs.queue import run_job
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
ALL = ("where_are_we", "spread", "who_knows_how", "plan", "schools")


def finished(client: Client, address: str):
    """Read a page as a browser does that waits for what is computed."""
    for _ in range(8):
        answer = client.get(address)
        if answer.status_code != 202:
            return answer
        for job in Job.objects.filter(state__in=OPEN):
            run_job.call(str(job.pk))
    raise AssertionError(f"{address} is never done")


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("route", ALL)
def test_a_page_waits_for_its_answer_and_then_shows_it(route, owner):
    assert owner.get(reverse(route)).status_code in (200, 202)
    answer = finished(owner, reverse(route))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert html.count("<h1") == 1
    assert "style=" not in html
    assert "<script>" not in html
