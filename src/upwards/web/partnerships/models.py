"""A partnership, those who take part, its visits, and what only they may read."""

from __future__ import annotations

import datetime
import secrets
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from upwards.core.tables.people import KINDS
from upwards.web.accounts.models import User
from upwards.web.form_fields import QUARTER
from upwards.web.token_hash import hash_of
from upwards.web.trail.models import Audited

MOST_HOURS = 400
LONGEST_VISIT = 12


class State(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    AGREED = "agreed", "Agreed"
    RUNNING = "running", "Running"
    ENDED = "ended", "Ended"
    STOPPED = "stopped", "Stopped"


OPEN = (State.PROPOSED, State.AGREED, State.RUNNING)
UNDER_WAY = (State.AGREED, State.RUNNING)


class Origin(models.TextChoices):
    PLAN = "plan", "A line of the plan"
    OWN = "own", "An own proposal"


class Side(models.TextChoices):
    PROVIDER = "provider", "Shares"
    RECIPIENT = "recipient", "Receives"


class Answer(models.TextChoices):
    ASKED = "asked", "Asked"
    AGREED = "agreed", "Agreed"
    DECLINED = "declined", "Declined"


class Activity(models.TextChoices):
    VISIT = "visit", "Visit"
    REHEARSAL = "rehearsal", "Rehearsal"
    OBSERVATION = "observation", "Observation"
    MEETING = "meeting", "Meeting"


class Outcome(models.TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Took place"
    MISSED = "missed", "Missed"
    CANCELLED = "cancelled", "Cancelled"


class Reason(models.TextChoices):
    """Why a visit did not take place; leaders read it, so nothing here is about anybody's health."""

    NO_COVER = "no cover", "No release cover"
    AWAY = "away", "Somebody was away"
    OTHER_DUTY = "other duty", "Another duty came first"
    TRAVEL = "travel", "Travel or weather"
    OTHER = "other", "Another reason"


class Cover(models.TextChoices):
    NOT_NEEDED = "not needed", "Not needed"
    ARRANGED = "yes", "Yes, arranged"
    MISSING = "no", "No, not yet"


class LivesOn(models.TextChoices):
    YES = "yes", "Yes"
    ADAPTED = "adapted", "Yes, adapted"
    NO = "no", "No"


class Partnership(Audited):
    """One provider and one recipient, or several, who work together on one thing until a day."""

    kind = models.CharField(max_length=40, choices=[(one, one.capitalize()) for one in KINDS])
    subject = models.CharField(max_length=120, blank=True)
    provider_school = models.CharField(max_length=200)
    provider_department = models.CharField(max_length=200, blank=True)
    aim = models.CharField(max_length=300)
    measure = models.CharField(max_length=300, blank=True)
    for_pupils = models.BooleanField("Is its aim an outcome of pupils?", null=True, blank=True)
    hours = models.FloatField(validators=[MinValueValidator(QUARTER), MaxValueValidator(MOST_HOURS)])
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    origin = models.CharField(max_length=4, choices=Origin.choices, default=Origin.OWN)
    snapshot = models.CharField(max_length=64, blank=True)
    line = models.CharField(max_length=1000, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made = models.DateTimeField(auto_now_add=True)
    closed = models.DateField(null=True, blank=True, help_text="Day on which it ended or was stopped.")

    class Meta:
        ordering = ["starts", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=models.F("starts")), name="partnership_ends_later"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="partnership_has_hours"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="partnership_in_a_known_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject or self.aim}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def recipient_schools(self) -> list[str]:
        return [one.school for one in self.recipients.all()]

    @property
    def schools(self) -> list[str]:
        return list(dict.fromkeys([self.provider_school, *self.recipient_schools]))

    def schools_of(self, side: str) -> list[str]:
        return [self.provider_school] if side == Side.PROVIDER else self.recipient_schools

    @cached_property
    def address(self) -> str:
        return reverse("partnership", args=[self.pk])

    @cached_property
    def about(self) -> str:
        """Say what it is and between whom: several lines of one page say it of one partnership."""
        return f"{self}, {self.between}"

    @property
    def between(self) -> str:
        """Say who works with whom, by school and department only."""
        others = ", ".join(str(one) for one in self.recipients.all())
        return f"{place(self.provider_school, self.provider_department)} with {others or 'nobody yet'}"

    def agreed_users(self) -> list[User]:
        return [one.user for one in self.participants.all() if one.answer == Answer.AGREED]


class Recipient(Audited):
    """A school or department that receives; a partnership of three has two."""

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="recipients")
    school = models.CharField(max_length=200)
    department = models.CharField(max_length=200, blank=True)
    stage = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["partnership", "school", "department", "stage"], name="recipient_once"
            )
        ]

    def __str__(self) -> str:
        return place(self.school, self.department or self.stage)


class Participant(Audited):
    """Somebody asked to take part. Who declines is shown to nobody, and no reason is asked for."""

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="partnerships")
    side = models.CharField(max_length=9, choices=Side.choices)
    answer = models.CharField(max_length=8, choices=Answer.choices, default=Answer.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["side", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["partnership", "user"], name="participant_once"),
        ]

    def __str__(self) -> str:
        return f"Participant {self.pk}"


class Session(Audited):
    """A visit, rehearsal, observation or meeting, planned or past: what leaders may see of it."""

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="sessions")
    date = models.DateField(default=timezone.localdate)
    at = models.TimeField(null=True, blank=True)
    hours = models.FloatField(
        default=1.0, validators=[MinValueValidator(QUARTER), MaxValueValidator(LONGEST_VISIT)]
    )
    activity = models.CharField(max_length=12, choices=Activity.choices, default=Activity.VISIT)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, default=Outcome.PLANNED)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    cover = models.CharField(max_length=12, choices=Cover.choices, default=Cover.NOT_NEEDED)
    logged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    logged = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["date", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(hours__gt=0), name="session_has_hours"),
            models.CheckConstraint(
                condition=Q(outcome__in=["missed", "cancelled"]) | Q(reason=""),
                name="reason_only_where_it_did_not_take_place",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_activity_display()}, {self.date:%-d %B %Y}"


class About(models.TextChoices):
    GOAL = "goal", "Goal"
    STEP = "step", "Next step"
    NOTE = "note", "Note"


class Note(Audited):
    """A goal, an action step or a note; only for those who took part when it was written."""

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="notes")
    session = models.ForeignKey(Session, null=True, on_delete=models.SET_NULL, related_name="notes")
    about = models.CharField(max_length=4, choices=About.choices, default=About.NOTE)
    text = models.TextField(max_length=2000)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    readers: models.ManyToManyField[User, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+"
    )
    written = models.DateTimeField(auto_now_add=True)
    reached = models.DateField(null=True, blank=True, help_text="Day on which a goal was reached.")

    class Meta:
        ordering = ["-written", "-pk"]

    def __str__(self) -> str:
        return f"Note {self.pk}"


class FollowUp(Audited):
    """Some weeks after the end: does the practice live on?"""

    partnership = models.ForeignKey(Partnership, on_delete=models.CASCADE, related_name="follow_ups")
    weeks = models.PositiveSmallIntegerField()
    due = models.DateField()
    lives_on = models.CharField(max_length=8, choices=LivesOn.choices, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    answered = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["due", "pk"]
        constraints = [models.UniqueConstraint(fields=["partnership", "weeks"], name="follow_up_once")]

    def __str__(self) -> str:
        return f"After {self.weeks} weeks"


class CalendarFeed(Audited):
    """An address that a calendar reads without signing in; only the hash of its token is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"Calendar {self.pk}"

    @classmethod
    def make(cls, user: User) -> str:
        """Make an address, so that an earlier one stops working; its token is told once."""
        token = secrets.token_urlsafe(32)
        feed = cls.objects.filter(user=user).first() or cls(user=user)
        feed.token_hash, feed.made = hash_of(token), timezone.now()
        feed.save()
        return token

    @classmethod
    def find(cls, token: str) -> CalendarFeed | None:
        return cls.objects.select_related("user").filter(token_hash=hash_of(token)).first()


class Handover(Audited):
    """What was given to the data last: keys without names, so that what changed since is taken back."""

    at = models.DateTimeField(default=timezone.now)
    snapshot = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)
    keys: models.JSONField[Any, Any] = models.JSONField(default=list)
    n_partnerships = models.PositiveIntegerField(default=0)
    n_sessions = models.PositiveIntegerField(default=0)
    staff: models.JSONField[Any, Any] = models.JSONField(default=list)
    n_staff = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Handover {self.pk}"


def place(school: str, department: str) -> str:
    return f"{school} ({department})" if department else school


def end_of_week(day: datetime.date) -> datetime.date:
    """Return the coming Sunday; at a weekend that of the week ahead."""
    monday_like = day + datetime.timedelta(days=2)
    return day + datetime.timedelta(days=8 - monday_like.weekday())
