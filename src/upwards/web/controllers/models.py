"""Data controllers, their schools, who signs for them, and the agreements between them."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from upwards.web.trail.models import Audited


class Kind(models.TextChoices):
    """What a controller is."""

    TRUST = "trust", "Trust or federation"
    SCHOOL = "school", "The school itself"
    AUTHORITY = "authority", "Local authority"
    OTHER = "other", "Another body"


class Data(models.TextChoices):
    """What can be shared."""

    RESULTS = "results", "Results of schools, departments and year teams, by name"
    RESEARCH = "research", "Rows without names of people or schools, for research"


class Controller(Audited):
    """A body that answers for the data of its schools."""

    name = models.CharField(max_length=160, unique=True)
    kind = models.CharField("What it is", max_length=12, choices=Kind.choices)
    contact = models.CharField(
        "Contact for data protection", max_length=200, blank=True, help_text="Such as an e-mail of an office."
    )
    is_own = models.BooleanField(
        default=False, editable=False, help_text="The one to which every school belongs that no other has."
    )

    class Meta:
        ordering = ["-is_own", "name"]
        constraints = [
            models.UniqueConstraint(fields=["is_own"], condition=Q(is_own=True), name="one_own_controller")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def own(cls, name: str) -> Controller:
        """Return the workspace's own, made under this name when it is first asked for."""
        return cls.objects.get_or_create(is_own=True, defaults={"name": name[:160], "kind": Kind.TRUST})[0]


class ControlledSchool(Audited):
    """A school for which another controller than the workspace's own answers."""

    school = models.CharField(max_length=200, unique=True)
    controller = models.ForeignKey(Controller, on_delete=models.PROTECT, related_name="schools")

    class Meta:
        ordering = ["school"]

    def __str__(self) -> str:
        return self.school


class Signatory(Audited):
    """Somebody who signs for a controller, while they lead one of its schools."""

    controller = models.ForeignKey(Controller, on_delete=models.CASCADE, related_name="signatories")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="signs_for")

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "signatories"
        constraints = [models.UniqueConstraint(fields=["controller", "user"], name="one_signatory_once")]

    def __str__(self) -> str:
        return str(self.user)


class SharingQuerySet(models.QuerySet["Sharing"]):
    def in_force(self, day: datetime.date) -> SharingQuerySet:
        """Keep those that both sides signed, that have begun and not ended, and nobody withdrew."""
        return self.filter(
            giver_at__isnull=False,
            receiver_at__isnull=False,
            withdrawn__isnull=True,
            starts__lte=day,
            ends__gte=day,
        )


class Sharing(Audited):
    """An agreement under which one controller shares data with another; signed ones are never changed."""

    giver = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="gives", verbose_name="Who shares"
    )
    receiver = models.ForeignKey(
        Controller, on_delete=models.PROTECT, related_name="receives", verbose_name="With whom"
    )
    is_mutual = models.BooleanField("In both directions", default=False)
    kinds = models.JSONField("Which data", default=list)
    purpose = models.TextField(max_length=1000)
    legal_basis = models.TextField("Legal basis", max_length=1000)
    starts = models.DateField("From", default=timezone.localdate)
    ends = models.DateField("Until", help_text="The last day on which it holds.")
    review_on = models.DateField("Reviewed on")
    reference = models.CharField("Reference of the signed document", max_length=200)
    made = models.DateTimeField(auto_now_add=True)
    giver_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    giver_name = models.CharField(max_length=160, blank=True, editable=False)
    giver_at = models.DateTimeField(null=True, editable=False)
    receiver_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    receiver_name = models.CharField(max_length=160, blank=True, editable=False)
    receiver_at = models.DateTimeField(null=True, editable=False)
    withdrawn = models.DateTimeField(null=True, editable=False)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    objects = SharingQuerySet.as_manager()

    class Meta:
        ordering = ["-made", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="sharing_ends_later"),
            models.CheckConstraint(
                condition=~Q(giver=models.F("receiver")), name="sharing_is_between_two_controllers"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} {'and' if self.is_mutual else 'with'} {self.receiver}"

    @property
    def sides(self) -> tuple[int, int]:
        return self.giver_id, self.receiver_id

    @property
    def is_signed(self) -> bool:
        return self.giver_at is not None and self.receiver_at is not None

    @property
    def unsigned(self) -> list[int]:
        """The controllers that have not signed yet."""
        signed = ((self.giver_id, self.giver_at), (self.receiver_id, self.receiver_at))
        return [side for side, at in signed if at is None]

    @property
    def shared(self) -> list[str]:
        """What is shared, in words."""
        return [one.label for one in Data if one.value in self.kinds]

    def state(self, day: datetime.date) -> str:
        """Say in a word or two where it stands on a day."""
        if self.withdrawn is not None:
            return "ended before its time"
        if self.ends < day:
            return "over"
        if not self.is_signed:
            return "waits for a signature"
        return "in force" if self.starts <= day else "not yet begun"

    def sign(self, side: int, user_id: int, name: str) -> None:
        """Sign for one side; the caller knows that the user may."""
        at = timezone.now()
        if side == self.giver_id:
            self.giver_by_id, self.giver_name, self.giver_at = user_id, name, at
        else:
            self.receiver_by_id, self.receiver_name, self.receiver_at = user_id, name, at
        self.save()
