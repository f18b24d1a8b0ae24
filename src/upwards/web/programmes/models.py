"""A programme: schools, outcomes, learning framework, sessions, participants and their attendance."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.form_fields import QUARTER
from upwards.web.trail.models import Audited

LONGEST_SESSION = 12
NOTHING = Decimal(0)


class State(models.TextChoices):
    PLANNED = "planned", "Planned"
    RUNNING = "running", "Running"
    ENDED = "ended", "Ended"
    STOPPED = "stopped", "Stopped"


BEGUN = (State.RUNNING, State.ENDED, State.STOPPED)
OPEN = (State.PLANNED, State.RUNNING)


class Beneficiary(models.TextChoices):
    PUPILS = "pupils", "Pupils"
    STAFF = "staff", "Staff"


class Strand(models.TextChoices):
    THAT = "that", "Know that"
    HOW = "how", "Know how"


class Programme(Audited):
    """Sessions over some time, for staff of one school or several, with stated outcomes."""

    title = models.CharField(max_length=160)
    purpose = models.CharField(max_length=500)
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLANNED)
    closed = models.DateField(null=True, blank=True)
    currency = models.CharField(
        max_length=3, default="GBP", validators=[RegexValidator(r"^[A-Z]{3}$", "Three letters, such as GBP.")]
    )
    budget = models.DecimalField(
        max_digits=10, decimal_places=2, default=NOTHING, validators=[MinValueValidator(NOTHING)]
    )
    other_costs = models.DecimalField(
        max_digits=10, decimal_places=2, default=NOTHING, validators=[MinValueValidator(NOTHING)]
    )

    class Meta:
        ordering = ["-starts", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="programme_ends_later"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="programme_in_a_known_state"),
            models.CheckConstraint(
                condition=Q(budget__gte=0) & Q(other_costs__gte=0), name="programme_costs_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def school_names(self) -> list[str]:
        return [one.school for one in self.schools.all()]

    def last_day(self, today: datetime.date) -> datetime.date:
        """Return the day until which it takes attention."""
        return self.closed or max(self.ends, today)


class ProgrammeSchool(Audited):
    """A school that takes part."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="schools")
    school = models.CharField(max_length=200)

    class Meta:
        ordering = ["school"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "school"], name="school_once_in_a_programme")
        ]

    def __str__(self) -> str:
        return self.school


class Outcome(Audited):
    """What should be different for pupils or staff, and how one will know."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="outcomes")
    beneficiary = models.CharField("For whom", max_length=6, choices=Beneficiary.choices)
    text = models.CharField("What will be different", max_length=300)
    measure = models.CharField("How you will know", max_length=300)

    class Meta:
        ordering = ["beneficiary", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(beneficiary__in=Beneficiary.values), name="outcome_for_pupils_or_staff"
            )
        ]

    def __str__(self) -> str:
        return self.text


class LearningStep(Audited):
    """One thing that participants should know (that) or be able to do (how), in its place in the order."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="framework")
    strand = models.CharField(max_length=4, choices=Strand.choices)
    place = models.PositiveSmallIntegerField(
        "Order", default=1, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    text = models.CharField("What participants know or can do", max_length=300)

    class Meta:
        ordering = ["-strand", "place", "pk"]  # know that, then know how
        constraints = [
            models.CheckConstraint(condition=Q(strand__in=Strand.values), name="step_of_a_known_strand")
        ]

    def __str__(self) -> str:
        return self.text


class Session(Audited):
    """One meeting of a programme, planned or past."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="sessions")
    date = models.DateField(default=timezone.localdate)
    title = models.CharField(max_length=160)
    hours = models.FloatField(
        default=2.0, validators=[MinValueValidator(QUARTER), MaxValueValidator(LONGEST_SESSION)]
    )
    strand = models.CharField(max_length=4, choices=Strand.choices, blank=True)
    facilitator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="facilitated_sessions",
    )
    cost = models.DecimalField(
        max_digits=10, decimal_places=2, default=NOTHING, validators=[MinValueValidator(NOTHING)]
    )

    class Meta:
        ordering = ["date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="programme_session_has_hours"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="programme_session_costs_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.date:%-d %B %Y}"


class Participant(Audited):
    """Somebody of a school who takes part; who leaves keeps the hours that were theirs."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="programmes")
    school = models.CharField(max_length=200)
    joined = models.DateField(default=timezone.localdate)
    left = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["school", "user__name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "user"], name="participant_once_in_a_programme")
        ]

    def __str__(self) -> str:
        return f"Participant {self.pk}"

    def is_in(self, day: datetime.date) -> bool:
        return self.left is None or self.left >= day


class Attendance(Audited):
    """Whether a participant was at a session; no row: nobody has said."""

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="attendance")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="attendance")
    present = models.BooleanField()

    class Meta:
        ordering = ["session", "participant"]
        constraints = [
            models.UniqueConstraint(fields=["session", "participant"], name="attendance_once_per_session")
        ]

    def __str__(self) -> str:
        return f"Attendance {self.pk}"
