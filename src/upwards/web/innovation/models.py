"""A pilot, what was seen while it ran, and the reading it rests on."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator, URLValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.trail.models import Audited

MOST_HOURS = 200
EARLIEST_YEAR, LATEST_YEAR = 1800, 2100


class State(models.TextChoices):
    IDEA = "idea", "Idea"
    RUNNING = "running", "Running"
    DECIDED = "decided", "Decided"


class Decision(models.TextChoices):
    ADOPT = "adopt", "Adopt"
    ADAPT = "adapt", "Adapt"
    DROP = "drop", "Drop"


class Reached(models.TextChoices):
    """Whether what would count as success was reached."""

    YES = "yes", "Yes"
    PARTLY = "partly", "Partly"
    NO = "no", "No"
    UNKNOWN = "unknown", "It cannot be told"


class Study(models.TextChoices):
    """How a study came to what it says."""

    REVIEW = "review", "Review of many studies"
    TRIAL = "trial", "Trial with chance deciding who took part"
    COMPARISON = "comparison", "Comparison of two groups"
    BEFORE_AFTER = "before", "Before and after, without a comparison"
    CASE = "case", "Case study or interviews"
    DESCRIPTION = "description", "Description of how things are"
    THEORY = "theory", "Theory or argument"
    GUIDANCE = "guidance", "Guidance or handbook"
    OTHER = "other", "Another kind"


class Standing(models.TextChoices):
    """How far one may build on what a study found."""

    AGREED = "agreed", "Several good studies agree"
    ONE = "one", "One good study"
    MIXED = "mixed", "Studies disagree"
    EARLY = "early", "Early: little or no comparison"
    NOT_REPEATED = "not repeated", "Could not be repeated, or was withdrawn"
    UNKNOWN = "unknown", "Not looked into yet"


class Reference(Audited):
    """Something to read: what it found, and how far one may build on it."""

    title = models.CharField(max_length=300)
    authors = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(EARLIEST_YEAR), MaxValueValidator(LATEST_YEAR)]
    )
    link = models.URLField(max_length=500, blank=True, validators=[URLValidator(["http", "https"])])
    doi = models.CharField(
        "DOI",
        max_length=200,
        blank=True,
        validators=[
            RegexValidator(r"^10\.\d{4,9}/[^\s<>\"]+$", "A DOI begins with 10, such as 10.1000/182.")
        ],
    )
    study = models.CharField("Kind of study", max_length=12, choices=Study.choices)
    found = models.TextField("What it found", max_length=2000)
    standing = models.CharField(max_length=12, choices=Standing.choices, default=Standing.UNKNOWN)
    practice = models.ForeignKey(
        "practices.Practice", null=True, blank=True, on_delete=models.SET_NULL, related_name="reading"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["title", "-year", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(study__in=Study.values), name="reference_of_a_known_kind"),
            models.CheckConstraint(
                condition=Q(standing__in=Standing.values), name="reference_of_a_known_standing"
            ),
            models.UniqueConstraint(fields=["doi"], condition=~Q(doi=""), name="reference_once_per_doi"),
        ]

    def __str__(self) -> str:
        return f"{self.authors} ({self.year}): {self.title}"


class Pilot(Audited):
    """Something that one school tries out, with its measure said before it begins."""

    school = models.CharField(max_length=200)
    department = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=120)
    if_we = models.CharField(max_length=300)
    for_whom = models.CharField(max_length=300)
    then = models.CharField(max_length=300)
    because = models.CharField(max_length=300)
    tried = models.TextField(max_length=2000, blank=True)
    measure = models.CharField(max_length=300, blank=True)
    success = models.CharField(max_length=300, blank=True)
    for_pupils = models.BooleanField()
    hours_a_week = models.FloatField(validators=[MinValueValidator(0.0), MaxValueValidator(MOST_HOURS)])
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField()
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.IDEA)
    decision = models.CharField(max_length=6, choices=Decision.choices, blank=True)
    reached = models.CharField(max_length=8, choices=Reached.choices, blank=True)
    reason = models.TextField(max_length=2000, blank=True)
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    reading: models.ManyToManyField[Reference, Any] = models.ManyToManyField(
        Reference, blank=True, related_name="pilots"
    )

    class Meta:
        ordering = ["-starts", "-pk"]
        indexes = [models.Index(fields=["school", "state"])]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="pilot_ends_later"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="pilot_in_a_known_state"),
            models.CheckConstraint(
                condition=Q(state=State.IDEA) | (~Q(measure="") & ~Q(success="")),
                name="pilot_says_its_success_before_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state=State.DECIDED, decision__in=Decision.values, decided_on__isnull=False)
                | (~Q(state=State.DECIDED) & Q(decision="", decided_on__isnull=True)),
                name="pilot_is_decided_with_a_decision",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def hypothesis(self) -> str:
        parts = (one.strip(" .…") for one in (self.if_we, self.for_whom, self.then, self.because))
        return "If we {}, for {}, then {}, because {}.".format(*parts)

    def last_day(self, today: datetime.date) -> datetime.date:
        """Return the day until which it takes attention: undecided, it does so beyond its planned end."""
        return self.decided_on or max(self.ends, today)


class Observation(Audited):
    """What somebody saw while a pilot ran; for staff of the school and leads of the group."""

    pilot = models.ForeignKey(Pilot, on_delete=models.CASCADE, related_name="observations")
    date = models.DateField(default=timezone.localdate)
    text = models.TextField(max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-date", "-pk"]

    def __str__(self) -> str:
        return f"Observation {self.pk}"
