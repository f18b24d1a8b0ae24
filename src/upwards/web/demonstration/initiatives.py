"""What a demonstration's schools try out and learn: practices, a pilot, a programme, a review. Made up."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from upwards.web.demonstration.cast import RECEIVES, SHARES, SUBJECT
from upwards.web.demonstration.people import user_of
from upwards.web.innovation.models import Pilot, Reference
from upwards.web.practices.lifecycle import marker, publish, send
from upwards.web.practices.models import Edition, Practice
from upwards.web.programmes import models as programmes
from upwards.web.reviews.capitals import STATEMENTS
from upwards.web.reviews.models import Allocation, CapitalsAudit, CapitalsReply, JointActivity, Review

CARD: dict[str, Any] = {
    "title": "Say it before you write it",
    "need": "Pupils begin to write before they know how they will go about it",
    "for_whom": "Grade 3, mathematics",
    "done": "Each pupil tells a neighbour the first step; the neighbour asks why; then both write.",
    "ingredients": "A pause before writing\nOne question: how do you know?\nNo marks",
    "hours": 6.0,
    "money": 0.0,
    "standing": "seen",
    "evidence": "Three classes, watched for a term. Not yet compared with others.",
    "knowledge": "best practice",
    "origin": "internal",
    "area": "Talk",
    "subject": SUBJECT,
    "stage": "3",
    "ask_department": f"Mathematics, {SHARES}",
}


def make_initiatives() -> None:
    """Make them where there is none yet."""
    if Practice.objects.exists():
        return
    _practices()
    _pilot()
    _programme()
    _review()


def _practices() -> None:
    coach = user_of("coach")
    shared = Practice.objects.create(school=SHARES, author=coach)
    Edition.objects.create(practice=shared, written_by=coach, **CARD)
    send(shared)
    publish(shared, user_of("head"), marker(shared.draft))
    begun = Practice.objects.create(school=SHARES, author=coach)
    about = {"title": "Two ways to one answer", "need": "Pupils know one way only", "evidence": ""}
    Edition.objects.create(practice=begun, written_by=coach, **{**CARD, **about})


def _pilot() -> None:
    Pilot.objects.create(
        school=RECEIVES, state="running", title="Five questions at the door",
        if_we="begin each lesson with five questions about last week", for_whom="grade 3",
        then="more is remembered after a month", because="recalling makes it stick",
        measure="Ten questions after a month", success="Seven of ten or more",
        for_pupils=True, hours_a_week=2.0, lead=user_of("teacher"), starts=_day(-20), ends=_day(40),
    )  # fmt: skip
    Reference.objects.create(
        title="Test-enhanced learning", authors="Roediger, Karpicke", year=2006, study="trial",
        standing="agreed", found="Recalling beats reading again after a week.", added_by=user_of("coach"),
    )  # fmt: skip


def _programme() -> None:
    made = programmes.Programme.objects.create(
        title="Talk in mathematics", purpose="Every teacher lets pupils explain their methods.",
        state="running", starts=_day(-60), ends=_day(120), budget=1800, other_costs=60,
    )  # fmt: skip
    for school in (SHARES, RECEIVES):
        programmes.ProgrammeSchool.objects.create(programme=made, school=school)
    programmes.Outcome.objects.create(
        programme=made,
        beneficiary="pupils",
        text="Pupils explain a method",
        measure="Ten tasks, twice a year",
    )
    for name, school in (("coach", SHARES), ("teacher", RECEIVES), ("third", RECEIVES)):
        programmes.Participant.objects.create(programme=made, user=user_of(name), school=school)
    for days, title in ((-50, "What talk is for"), (-20, "The first question"), (15, "Two ways")):
        programmes.Session.objects.create(programme=made, date=_day(days), title=title, cost=150)


def _review() -> None:
    made = Review.objects.create(
        school=RECEIVES, first_day=_day(-1), last_day=_day(1), state="under way",
        focus="How pupils explain their methods",
    )  # fmt: skip
    Allocation.objects.create(review=made, user=user_of("reviewer"))
    JointActivity.objects.create(
        review=made, kind="observe", day=_day(-1), with_post="Lead of mathematics",
        notes="Pupils explain how they found an answer",
    )  # fmt: skip
    audit = CapitalsAudit.objects.create(school=RECEIVES)
    CapitalsReply.objects.create(audit=audit, user=user_of("head27"), marks=dict.fromkeys(STATEMENTS, 3))


def _day(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)
