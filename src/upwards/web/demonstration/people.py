"""Made-up people of a demonstration: sign-ins, staff, training, hours, offers; made once."""

from __future__ import annotations

import datetime
from itertools import product

from allauth.account.models import EmailAddress
from django.utils import timezone

from upwards.web.accounts.models import Appointment, User
from upwards.web.demonstration.cast import LOGINS, OTHERS, STAGE, SUBJECT, Login
from upwards.web.people.models import Direction, Person, Standing, Term, TermHours, Training, Wish
from upwards.web.people.staff_table import planned_term
from upwards.web.people.terms import term_of
from upwards.web.roles import STAFF


def make_people(passphrase: str) -> None:
    """Make everybody who is not there yet, and let this passphrase be the one that holds."""
    is_new = not Person.objects.exists()
    for one in (*LOGINS, *OTHERS):
        user = _user(one)
        if one in LOGINS:
            user.set_password(passphrase)
            user.save()
    if is_new:
        _line_of_management()


def user_of(name: str) -> User:
    return User.objects.get(email=next(one.email for one in (*LOGINS, *OTHERS) if one.name == name))


def _user(one: Login) -> User:
    known = User.objects.filter(email=one.email).first()
    if known is not None:
        return known
    user = User.objects.create_user(one.email, name=one.called)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    Appointment.objects.create(user=user, role=one.role, school=one.school)
    if one.role in STAFF:
        _staff(one, user)
    return user


def _staff(one: Login, user: User) -> None:
    teaches = bool(one.staff_code) or one.name == "reader"
    subjects = ("reading" if one.name == "reader" else SUBJECT) if teaches else ""
    person = Person.objects.create(
        user=user, name=one.called, school=one.school, subjects=subjects, departments=subjects,
        posts=one.posts, staff_code=one.staff_code, joined=datetime.date(2019, 9, 1),
    )  # fmt: skip
    if one.name in ("coach", "guest", "reader"):
        _may_coach(person, is_expert=one.name == "coach")
    if one.name == "coach":
        _said(person, Direction.SHARE, "Talking a method through before writing it down")
    if one.name in ("teacher", "second"):
        _said(person, Direction.HELP, "Word problems with two steps")


def _may_coach(person: Person, *, is_expert: bool) -> None:
    Training.objects.create(
        person=person,
        standing=Standing.EXPERT if is_expert else Standing.TRAINED,
        title="Coaching: one goal, one step",
        provider="A made-up provider",
        day=timezone.localdate() - datetime.timedelta(days=400),
    )
    today, hours = timezone.localdate(), 36 if is_expert else 12
    for year, term in product(sorted({term_of(today).year, planned_term(today).year}), Term):
        TermHours.objects.create(person=person, year=year, term=term, hours=hours)


def _said(person: Person, direction: Direction, topic: str) -> None:
    Wish.objects.create(
        person=person,
        direction=direction,
        topic=topic,
        subject=SUBJECT,
        note=f"Grade {STAGE}",
        accepted=timezone.now(),
    )


def _line_of_management() -> None:
    """Each head manages the staff of the own school."""
    for head in Person.objects.filter(posts="Headteacher"):
        for one in Person.objects.filter(school=head.school).exclude(pk=head.pk):
            one.line_manager = head
            one.save()
