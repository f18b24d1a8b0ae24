"""The pulse: who answered, and what was said, in rows that nothing joins (decision 0082)."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.people.models import Term
from upwards.web.people.terms import SchoolTerm
from upwards.web.trail.models import Audited


class Pulse(Audited):
    """One round of the questionnaire, in one term."""

    year = models.PositiveSmallIntegerField(
        "Academic year", validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    term = models.CharField(max_length=1, choices=Term.choices)
    closes = models.DateField("Last day to answer")
    closed = models.BooleanField(default=False)
    shown_from = models.PositiveSmallIntegerField(
        help_text="Answers from which a result is shown; kept as it was when people were asked."
    )

    class Meta:
        ordering = ["-year", "-term"]
        constraints = [
            models.UniqueConstraint(fields=["year", "term"], name="one_pulse_per_term"),
            models.UniqueConstraint(
                fields=["closed"], condition=Q(closed=False), name="one_pulse_open_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"Pulse of {self.when}"

    @property
    def when(self) -> SchoolTerm:
        return SchoolTerm(self.year, Term(self.term))

    @property
    def is_open(self) -> bool:
        return not self.closed and self.closes >= timezone.localdate()


class Participation(models.Model):
    """That somebody answered, and nothing about what. Not `Audited`: an entry would add the moment."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pulse = models.ForeignKey(Pulse, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pulses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pulse", "user"], name="answered_once")]

    def __str__(self) -> str:
        return "Answered"


class Tally(models.Model):
    """How often each answer was given in one school: sums only, no row per person, no moment, no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pulse = models.ForeignKey(Pulse, on_delete=models.CASCADE, related_name="tallies")
    school = models.CharField(max_length=200, blank=True, help_text="Blank for staff of the whole group.")
    n = models.PositiveIntegerField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["pulse", "school"], name="one_tally_per_school")]

    def __str__(self) -> str:
        return "Tally"
