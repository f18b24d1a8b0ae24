"""What happens when a worker dies, and to files that nobody came back for."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.uploads_of_trust import (
    GOOD,
    checked,
    decided,
    files_in,
    imported,
    send,
    sent,
    work_off,
)
from upwards.actions.compare_snapshots import list_states
from upwards.web.data import work
from upwards.web.data.models import Step, Upload
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import BUG, run_job
from upwards.web.jobs.work_again import ATTEMPTS, put_back_lost

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]


# -- workers that die ----------------------------------------------------------------------------------


def kill_and_restart(upload: Upload) -> None:
    """Leave the job as a killed worker leaves it, then start the next worker."""
    from django_tasks.base import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(status=TaskResultStatus.RUNNING)
    job = Job.objects.get(pk=upload.job_id)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=job.attempts + 1)
    put_back_lost()


def uploading(owner, content: str = GOOD) -> Upload:
    send(owner, content)
    return Upload.objects.latest("made")


def test_a_job_killed_in_the_middle_is_done_by_the_next_worker(owner):
    upload = uploading(owner)
    kill_and_restart(upload)
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.MAPPING


def test_after_three_killed_workers_the_file_is_kept_and_can_be_tried_again(owner, workspace):
    upload = uploading(owner)
    for _ in range(ATTEMPTS):
        kill_and_restart(upload)
    kill_and_restart(upload)
    text = owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()
    assert "This was interrupted" in text
    assert "stopped 3 times" in text
    assert len(files_in(workspace)) == 1
    owner.post(reverse("data_again", args=[upload.pk]))
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.MAPPING


def test_an_import_killed_after_it_entered_is_found_there_and_not_doubled(owner, workspace, monkeypatch):
    upload = checked(owner, sent(owner, GOOD))
    move = Upload.move

    def die(self: Upload, from_: tuple[str, ...], to: Step, **values: object) -> bool:
        if to == Step.IMPORTED:
            raise KeyboardInterrupt
        return move(self, from_, to, **values)

    monkeypatch.setattr(Upload, "move", die)
    owner.post(reverse("data_decide", args=[upload.pk]), {"decision": "keep"})
    upload.refresh_from_db()
    with pytest.raises(KeyboardInterrupt):
        run_job.call(str(upload.job_id))
    monkeypatch.setattr(Upload, "move", move)
    assert len(list_states(workspace)) == 1
    assert len(files_in(workspace)) == 1
    kill_and_restart(upload)
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.IMPORTED
    assert list_states(workspace)[0]["tables"] == {"results": 3}
    assert files_in(workspace) == []


def test_a_bug_leaves_the_file_and_a_way_on(owner, workspace, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(work, "check_upload", broken)
    upload = sent(owner, GOOD)
    text = owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()
    assert BUG in text
    decided(owner, upload, "reject")
    assert (upload.step, files_in(workspace)) == (Step.REJECTED, [])


def test_work_that_was_done_already_is_not_done_again(owner):
    upload = imported(owner)
    for name in ("look_at_upload", "check_an_upload", "import_upload"):
        getattr(work, name)({"upload": str(upload.pk)}, lambda *_: None)
    upload.refresh_from_db()
    assert upload.step == Step.IMPORTED


# -- files that nobody came back for -------------------------------------------------------------------


def test_a_failed_upload_is_kept_seven_days_and_then_removed(owner, workspace):
    upload = sent(owner, "no table", "a.csv")
    assert upload.step == Step.FAILED
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=6))
    owner.get(reverse("data"))
    work_off()
    assert len(files_in(workspace)) == 1
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=7, minutes=1))
    owner.get(reverse("data"))
    work_off()
    upload.refresh_from_db()
    assert (upload.step, upload.stored, files_in(workspace)) == (Step.EXPIRED, "", [])
    assert "within 7 days" in owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()


def test_files_without_a_row_and_of_ended_uploads_are_removed(owner, workspace):
    upload = imported(owner)
    folder = work.uploads_folder()
    orphan, fresh, left = folder / "orphan.csv", folder / "fresh.csv", folder / "left.csv"
    for path in (orphan, fresh, left):
        path.write_text("x")
    os.utime(orphan, (time.time() - 90_000,) * 2)
    Upload.objects.filter(pk=upload.pk).update(stored="left.csv")  # killed before it was removed
    assert work.remove_old_uploads({}, lambda *_: None) == 2
    assert files_in(workspace) == [fresh]


def test_sending_a_file_starts_the_clearing_away(owner, workspace):
    upload = sent(owner, "no table", "a.csv")
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=8))
    sent(owner, GOOD)
    upload.refresh_from_db()
    assert upload.step == Step.EXPIRED
