"""What a teacher said of a class that the results attribute to them."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.trail.models import Audited


class Verdict(models.TextChoices):
    """What a teacher says of a class."""

    MINE = "mine", "I taught it alone"
    SHARED = "shared", "I shared it with somebody"
    NOT_MINE = "not_mine", "I did not teach it"


class ClassCheckQuerySet(models.QuerySet["ClassCheck"]):
    def counting(self) -> ClassCheckQuerySet:
        """Keep what counts: classes that the results attribute, and added ones that a lead confirmed."""
        return self.filter(Q(is_added=False) | Q(confirmed__isnull=False) | Q(verdict=Verdict.NOT_MINE))

    def waiting(self) -> ClassCheckQuerySet:
        """Keep added classes that nobody has answered for."""
        added = self.filter(is_added=True, confirmed__isnull=True, refused__isnull=True)
        return added.exclude(verdict=Verdict.NOT_MINE)


class ClassCheck(Audited):
    """One class confirmed or corrected; the row holds the last word, the trail who said it and when.

    A class that is added counts, and is seen by others, once a lead of its school has confirmed it.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="class_checks")
    school = models.CharField(max_length=200)
    subject = models.CharField(max_length=120)
    stage = models.CharField(max_length=120, blank=True)
    year = models.PositiveSmallIntegerField()
    class_name = models.CharField("Class", max_length=120)
    verdict = models.CharField("What is right", max_length=8, choices=Verdict.choices)
    percent = models.PositiveSmallIntegerField(
        "Your share in percent",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
    )
    is_added = models.BooleanField(default=False)
    said = models.DateTimeField(default=timezone.now)
    handed_in = models.DateTimeField(null=True, blank=True)
    confirmed = models.DateTimeField(null=True, blank=True, editable=False)
    refused = models.DateTimeField(null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = ClassCheckQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "subject", "class_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "school", "subject", "year", "class_name"], name="one_check_per_class"
            ),
            models.CheckConstraint(
                condition=Q(verdict="shared", percent__isnull=False)
                | (~Q(verdict="shared") & Q(percent__isnull=True)),
                name="a_share_where_shared",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.class_name}, {self.subject}, {self.year}"

    @property
    def share(self) -> float:
        """The part of the teaching, 0 to 1."""
        if self.verdict == Verdict.NOT_MINE:
            return 0.0
        return 1.0 if self.percent is None else self.percent / 100
