"""Users sign in by e-mail; what they may do comes from their appointments."""

from __future__ import annotations

import datetime
import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from upwards.web.roles import OVER_THE_WHOLE_GROUP, Role
from upwards.web.rules import days
from upwards.web.token_hash import hash_of
from upwards.web.trail.models import Audited


def _over_the_whole_group(kind: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=~Q(role__in=sorted(OVER_THE_WHOLE_GROUP)) | Q(school=""),
        name=f"{kind}_over_the_whole_group",
    )


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in."""

    email = models.EmailField(unique=True)
    name = models.CharField("Your name", max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_user_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def on(self, day: datetime.date) -> AppointmentQuerySet:
        """Keep those that hold on a day; the last day is included."""
        return self.filter(Q(starts__lte=day) & (Q(ends__isnull=True) | Q(ends__gte=day)))


class Appointment(Audited):
    """A role in one school, or in the whole group, from one day to another."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=16, choices=Role.choices)
    school = models.CharField(
        max_length=200, blank=True, help_text="As the results name it; blank for the whole group."
    )
    starts = models.DateField(default=timezone.localdate)
    ends = models.DateField(null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["school", "role", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="appointment_to_a_known_role"),
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=models.F("starts")),
                name="appointment_ends_later",
            ),
            _over_the_whole_group("appointment"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}, {self.school or 'whole group'}"

    def end(self) -> None:
        """End the role from this moment; the group keeps an owner.

        A last day is included, so it is yesterday; a role that began today leaves only its entries in
        the trail.
        """
        with transaction.atomic():
            others = Appointment.objects.select_for_update().filter(
                role=Role.OWNER, ends=None, starts__lte=timezone.localdate(), user__is_active=True
            )
            if self.role == Role.OWNER and all(one.user_id == self.user_id for one in others):
                raise LastOwner
            if self.starts >= timezone.localdate():
                self.delete()
                return
            self.ends = timezone.localdate() - datetime.timedelta(days=1)
            self.save()


class LastOwner(Exception):
    """Without an owner nobody could appoint another."""


class Invitation(Audited):
    """A way in for one person, once; only the hash of its token is kept."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(blank=True, help_text="Blank for the first owner, who says it.")
    role = models.CharField(max_length=16, choices=Role.choices)
    school = models.CharField(max_length=200, blank=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    mailed = models.BooleanField(
        default=False, help_text="The link left only by e-mail: who opens it reads that e-mail."
    )
    accepted = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="invitations")

    class Meta:
        ordering = ["-made"]
        constraints = [_over_the_whole_group("invitation")]

    def __str__(self) -> str:
        return f"Invitation {self.pk}"

    @classmethod
    def make(
        cls, *, role: Role, school: str = "", email: str = "", invited_by: User | None = None
    ) -> tuple[Invitation, str]:
        """Make one and return it with its token, which is told once and cannot be found again."""
        token = secrets.token_urlsafe(32)
        invitation = cls.objects.create(
            token_hash=hash_of(token),
            email=email.strip().lower(),
            role=role,
            school=school,
            invited_by=invited_by,
            expires=timezone.now() + days("invitations.open_days"),
        )
        return invitation, token

    @classmethod
    def find_open(cls, token: str) -> Invitation | None:
        found = cls.objects.filter(token_hash=hash_of(token)).first()
        return found if found is not None and found.is_open and found.is_covered else None

    @property
    def is_open(self) -> bool:
        return self.accepted is None and self.withdrawn is None and self.expires > timezone.now()

    @property
    def is_covered(self) -> bool:
        """Say whether who invited may still give this role; without an inviter the house itself invited."""
        from upwards.web.controllers.reach import may_bring_in  # its models know users

        by = self.invited_by
        if by is None:
            return True
        held = by.appointments.on(timezone.localdate()).values_list("role", "school")
        known = [(Role(role), school) for role, school in held]
        return by.is_active and may_bring_in(known, Role(self.role), self.school)

    def accept(self, user: User) -> Appointment:
        """Appoint the person; the caller holds a transaction."""
        locked = type(self).objects.select_for_update().get(pk=self.pk)
        if not (locked.is_open and locked.is_covered):
            raise InvitationClosed
        locked.accepted = timezone.now()
        locked.user = user
        locked.save()
        return Appointment.objects.create(user=user, role=self.role, school=self.school)


class InvitationClosed(Exception):
    """It was accepted or withdrawn meanwhile, or who invited may no longer give the role."""
