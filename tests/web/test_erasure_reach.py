"""What somebody wrote alone is blanked when they are erased; a new kind of text has to say whose it is."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models

from tests.web.initiatives_of_trust import joins, meeting, pilot, programme, seen
from tests.web.partnerships_of_trust import coaching_of_cast
from tests.web.practices_of_trust import draft
from tests.web.reviews_of_trust import capitals_of
from upwards.web.accounts.models import User
from upwards.web.innovation.models import Observation
from upwards.web.monday.models import MondayMail
from upwards.web.oversight.erasure import OF_THE_ACCOUNT, WRITTEN_ALONE, erase_rows
from upwards.web.oversight.holdings import holdings_of
from upwards.web.practices.models import Review as Reading
from upwards.web.programmes.models import Attendance
from upwards.web.reviews.models import CapitalsReply

pytestmark = pytest.mark.django_db

# Texts that a school or a group says together, or that a machine wrote; they outlive who typed them.
SAID_TOGETHER = {
    "controllers.Sharing",
    "data.Upload",
    "innovation.Pilot",
    "innovation.Reference",
    "jobs.Job",
    "practices.Edition",
    "practices.Use",
    "reviews.HostComment",
    "reviews.Review",
    "tokens.Token",
}


def with_text_and_author() -> set[str]:
    def is_one(model: type[models.Model]) -> bool:
        fields = model._meta.concrete_fields
        is_written = any(isinstance(one, models.TextField | models.JSONField) for one in fields)
        return is_written and any(one.related_model is User for one in fields)

    ours = (one for one in apps.get_models() if one.__module__.startswith("upwards"))
    return {model._meta.label for model in ours if is_one(model)}


def test_every_text_of_an_author_is_blanked_or_said_to_be_the_schools():
    alone = {model._meta.label for model, *_ in WRITTEN_ALONE}
    assert with_text_and_author() == alone | SAID_TOGETHER
    assert not alone & SAID_TOGETHER


def test_what_somebody_wrote_alone_is_blank_afterwards(people):
    user = people["teacher"]
    seen(pilot(), user)
    Reading.objects.create(edition=draft().draft, reviewer=user, verdict="ready", text="Well said")
    capitals_of(who=[user], replies=(3,))
    MondayMail.objects.create(user=user, wanted=False)
    note = coaching_of_cast().notes.filter(author=user).first()
    erase_rows(None, user)
    assert Observation.objects.get().text == ""
    assert Reading.objects.get().text == ""
    reply = CapitalsReply.objects.get()
    assert reply.evidence == {}
    assert set(reply.marks.values()) == {3}
    if note is not None:
        note.refresh_from_db()
        assert note.text == ""
    assert not any(model._default_manager.filter(user=user.pk).exists() for model in OF_THE_ACCOUNT)


def test_subject_access_tells_of_registers(people):
    made = programme()
    place = joins(made, people["teacher"])
    Attendance.objects.create(session=meeting(made), participant=place, present=True)
    rows = holdings_of(None, people["teacher"], for_self=True)["rows"]
    assert [one["present"] for one in rows["programmes.attendance"]] == [True]
    assert "programmes.attendance" not in holdings_of(None, people["coach"], for_self=True)["rows"]
