"""Members of staff, their training, their hours, and what they offer or ask for."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.people.agreements import Agreement as Agreement
from upwards.web.people.class_checks import ClassCheck as ClassCheck
from upwards.web.people.class_checks import Verdict as Verdict
from upwards.web.trail.models import Audited


class PersonQuerySet(models.QuerySet["Person"]):
    def working(self) -> PersonQuerySet:
        """Keep those who have not left."""
        return self.filter(Q(left__isnull=True) | Q(left__gte=timezone.localdate()))

    def of_schools(self, schools: frozenset[str] | None) -> PersonQuerySet:
        """Keep those of some schools; None for all."""
        return self if schools is None else self.filter(school__in=schools)


class Person(Audited):
    """One member of staff in one school, whether or not they can sign in."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="person"
    )
    name = models.CharField(max_length=120)
    school = models.CharField(max_length=200, blank=True, help_text="Blank for staff of the whole group.")
    departments = models.CharField("Department or departments", max_length=200, blank=True)
    subjects = models.CharField(max_length=200, blank=True)
    posts = models.CharField("Roles in school", max_length=200, blank=True)
    staff_code = models.CharField("Code in the files", max_length=120, blank=True)
    line_manager = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="manages"
    )
    joined = models.DateField("First day", default=timezone.localdate)
    left = models.DateField("Last day", null=True, blank=True)
    erased = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["school", "name"]
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                condition=Q(line_manager__isnull=True) | ~Q(line_manager=models.F("pk")),
                name="nobody_is_their_own_line_manager",
            ),
            models.UniqueConstraint(
                fields=["school", "staff_code"],
                condition=~Q(staff_code=""),
                name="one_person_per_code_and_school",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject_list(self) -> list[str]:
        return listed(self.subjects)

    @property
    def department_list(self) -> list[str]:
        return listed(self.departments)


def listed(text: str) -> list[str]:
    """Split what was written with commas; each once, in order."""
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


class Standing(models.TextChoices):
    """What a training lets somebody do."""

    TRAINED = "trained", "Trained as a coach"
    EXPERT = "expert", "Accredited as an expert coach"
    FACILITATOR = "facilitator", "Trained as a facilitator of coaches"
    OTHER = "other", "Other training"


COACHING = (Standing.TRAINED, Standing.EXPERT, Standing.FACILITATOR)
"""What makes somebody a coach, while it is valid."""


class TrainingQuerySet(models.QuerySet["Training"]):
    def valid(self, day: datetime.date) -> TrainingQuerySet:
        """Keep those that hold on a day: begun, and not over."""
        return self.filter(Q(ends__isnull=True) | Q(ends__gte=day), day__lte=day)


class Training(Audited):
    """A training or accreditation that somebody holds."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trainings")
    standing = models.CharField("What", max_length=12, choices=Standing.choices)
    title = models.CharField("Name of the training", max_length=160, blank=True)
    provider = models.CharField("Who gave it", max_length=160)
    day = models.DateField("Date")
    ends = models.DateField("Valid until", null=True, blank=True)

    objects = TrainingQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("day")), name="training_ends_later"
            )
        ]

    def __str__(self) -> str:
        return self.title or self.get_standing_display()

    def makes_coach(self, day: datetime.date) -> bool:
        return self.standing in COACHING and self.day <= day and (self.ends is None or day <= self.ends)


class Term(models.TextChoices):
    AUTUMN = "1", "Autumn"
    SPRING = "2", "Spring"
    SUMMER = "3", "Summer"


class TermHours(Audited):
    """Hours that somebody is free for work with others in one term."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="term_hours")
    year = models.PositiveSmallIntegerField(
        "Academic year",
        help_text="By the year in which it ends: 2027 for 2026/27.",
        validators=[MinValueValidator(2000), MaxValueValidator(2100)],
    )
    term = models.CharField(max_length=1, choices=Term.choices)
    hours = models.DecimalField(
        max_digits=5, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(500)]
    )

    class Meta:
        ordering = ["-year", "-term"]
        verbose_name_plural = "term hours"
        constraints = [
            models.UniqueConstraint(fields=["person", "year", "term"], name="one_number_of_hours_per_term")
        ]

    def __str__(self) -> str:
        return f"{self.get_term_display()} {self.year - 1}/{self.year % 100:02d}"


class Direction(models.TextChoices):
    """What somebody offers or asks for."""

    SHARE = "share", "I can share"
    HELP = "help", "I would like help with"
    GIVE = "give", "I can give training in"
    RECEIVE = "receive", "I would like training in"


OFFERS = (Direction.SHARE, Direction.GIVE)


class Wish(Audited):
    """What somebody can share or asks for; open once the person has said so themselves."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="wishes")
    direction = models.CharField("What", max_length=8, choices=Direction.choices)
    topic = models.CharField("About", max_length=160)
    subject = models.CharField(max_length=80, blank=True)
    note = models.TextField(max_length=1000, blank=True)
    made = models.DateTimeField(auto_now_add=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made", "-pk"]
        verbose_name_plural = "wishes"

    def __str__(self) -> str:
        return f"{self.get_direction_display()} {self.topic}"

    @property
    def is_open(self) -> bool:
        return self.accepted is not None and self.ended is None

    @property
    def is_proposed(self) -> bool:
        return self.accepted is None and self.ended is None

    @property
    def is_offer(self) -> bool:
        return self.direction in OFFERS
