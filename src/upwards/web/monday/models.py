"""Who is told by mail on Mondays, and when it was last done."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from upwards.web.trail.models import Audited


class MondayMail(Audited):
    """What somebody said about the Monday mail; nobody who said nothing goes without."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="monday_mail"
    )
    wanted = models.BooleanField(default=True)
    sent = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return "wanted" if self.wanted else "not wanted"
