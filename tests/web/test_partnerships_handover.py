"""Partnerships and visits become standard tables, without persons, and a corrected day is taken back."""

from __future__ import annotations

import csv
import datetime
import io
import shutil
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.web.partnerships_of_trust import PRIVATE, coaching_of_cast, partnership, visit
from upwards.actions.describe_workspace import describe_workspace
from upwards.actions.import_data import undo_last_import
from upwards.core.errors import UserError
from upwards.web.jobs.daily import each_day
from upwards.web.jobs.models import Job
from upwards.web.partnerships import handover, nightly
from upwards.web.partnerships.models import Handover
from upwards.web.partnerships.work import give

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_workspace(trust_workspace: Path, tmp_path: Path, settings) -> Path:
    settings.UPWARDS_WORKSPACE = Path(shutil.copytree(trust_workspace, tmp_path / "own"))
    return settings.UPWARDS_WORKSPACE


def rows_of(table: str) -> list[dict[str, str]]:
    rows = handover.partnership_rows() if table == "partnerships" else handover.session_rows()
    return list(csv.DictReader(io.StringIO(handover.as_csv(table, rows))))


def test_a_three_gives_a_row_for_each_recipient_and_a_proposal_none():
    partnership("proposed")
    made = partnership(recipients=("Birch", "Cedar"))
    visit(made, -7, hours=1.0)
    visit(made, -7, hours=0.5)
    visit(made, -3, "missed", reason="no cover")
    visit(made, 7, "planned")
    rows = rows_of("partnerships")
    assert [(one["provider_school"], one["recipient_school"], one["hours"]) for one in rows] == [
        ("Alder", "Birch", "12"),
        ("Alder", "Cedar", "12"),
    ]
    assert [(one["hours"], one["delivered"]) for one in rows_of("sessions")] == [
        ("1.5", "yes"),
        ("0", "no"),
    ] * 2


def test_no_person_no_aim_and_no_note_is_given(people):
    made = coaching_of_cast()
    text = "".join(handover.as_csv(one, rows_of(one)) for one in ("partnerships", "sessions"))
    words = [PRIVATE, made.aim, *(one.email for one in people.values())]
    assert not [word for word in words if word in text]


def test_they_become_tables_of_the_data_once(own_workspace):
    assert handover.hand_over() is None
    made = partnership()
    row = visit(made, -7, hours=1.0)
    first = handover.hand_over()
    assert first is not None
    tables = describe_workspace(own_workspace)["tables"]
    assert (tables["partnerships"], tables["sessions"]) == (1, 1)
    assert handover.hand_over() == first  # nothing changed: no new state of the data
    row.date -= datetime.timedelta(days=1)
    row.save()
    second = handover.hand_over()
    assert second.n_sessions == 1
    assert second.snapshot != first.snapshot
    assert describe_workspace(own_workspace)["tables"]["sessions"] == 2  # the old day, with no hours
    assert handover.hand_over() == second


def test_what_was_undone_comes_back(own_workspace):
    visit(partnership(), -7)
    handover.hand_over()
    undo_last_import(own_workspace)
    assert "sessions" not in describe_workspace(own_workspace)["tables"]
    handover.hand_over()
    assert describe_workspace(own_workspace)["tables"]["sessions"] == 1


def test_what_the_data_refuse_is_said(own_workspace, monkeypatch):
    made = partnership()
    monkeypatch.setattr(handover, "_number", lambda *_: "")
    with pytest.raises(UserError, match="do not take the partnerships"):
        handover.hand_over()
    assert made.pk
    assert not Handover.objects.exists()


def test_the_button_starts_the_job_and_tells_what_was_given(owner, own_workspace):
    assert "Nothing is agreed yet" in owner.get(reverse("hand_over")).content.decode()
    partnership()
    answer = owner.post(reverse("hand_over"))
    job = Job.objects.get(question="hand over")
    assert answer.headers["Location"].startswith(reverse("job", args=[job.pk]))
    assert give({}, lambda *_: None) == {"partnerships": 1, "sessions": 0, "people": 0}
    assert "Given last" in owner.get(reverse("hand_over")).content.decode()


def test_nothing_to_give_is_no_failure(own_workspace):
    assert give({}, lambda *_: None) is None


def test_who_may_not_change_data_gives_nothing(school_lead, coach):
    assert [one.post(reverse("hand_over")).status_code for one in (school_lead, coach)] == [403, 403]
    assert not Job.objects.exists()


def test_the_records_are_given_each_night():
    nightly.plant()
    nightly.plant()
    waiting = DBTaskResult.objects.get(task_path=each_day.module_path)
    assert waiting.args_kwargs["args"] == ["hand over"]
    assert timezone.localtime(waiting.run_after).hour == nightly.HOUR
