"""Agreements to be named: given by the person alone, withdrawn at any time, read live, kept as history."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.trail.models import Audited

TEXT_VERSION = "2026-11-22"
"""Changes with the words of ``templates/directory/agreement_text.html``."""
SPEAK_OF_CARDS = frozenset({"2026-11-22"})
"""Versions whose words cover cards of practice; who agreed to an older one is named on none."""


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def standing(self) -> AgreementQuerySet:
        """Keep those that were not withdrawn, of people who have not left."""
        today = timezone.localdate()
        here = Q(person__left__isnull=True) | Q(person__left__gte=today)
        return self.filter(here, withdrawn__isnull=True)


class Agreement(Audited):
    """One person's yes to being named with one team; a withdrawn one stays as history."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="agreements")
    school = models.CharField(max_length=200)
    subject = models.CharField(max_length=120)
    stage = models.CharField(max_length=120)
    text_version = models.CharField(max_length=16, default=TEXT_VERSION)
    given = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    withdrawn = models.DateTimeField(null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-given", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "school", "subject", "stage"],
                condition=Q(withdrawn__isnull=True),
                name="one_standing_agreement_per_team",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject}, {self.stage}, {self.school}"
