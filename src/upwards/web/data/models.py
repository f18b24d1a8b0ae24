"""An upload: one file of one person, from its arrival to its outcome."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from upwards.web.data.arrivals import uploads_folder
from upwards.web.jobs.models import Job
from upwards.web.jobs.models import State as JobState
from upwards.web.jobs.queue import start_job
from upwards.web.trail.models import Audited


class Step(models.TextChoices):
    """How far an upload is."""

    ARRIVED = "arrived", "Being looked at"
    MAPPING = "mapping", "Waits for you to check the columns"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "Waits for your decision"
    IMPORTING = "importing", "Being imported"
    IMPORTED = "imported", "Imported"
    FAILED = "failed", "Could not be read"
    REJECTED = "rejected", "Removed by you"
    EXPIRED = "expired", "Removed after its time"


WORK = {
    Step.ARRIVED: "look-at-upload",
    Step.CHECKING: "check-upload",
    Step.IMPORTING: "import-upload",
}
ENDED = (Step.IMPORTED, Step.REJECTED, Step.EXPIRED)


class Upload(Audited):
    """One file that somebody sent; visible to nobody else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=130, help_text="As shown; never a place on the disk.")
    stored = models.CharField(max_length=80, blank=True, help_text="Blank once the file is gone.")
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    table = models.CharField(max_length=40)
    sheet = models.CharField(max_length=120, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    step = models.CharField(max_length=10, choices=Step.choices, default=Step.ARRIVED)
    problem = models.TextField(blank=True)
    headings: models.JSONField[Any, Any] = models.JSONField(default=list)
    mapping = models.TextField(blank=True)
    doubts: models.JSONField[Any, Any] = models.JSONField(default=list)
    detected = models.CharField(max_length=200, blank=True)
    report: models.JSONField[Any, Any] = models.JSONField(null=True, default=None)
    replace_held = models.BooleanField(default=False)
    snapshot = models.CharField(max_length=40, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-made"]

    def __str__(self) -> str:
        return f"Upload {self.pk}"

    @property
    def path(self) -> Path:
        return uploads_folder() / self.stored

    @property
    def has_file(self) -> bool:
        return bool(self.stored)

    @property
    def has_ended(self) -> bool:
        return self.step in ENDED

    @property
    def is_at_work(self) -> bool:
        """Whether a job has it in hand."""
        return self.step in WORK and self.job is not None and self.job.is_open

    @property
    def is_stuck(self) -> bool:
        """Whether the job that had it in hand is over and did not finish it."""
        return self.step in WORK and not self.is_at_work

    @property
    def why_stuck(self) -> str:
        return self.job.message if self.job is not None and self.job.state == JobState.FAILED else ""

    @property
    def workbook_sheet(self) -> bool:
        return self.name.lower().endswith(".xlsx")

    def move(self, from_: tuple[str, ...], to: Step, **values: Any) -> bool:
        """Take one step, unless somebody did so at the same moment; start its job where it has one."""
        with transaction.atomic():
            locked = type(self).objects.select_for_update().get(pk=self.pk)
            if locked.step not in from_:
                return False
            for name, value in {**values, "step": to}.items():
                setattr(locked, name, value)
            locked.save()
            if to in WORK:
                locked.job = start_job(WORK[to], {"upload": str(self.pk)}, asked_by=self.owner_id)
                locked.save()
        self.refresh_from_db()
        return True

    def remove_file(self) -> None:
        """Remove the file; the row stays as a record of what became of it."""
        if self.stored:
            self.path.unlink(missing_ok=True)
            self.stored = ""
            self.save()
