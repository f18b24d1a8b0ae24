"""What is done each day is asked for when serving starts, and each run asks for the next, once."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from upwards.web import serving
from upwards.web.jobs.daily import _HOURS, each_day, next_time, plant
from upwards.web.jobs.models import Job

pytestmark = pytest.mark.django_db
BOTH = dict.fromkeys(_HOURS, 1)


def test_what_is_daily_is_known():
    assert set(BOTH) >= {"hand over", "remove-old-messages", "remove-old-uploads", "remove-what-is-over"}


def planted() -> Counter[str]:
    rows = DBTaskResult.objects.filter(task_path=each_day.module_path)
    return Counter(row.args_kwargs["args"][0] for row in rows)


def asked() -> Counter[str]:
    return Counter(Job.objects.values_list("question", flat=True))


def test_serving_asks_for_today_and_for_the_next_day_once():
    serving.begin_what_is_daily()
    serving.begin_what_is_daily()
    assert asked() == planted() == BOTH


def test_each_run_asks_for_the_next_and_only_once():
    each_day.call("remove-old-uploads")
    each_day.call("remove-old-uploads")
    assert asked() == planted() == {"remove-old-uploads": 1}


def test_a_run_that_was_missed_does_not_stand_for_the_next():
    plant("hand over")
    DBTaskResult.objects.update(run_after=timezone.now() - datetime.timedelta(days=3))
    plant("hand over")
    assert planted() == {"hand over": 2}
    each_day.call("hand over")
    assert planted() == {"hand over": 2}


def test_what_is_no_longer_daily_ends():
    each_day.call("an older version's")
    assert not asked()
    assert not planted()


def test_the_next_time_is_still_to_come():
    zone = timezone.get_current_timezone()
    noon = datetime.datetime(2026, 11, 23, 12, tzinfo=zone)
    assert next_time(noon, 2) == datetime.datetime(2026, 11, 24, 2, tzinfo=zone)
    assert next_time(noon.replace(hour=1), 2) == datetime.datetime(2026, 11, 23, 2, tzinfo=zone)
