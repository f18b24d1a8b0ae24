"""A token: a secret that a program shows instead of signing in; only its hash is kept."""

from __future__ import annotations

import datetime
import re
import secrets
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Case, F, When
from django.utils import timezone

from upwards.web.access import Reader, reader_for
from upwards.web.accounts.models import User
from upwards.web.rules import days
from upwards.web.token_hash import hash_of
from upwards.web.tokens.scopes import opened_by
from upwards.web.trail.models import Audited, What, write_entry

BEGINS = "upw_"
SHOWN = 12
LONGEST_TITLE = 80
FORM = re.compile(rf"{BEGINS}[A-Za-z0-9_-]{{43}}")


class TokenQuerySet(models.QuerySet["Token"]):
    def open_on(self, day: datetime.date) -> TokenQuerySet:
        return self.filter(revoked=None, expires__gte=day, user__is_active=True)


class Token(Audited):
    """What one program may do for one person, until a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    title = models.CharField(max_length=LONGEST_TITLE)
    prefix = models.CharField(max_length=SHOWN, help_text="Its first signs, by which it is recognised.")
    token_hash = models.CharField(max_length=64, unique=True)
    scopes: models.JSONField[Any, Any] = models.JSONField(default=list)
    schools: models.JSONField[Any, Any] = models.JSONField(
        default=list, help_text="Empty: all of the user's."
    )
    made = models.DateTimeField(auto_now_add=True)
    expires = models.DateField(help_text="The last day on which it works.")
    last_used = models.DateField(null=True)
    revoked = models.DateTimeField(null=True)
    minute = models.BigIntegerField(default=0, help_text="Since 1970, in which it was used last.")
    asked = models.PositiveIntegerField(default=0, help_text="How often it was used in that minute.")

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-made"]

    def __str__(self) -> str:
        return f"Token {self.prefix}…"

    @classmethod
    def make(
        cls, user: User, *, title: str, scopes: list[str], schools: list[str], expires: datetime.date
    ) -> tuple[Token, str]:
        """Make one and return it with its secret, which is told once and cannot be found again."""
        if not timezone.localdate() < expires <= timezone.localdate() + longest():
            raise ValidationError("A token ends after today, and within the longest time allowed.")
        secret = BEGINS + secrets.token_urlsafe(32)  # 256 bits: nothing to be guessed, so no slow hash
        token = cls.objects.create(
            user=user,
            title=title,
            prefix=secret[:SHOWN],
            token_hash=hash_of(secret),
            scopes=sorted(scopes),
            schools=sorted(schools),
            expires=expires,
        )
        return token, secret

    @classmethod
    def find_open(cls, secret: str) -> Token | None:
        if not FORM.fullmatch(secret):
            return None
        held = cls.objects.open_on(timezone.localdate()).select_related("user")
        return held.filter(token_hash=hash_of(secret)).first()

    @property
    def is_open(self) -> bool:
        return self.revoked is None and self.expires >= timezone.localdate()

    @property
    def reader(self) -> Reader:
        """Who reads through it: its user as of today, and never more than the token says."""
        only = frozenset(self.schools) if self.schools else None
        return reader_for(self.user).narrowed(opened_by(self.scopes), only)

    def revoke(self) -> None:
        if self.revoked is None:
            self.revoked = timezone.now()
            self.save(update_fields=["revoked"])

    def count_use(self, minute: int) -> int:
        """Return how often it was used in a minute, with this time: exact for all processes together."""
        held = type(self).objects.filter(pk=self.pk)
        more = Case(When(minute=minute, then=F("asked") + 1), default=1)
        with transaction.atomic():  # past `save`, and the row is locked until it is read
            held.update(asked=more, minute=minute)
            return held.values_list("asked", flat=True).get()

    def note_use(self) -> None:
        """Keep the day of the last use; the trail has each day once, however often a program asks."""
        today = timezone.localdate()
        # Past `save`: a program that asks changes nothing that somebody decided.
        if type(self).objects.filter(pk=self.pk).exclude(last_used=today).update(last_used=today):
            write_entry(What.DID, "tokens.token", self.pk, detail="used, first time today", who=self.user_id)


def longest() -> datetime.timedelta:
    """Return how long a token may work at most."""
    return days("programs.token_days")
