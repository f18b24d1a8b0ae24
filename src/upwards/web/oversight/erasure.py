"""Erasing somebody from the application's own rows; a tombstone without a name stays, so that counts hold."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import models, transaction
from django.utils import timezone

from upwards.web.accounts.models import Invitation, User
from upwards.web.partnerships.models import Note
from upwards.web.people.models import Person, Wish
from upwards.web.trail.models import What, write_entry

GONE = "Erased person"


def erase_rows(person: Person | None, user: User | None) -> None:
    """Remove what describes a person, and the way in; done twice, nothing more happens.

    Rows of work done with others (partnerships, visits, jobs) stay and point at the tombstone; so do
    entries of the audit trail, which hold no name of theirs. What they wrote there in free words is blanked.
    """
    with transaction.atomic():
        if person is not None and person.erased is None:
            _erase_person(person)
        if user is not None and user.email != _nobody(user):
            _erase_user(user)


def _erase_person(person: Person) -> None:
    own: tuple[models.Manager[models.Model], ...] = (
        person.trainings, person.term_hours, person.wishes, person.agreements, person.class_checks,
    )  # fmt: skip
    for rows in own:
        for row in rows.all():
            row.delete()
    for name in ("departments", "subjects", "posts", "staff_code"):
        setattr(person, name, "")
    person.name, person.user, person.line_manager = GONE, None, None
    person.erased = timezone.now()
    person.left = person.left or max(timezone.localdate(), person.joined)
    person.save()
    write_entry(What.DID, "erasure", f"person {person.pk}")


def _erase_user(user: User) -> None:
    for invitation in Invitation.objects.filter(email=user.email):
        invitation.email = _nobody(user)
        invitation.withdrawn = invitation.withdrawn or timezone.now()
        invitation.save()
    for model in (EmailAddress, Authenticator, SocialAccount):
        model.objects.filter(user=user).delete()
    for appointment in user.appointments.all():
        appointment.delete()
    for note in Note.objects.filter(author=user).exclude(text=""):
        note.text = ""
        note.save()
    for wish in Wish.objects.filter(proposed_by=user).exclude(note=""):
        wish.note = ""
        wish.save()
    user.email, user.name, user.is_active = _nobody(user), GONE, False
    user.set_unusable_password()
    user.save()
    write_entry(What.DID, "erasure", f"user {user.pk}")


def _nobody(user: User) -> str:
    return f"erased-{user.pk}@erased.invalid"
