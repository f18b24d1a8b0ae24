"""What the addresses of the table are about: one real row of each kind, made for one test."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from upwards.web.roles import Role


def a_job() -> tuple[Any, ...]:
    from upwards.web.jobs.models import Job

    return (Job.objects.create(question="answer", key="a job").pk,)


def a_failed_answer() -> tuple[Any, ...]:
    """The owner asked for it."""
    from upwards.web.jobs.models import Job

    asked = {"question": "groups", "arguments": {"stage": "any"}}
    about = {"question": "answer", "key": "an answer", "state": "failed", "asked_by": _user("owner")}
    return (Job.objects.create(**about, arguments=asked).pk,)


def work_together(state: str = "running") -> Any:
    from tests.web.partnerships_of_trust import coaching_of_cast

    return coaching_of_cast(state)


def a_partnership() -> tuple[Any, ...]:
    return (work_together().pk,)


def a_visit() -> tuple[Any, ...]:
    return (work_together().sessions.get(outcome="planned").pk,)


def a_goal() -> tuple[Any, ...]:
    return (work_together().notes.filter(about="goal").get().pk,)


def a_follow_up() -> tuple[Any, ...]:
    return (work_together("ended").follow_ups.first().pk,)


def a_role() -> tuple[Any, ...]:
    from upwards.web.accounts.models import Appointment

    return (Appointment.objects.get(user__email="coach@orchard.test").pk,)


def a_person() -> tuple[Any, ...]:
    from upwards.web.people.models import Person

    return (Person.objects.create(name="Nia", school="Alder").pk,)


def a_practice() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import practice

    return (practice().pk,)


def a_draft() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import draft

    return (draft().pk,)


def a_practice_file() -> tuple[Any, ...]:
    from tests.web.practices_of_trust import practice_with_file

    made, held = practice_with_file()
    return (made.pk, held.pk)


def an_upload() -> tuple[Any, ...]:
    from upwards.web.data.models import Upload

    owner = _user("owner")
    mapping = 'table = "results"\n[columns]\nscore = "Mark"'
    return (Upload.objects.create(owner=owner, table="results", size=1, step="failed", mapping=mapping).pk,)


def a_pilot() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import pilot

    return (pilot().pk,)


def a_reference() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import reference

    return (reference().pk,)


def a_review(state: str = "planned") -> tuple[Any, ...]:
    from tests.web.reviews_of_trust import review_of_alder

    return (review_of_alder(state).pk,)


def an_agreed_review() -> tuple[Any, ...]:
    return a_review("agreed")


def an_activity() -> tuple[Any, ...]:
    from upwards.web.reviews.models import JointActivity

    return (JointActivity.objects.get(review=a_review()[0]).pk,)


def an_audit() -> tuple[Any, ...]:
    from tests.web.reviews_of_trust import capitals_of

    return (capitals_of().pk,)


def hours_drawn() -> tuple[Any, ...]:
    work_together()
    return ()


def a_controller() -> tuple[Any, ...]:
    from upwards.web.controllers.models import Controller

    return (Controller.own("Orchard Trust").pk,)


def a_sharing() -> tuple[Any, ...]:
    from tests.web.sharing_of_trust import agreement

    return (agreement().pk,)


def a_programme() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import programme

    return (programme().pk,)


def a_programme_session() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import meeting, programme

    return (meeting(programme()).pk,)


def _user(name: str) -> Any:
    from upwards.web.accounts.models import User

    return User.objects.get(email=f"{name}@orchard.test")


def _teacher_of_alder() -> Any:
    from upwards.web.people.models import Person

    return Person.objects.create(name="Nia", school="Alder", user=_user("teacher"), staff_code="T-Alder-1")


def a_token() -> tuple[Any, ...]:
    """The owner's."""
    from tests.web.api_of_trust import token_for

    return (token_for(_user("owner"))[0].pk,)


def a_closure() -> tuple[Any, ...]:
    """Of Alder."""
    from upwards.web.term_dates.models import Closure

    day = datetime.date(2026, 12, 18)
    return (Closure.objects.create(name="Training day", school="Alder", first=day, last=day).pk,)


def days_without_school() -> tuple[Any, ...]:
    """Of all schools, and of Alder, in the year of today."""
    from tests.web.term_dates_of_trust import closed

    closed(0, 9)
    closed(0, 0, school="Alder", name="Training day")
    return ()


def a_training() -> tuple[Any, ...]:
    from upwards.web.people.models import Training

    today = timezone.localdate()
    made = Training(person=_teacher_of_alder(), standing="expert", provider="Institute", day=today)
    made.save()
    return (made.pk,)


def a_wish() -> tuple[Any, ...]:
    """Proposed to the teacher."""
    from upwards.web.people.models import Wish

    return (Wish.objects.create(person=_teacher_of_alder(), direction="share", topic="Fractions").pk,)


def a_named_team() -> tuple[Any, ...]:
    """The teacher agreed to be named with it."""
    from upwards.web.people.agreements import Agreement

    place = {"school": "Alder", "subject": "reading", "stage": "year 6"}
    return (Agreement.objects.create(person=_teacher_of_alder(), **place).pk,)


CLAIMED = "2026-11-02T08:00:00+00:00"


def a_class_claim() -> tuple[Any, ...]:
    from upwards.web.people.models import ClassCheck

    place = {"school": "Alder", "subject": "reading", "stage": "year 6", "year": 2024}
    claim = {"person": _teacher_of_alder(), "class_name": "Alder-2024-2", "verdict": "mine"}
    return (ClassCheck.objects.create(**place, **claim, said=CLAIMED, is_added=True).pk,)


def an_invitation() -> tuple[Any, ...]:
    from upwards.web.accounts.models import Invitation

    made, _ = Invitation.make(role=Role.TEACHER, school="Alder", invited_by=_user("owner"))
    return (made.pk,)


def an_unsigned_sharing() -> tuple[Any, ...]:
    from tests.web.sharing_of_trust import agreement

    return (agreement(signed=False).pk,)


def an_observation() -> tuple[Any, ...]:
    from tests.web.initiatives_of_trust import pilot, seen

    return (seen(pilot(), _user("teacher")).pk,)


def an_allocation() -> tuple[Any, ...]:
    from upwards.web.reviews.models import Allocation

    return (Allocation.objects.get(review=a_review()[0]).pk,)


def an_action_of_review() -> tuple[Any, ...]:
    from upwards.web.reviews.models import ReviewAction

    (review,) = a_review("agreed")
    made = ReviewAction(review_id=review, what="Read aloud", post="Head", due=timezone.localdate())
    made.save()
    return (made.pk,)


def a_pulse() -> tuple[Any, ...]:
    from upwards.web.health.models import Pulse

    closes = timezone.localdate() + datetime.timedelta(days=20)
    return (Pulse.objects.create(year=2026, term="1", closes=closes, shown_from=6).pk,)
