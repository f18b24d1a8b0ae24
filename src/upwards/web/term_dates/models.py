"""Days on which school is out, of all schools or of one."""

from __future__ import annotations

import datetime

from django.db import models
from django.db.models import Q

from upwards.web.trail.models import Audited

LONGEST = datetime.timedelta(weeks=10)


class ClosureQuerySet(models.QuerySet["Closure"]):
    def overlapping(self, school: str, first: datetime.date, last: datetime.date) -> ClosureQuerySet:
        """Keep those recorded for this one (blank: for all schools) that have a day in common with a span."""
        return self.filter(school=school, first__lte=last, last__gte=first)


class Closure(Audited):
    """A holiday or a closed day: every day from the first to the last is no school day."""

    name = models.CharField(max_length=80)
    school = models.CharField(max_length=200, blank=True, help_text="Blank for all schools.")
    first = models.DateField("First day without school")
    last = models.DateField("Last day without school")

    objects = ClosureQuerySet.as_manager()

    class Meta:
        ordering = ["first", "school", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="closure_ends_later"),
        ]

    def __str__(self) -> str:
        return self.name
