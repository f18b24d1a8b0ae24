"""A practice, its editions, the files and reviews of an edition, and which schools use it."""

from __future__ import annotations

import secrets
from typing import Any, Final

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from upwards.web.practices import search
from upwards.web.trail.models import Audited

LONGEST_TEXT = 6000
MOST_HOURS = 10_000
MOST_MONEY = 10_000_000


class Knowledge(models.TextChoices):
    """The body of knowledge that it belongs to."""

    BEST_PRACTICE = "best practice", "Best practice"
    RESEARCH = "research", "Research"
    INNOVATION = "emerging innovation", "Emerging innovation"


class Origin(models.TextChoices):
    INTERNAL = "internal", "From inside the group"
    EXTERNAL = "external", "From outside the group"


class Standing(models.TextChoices):
    """How far its evidence goes; a null result is evidence too."""

    TRIED = "tried", "Tried; nobody has looked at results yet"
    SEEN = "seen", "Seen to work by those who do it"
    FIGURES = "figures", "Results agree, without a comparison"
    COMPARED = "compared", "Compared with others who did not do it"
    TRIAL = "trial", "Tested in a trial"
    MIXED = "mixed", "Evidence is mixed, or shows no effect"


class Verdict(models.TextChoices):
    READY = "ready", "Ready to be shared"
    CHANGE = "change", "Something should change first"


class Manner(models.TextChoices):
    ADOPTED = "adopted", "Does it as the card says"
    ADAPTED = "adapted", "Does it in an adapted way"


CONTENT: Final = (
    *("title", "need", "for_whom", "done", "ingredients", "hours", "money", "takes"),
    *("standing", "evidence", "knowledge", "origin", "area", "subject", "stage"),
    *("ask_department", "ask_person"),
)
"""The fields that make a card, in the order in which it is read."""


class Practice(Audited):
    """Something that a school does and others could do; what it says is in its editions."""

    school = models.CharField(max_length=200, blank=True, help_text="Blank for the whole group.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    live = models.ForeignKey("Edition", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    shared = models.DateField(null=True, blank=True, help_text="Day on which it was first published.")
    archived = models.DateField(null=True, blank=True)
    made = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-shared", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(live__isnull=True) | Q(shared__isnull=False),
                name="published_practice_has_its_day",
            )
        ]

    def __str__(self) -> str:
        shown = self.live or self.draft
        return shown.title if shown is not None else f"Practice {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the row, and what can be searched of it, in one piece."""
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.live is not None and self.archived is None:
                search.keep(self.pk, self.live.title, self.live.need, self.live.words)
            else:
                search.forget(self.pk)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            search.forget(self.pk)
            return super().delete(*args, **kwargs)

    @property
    def place(self) -> str:
        return self.school or "the whole group"

    @property
    def is_published(self) -> bool:
        return self.live_id is not None and self.archived is None

    @property
    def draft(self) -> Edition | None:
        """What is being written, if anything is."""
        return self.editions.filter(number__isnull=True).first()


def stored_name(attachment: Attachment, given: str) -> str:
    """Return where a file is kept: nothing of what it was called."""
    return f"practices/{secrets.token_hex(24)}"


class Attachment(Audited):
    """A file that belongs to one or several editions of a practice."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="attachments")
    file = models.FileField(upload_to=stored_name, max_length=100)
    name = models.CharField(max_length=130, help_text="As shown; never a place on the disk.")
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    added = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Edition(Audited):
    """What a card says at one time: one is being written (no number), the published ones never change."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="editions")
    number = models.PositiveIntegerField(null=True, blank=True)
    title = models.CharField("Name", max_length=160)
    need = models.CharField("The need it answers", max_length=400, blank=True)
    for_whom = models.CharField("For whom", max_length=300, blank=True)
    done = models.TextField("What is done", max_length=LONGEST_TEXT, blank=True)
    ingredients = models.TextField("Active ingredients", max_length=LONGEST_TEXT, blank=True)
    hours = models.FloatField(
        "Hours it takes",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_HOURS)],
    )
    money = models.FloatField(
        "Money it takes",
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MOST_MONEY)],
    )
    takes = models.TextField("What else it takes", max_length=2000, blank=True)
    standing = models.CharField(
        "Standing of the evidence", max_length=8, choices=Standing.choices, blank=True
    )
    evidence = models.TextField("Evidence", max_length=LONGEST_TEXT, blank=True)
    knowledge = models.CharField("Body of knowledge", max_length=20, choices=Knowledge.choices, blank=True)
    origin = models.CharField("Where it comes from", max_length=8, choices=Origin.choices, blank=True)
    area = models.CharField("Area of excellence", max_length=120, blank=True)
    subject = models.CharField(max_length=120, blank=True)
    stage = models.CharField(max_length=120, blank=True)
    ask_department = models.CharField("Department to ask", max_length=200, blank=True)
    ask_person = models.ForeignKey(
        "people.Person",
        verbose_name="Person to ask",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    attachments = models.ManyToManyField(Attachment, related_name="editions", blank=True)
    note = models.CharField("What is new", max_length=200, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    changed = models.DateTimeField(auto_now=True)
    sent = models.DateTimeField(null=True, blank=True)
    published = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["-number", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "number"], name="edition_number_once"),
            models.UniqueConstraint(
                fields=["practice"], condition=Q(number__isnull=True), name="one_edition_being_written"
            ),
            models.CheckConstraint(
                condition=Q(number__isnull=True, published__isnull=True)
                | Q(number__isnull=False, published__isnull=False),
                name="published_editions_are_numbered",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def words(self) -> str:
        """Everything that can be searched besides name and need; nobody's name."""
        texts = (self.for_whom, self.done, self.ingredients, self.takes, self.evidence)
        return "\n".join((*texts, self.area, self.subject, self.stage, self.ask_department))

    @property
    def ingredient_list(self) -> list[str]:
        return [line.strip() for line in self.ingredients.splitlines() if line.strip()]


class Review(Audited):
    """What somebody says of an edition before it is shared."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    verdict = models.CharField("What you think", max_length=6, choices=Verdict.choices)
    text = models.TextField("What you would say to who wrote it", max_length=2000, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"Review {self.pk}"


class Use(Audited):
    """A time during which a school uses a practice of another; over once it has stopped."""

    practice = models.ForeignKey(Practice, on_delete=models.CASCADE, related_name="uses")
    school = models.CharField(max_length=200)
    manner = models.CharField(max_length=8, choices=Manner.choices)
    how = models.TextField("How it is adapted", max_length=2000, blank=True)
    edition = models.ForeignKey(Edition, null=True, on_delete=models.SET_NULL, related_name="+")
    begun = models.DateField(default=timezone.localdate)
    ended = models.DateField(null=True, blank=True)
    why = models.TextField("Why it was stopped", max_length=2000, blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    said = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["school", "-begun", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["practice", "school"], condition=Q(ended__isnull=True), name="one_use_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended__isnull=True) | Q(ended__gte=models.F("begun")), name="use_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.school}: {self.get_manner_display()}"
