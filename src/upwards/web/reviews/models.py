"""A review by visiting peers, what it saw, what follows from it; and the audit of the four capitals."""

from __future__ import annotations

import datetime
import hashlib
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.trail.models import Audited

LONGEST_REPORT = 12_000
LONGEST_NOTE = 4_000


class State(models.TextChoices):
    PLANNED = "planned", "Planned"
    UNDER_WAY = "under way", "Under way"
    DRAFTED = "drafted", "Drafted"
    AGREED = "agreed", "Agreed"


OPEN = (State.PLANNED, State.UNDER_WAY, State.DRAFTED)
WRITTEN = (State.DRAFTED, State.AGREED)


class Area(models.TextChoices):
    LEADERSHIP = "leadership", "Leadership"
    PROVISION = "provision", "Provision and outcomes"
    DISADVANTAGE = "disadvantage", "Disadvantaged pupils and additional needs"


class Grade(models.TextChoices):
    LEADING = "leading", "Leading"
    EFFECTIVE = "effective", "Effective"
    TOWARDS = "towards", "Working towards effective"
    INEFFECTIVE = "ineffective", "Ineffective"


class Joint(models.TextChoices):
    """What visitors and hosts do together; nothing is done by visitors alone."""

    OBSERVE = "observe", "Observe teaching together"
    WORK = "work", "Look at pupils’ work together"
    PUPILS = "pupils", "Talk with pupils together"
    OTHER = "other", "Something else together"


class Standing(models.TextChoices):
    PROPOSED = "proposed", "Put forward by the school"
    CONFIRMED = "confirmed", "Confirmed"
    NOT_CONFIRMED = "not confirmed", "Not confirmed this time"


class Review(Audited):
    """One visit of peers to one school, and the report that both agree on."""

    school = models.CharField(max_length=200)
    first_day = models.DateField()
    last_day = models.DateField()
    focus = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PLANNED)
    report = models.TextField(max_length=LONGEST_REPORT, blank=True)
    excellence = models.CharField("Area of excellence", max_length=160, blank=True)
    excellence_why = models.TextField(max_length=LONGEST_NOTE, blank=True)
    excellence_standing = models.CharField(max_length=13, choices=Standing.choices, blank=True)
    agreed_on = models.DateField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-first_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=models.F("first_day")), name="review_ends_later"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="review_in_a_known_state"),
        ]

    def __str__(self) -> str:
        return f"Review of {self.school}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_written(self) -> bool:
        """Say whether the host may read what is written."""
        return self.state in WRITTEN

    def digest(self) -> str:
        """Return a mark of all that is agreed on, so that nobody agrees to what they have not read."""
        grades = sorted(self.grades.values_list("area", "grade", "why"))
        said = [self.report, self.excellence, self.excellence_why, self.excellence_standing, grades]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


class Allocation(Audited):
    """Somebody who reviews: it opens this review to them, and nothing else."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="allocations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    from_school = models.CharField(max_length=200, blank=True, help_text="Blank for somebody from outside.")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["review", "user"], name="reviewer_once")]

    def __str__(self) -> str:
        return f"Reviewer {self.pk}"


class JointActivity(Audited):
    """Something that visitors and hosts did together, and what they saw."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField("What", max_length=8, choices=Joint.choices)
    day = models.DateField("Day")
    where = models.CharField("Where", max_length=160, blank=True)
    with_post = models.CharField("Together with", max_length=160)
    notes = models.TextField(max_length=LONGEST_NOTE, blank=True)

    class Meta:
        ordering = ["day", "pk"]
        verbose_name_plural = "joint activities"

    def __str__(self) -> str:
        return self.get_kind_display()


class AreaGrade(Audited):
    """One of four words for one area, and why."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="grades")
    area = models.CharField(max_length=12, choices=Area.choices)
    grade = models.CharField(max_length=11, choices=Grade.choices)
    why = models.TextField(max_length=LONGEST_NOTE)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["review", "area"], name="one_grade_per_area"),
            models.CheckConstraint(condition=Q(grade__in=Grade.values), name="one_of_four_grades"),
        ]

    def __str__(self) -> str:
        return f"{self.get_area_display()}: {self.get_grade_display()}"


class HostComment(Audited):
    """What the school says about the draft."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField(max_length=LONGEST_NOTE)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["written", "pk"]

    def __str__(self) -> str:
        return f"Comment {self.pk}"


class ReviewAction(Audited):
    """What the school does next, who by their post, and until when."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField("What is to be done", max_length=300)
    post = models.CharField("Who, by post", max_length=120)
    due = models.DateField("Until")
    done = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due", "pk"]

    def __str__(self) -> str:
        return self.what

    @property
    def is_late(self) -> bool:
        return self.done is None and self.due < timezone.localdate()

    def is_due_by(self, day: datetime.date) -> bool:
        return self.done is None and self.due <= day


class CapitalsAudit(Audited):
    """One round of the audit of the four capitals, in one school or (blank) in the whole group."""

    school = models.CharField(max_length=200, blank=True)
    opened = models.DateField(default=timezone.localdate)
    closed = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-opened", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["school"], condition=Q(closed__isnull=True), name="one_open_audit_per_school"
            )
        ]

    def __str__(self) -> str:
        return f"Four capitals, {self.place}"

    @property
    def place(self) -> str:
        return self.school or "whole group"


class CapitalsReply(Audited):
    """What one person said: a number from 1 to 4 per statement, and evidence per capital."""

    audit = models.ForeignKey(CapitalsAudit, on_delete=models.CASCADE, related_name="replies")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="capitals_replies"
    )
    marks: models.JSONField[Any, Any] = models.JSONField(default=dict)
    evidence: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "capitals replies"
        constraints = [models.UniqueConstraint(fields=["audit", "user"], name="one_reply_per_person")]

    def __str__(self) -> str:
        return f"Reply {self.pk}"
