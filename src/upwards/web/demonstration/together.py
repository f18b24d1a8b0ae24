"""Made-up partnerships of a demonstration: one running, one behind its hours, one asked for, one ended."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from upwards.web.demonstration.cast import RECEIVES, SHARES, SUBJECT
from upwards.web.demonstration.people import user_of
from upwards.web.partnerships.hours import make_follow_ups, rules
from upwards.web.partnerships.models import (
    About,
    Activity,
    Answer,
    Cover,
    Note,
    Outcome,
    Participant,
    Partnership,
    Reason,
    Recipient,
    Session,
    Side,
    State,
)


def make_partnerships() -> None:
    """Make them where there is none yet."""
    if Partnership.objects.exists():
        return
    _running()
    _behind()
    _asked_for()
    _ended()


def _running() -> None:
    made = _partnership(
        State.RUNNING, -40, 50, "coaching", SUBJECT, "Every pupil talks a method through before writing it",
        measure="In three lessons, pupils explain one method to each other", hours=12.0,
    )  # fmt: skip
    coach, teacher = user_of("coach"), user_of("teacher")
    _part(made, "coach", Side.PROVIDER)
    _part(made, "teacher", Side.RECIPIENT)
    for days in (-36, -24, -10):
        _visit(made, days, Outcome.HELD, hours=2.0, activity=Activity.OBSERVATION)
    _visit(made, -17, Outcome.MISSED, reason=Reason.NO_COVER)
    _visit(made, 0, Outcome.PLANNED)
    _visit(made, 9, Outcome.PLANNED, cover=Cover.MISSING)
    for about, text in (
        (About.GOAL, "Pupils explain their method to a neighbour, without the teacher"),
        (About.STEP, "Ask “how do you know?” after each answer of one group"),
        (About.NOTE, "The second group talked more when the task had two ways"),
    ):
        note = Note.objects.create(partnership=made, about=about, text=text, author=coach)
        note.readers.set([coach, teacher])


def _behind() -> None:
    made = _partnership(
        State.RUNNING, -70, 30, "learning three", "reading", "Reading aloud with a purpose", hours=18.0
    )
    Recipient.objects.create(partnership=made, school="School 41", stage="2")
    _part(made, "reader", Side.PROVIDER)
    _part(made, "second", Side.RECIPIENT)
    _part(made, "guest", Side.RECIPIENT)
    _visit(made, -60, Outcome.HELD, hours=2.0, activity=Activity.MEETING)


def _asked_for() -> None:
    made = _partnership(
        State.PROPOSED, 7, 90, "role modelling", SUBJECT, "Beginning a lesson with a question", hours=6.0
    )
    _part(made, "third", Side.RECIPIENT, Answer.AGREED)
    _part(made, "coach", Side.PROVIDER, Answer.ASKED)


def _ended() -> None:
    about = "Number talks at the start of the day"
    made = _partnership(State.ENDED, -150, -45, "coaching", SUBJECT, about, hours=8.0)
    made.closed = made.ends
    made.save()
    _part(made, "guest", Side.PROVIDER)
    _part(made, "second", Side.RECIPIENT)
    for days in (-140, -120, -90, -60):
        _visit(made, days, Outcome.HELD, hours=2.0)
    make_follow_ups(made, rules().follow_up_weeks)


def _partnership(
    state: State, first: int, last: int, kind: str, subject: str, aim: str, **more: Any
) -> Partnership:
    """Make one between the two schools; days are counted from today."""
    made = Partnership.objects.create(
        state=state, starts=_day(first), ends=_day(last), kind=kind, subject=subject, aim=aim,
        for_pupils=True, provider_school=SHARES, proposed_by=user_of("lead"), **more,
    )  # fmt: skip
    Recipient.objects.create(partnership=made, school=RECEIVES, stage="3")
    return made


def _part(made: Partnership, name: str, side: Side, answer: Answer = Answer.AGREED) -> None:
    Participant.objects.create(
        partnership=made, user=user_of(name), side=side, answer=answer, asked_by=user_of("lead")
    )


def _visit(made: Partnership, days: int, outcome: Outcome, **more: Any) -> None:
    known = {"hours": 1.0, "activity": Activity.VISIT, "cover": Cover.ARRANGED, **more}
    Session.objects.create(partnership=made, date=_day(days), outcome=outcome, **known)


def _day(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)
