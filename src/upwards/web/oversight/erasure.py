"""Erasing somebody from the application's own rows; a tombstone without a name stays, so that counts hold."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import models, transaction
from django.utils import timezone

from upwards.web.accounts.models import Invitation, User
from upwards.web.innovation.models import Observation
from upwards.web.monday.models import MondayMail
from upwards.web.partnerships.models import CalendarFeed, Handover, Note
from upwards.web.people.models import Person, Wish
from upwards.web.people.staff_table import forget_in_data
from upwards.web.practices.models import Review as Reading
from upwards.web.reviews.models import CapitalsReply
from upwards.web.tokens.models import Token
from upwards.web.trail.models import What, write_entry

GONE = "Erased person"
# What somebody wrote alone: who wrote it, and the field. What a school says together (cards, reports,
# reading, agreements between controllers, reasons) is the school's and stays.
WRITTEN_ALONE: tuple[tuple[type[models.Model], str, str], ...] = (
    (Note, "author", "text"),
    (Wish, "proposed_by", "note"),
    (Observation, "author", "text"),
    (Reading, "reviewer", "text"),
    (CapitalsReply, "user", "evidence"),
)
OF_THE_ACCOUNT: tuple[type[models.Model], ...] = (
    EmailAddress, Authenticator, SocialAccount, CalendarFeed, MondayMail, Token,
)  # fmt: skip


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


def forget_given(person: Person) -> int:
    """Remove from the data what was given to them about a person; return the number of rows.

    These are facts recorded here, so they go whether or not results are to keep the person's code. It is
    not part of `erase_rows`: files cannot be rolled back with a database.
    """
    return forget_in_data(person) if Handover.objects.filter(n_staff__gt=0).exists() else 0


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
    for model in OF_THE_ACCOUNT:
        for row in model._default_manager.filter(user=user.pk):
            row.delete()
    for appointment in user.appointments.all():
        appointment.delete()
    for model, author, text in WRITTEN_ALONE:
        _blank(model, author, text, user)
    user.email, user.name, user.is_active = _nobody(user), GONE, False
    user.set_unusable_password()
    user.save()
    write_entry(What.DID, "erasure", f"user {user.pk}")


def _blank(model: type[models.Model], author: str, text: str, user: User) -> None:
    for row in model._default_manager.filter(**{author: user}):
        written = getattr(row, text)
        if written:
            setattr(row, text, type(written)())
            row.save()


def _nobody(user: User) -> str:
    return f"erased-{user.pk}@erased.invalid"
