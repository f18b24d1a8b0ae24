"""On Mondays a short message says how much waits; it names nobody, and whoever wants none gets none."""

from __future__ import annotations

import datetime

import pytest
from django.core import mail
from django.urls import reverse

from tests.web.partnerships_of_trust import coaching_of_cast
from upwards.web.configuration import Configuration
from upwards.web.monday.mail import mail_monday
from upwards.web.monday.models import MondayMail
from upwards.web.partnerships.models import Session

pytestmark = pytest.mark.django_db


@pytest.fixture
def monday(monkeypatch, people) -> datetime.date:
    """A Monday with mail, on which coach and teacher have a visit due."""
    monkeypatch.setattr("upwards.web.monday.mail.is_mailing", lambda: True)
    monkeypatch.setattr("upwards.web.monday.views.is_mailing", lambda: True)
    today = datetime.date.today()
    day = today - datetime.timedelta(days=today.weekday())
    made = coaching_of_cast()
    visit: Session = made.sessions.get(outcome="planned")
    visit.date = day
    visit.save()
    return day


def told() -> set[str]:
    return {message.to[0].split("@")[0] for message in mail.outbox}


def test_those_for_whom_something_waits_are_told_once(monday):
    sent = mail_monday(monday)
    assert {"coach", "teacher"} <= told()
    assert not {"researcher", "governor", "reviewer"} & told()
    assert sent == len(mail.outbox)
    assert mail_monday(monday) == 0


def test_the_message_names_nobody_and_no_school(monday, people):
    mail_monday(monday)
    text = next(one.body for one in mail.outbox if one.to == [people["coach"].email])
    assert "For you: 1" in text
    assert people["teacher"].name not in text
    assert "Alder" not in text


def test_on_other_days_and_without_a_mail_server_nothing_is_sent(monday, monkeypatch):
    assert mail_monday(monday + datetime.timedelta(days=1)) == 0
    monkeypatch.setattr("upwards.web.monday.mail.is_mailing", lambda: False)
    assert mail_monday(monday) == 0
    assert not mail.outbox


def test_the_link_stands_there_once_the_house_has_a_name(monday, settings, tmp_path):
    about = {"UPWARDS_WORKSPACE": str(tmp_path), "UPWARDS_HTTPS": "1"}
    named = {**about, "UPWARDS_ALLOWED_HOSTS": "*, upwards.orchard.test"}
    settings.CSRF_TRUSTED_ORIGINS = Configuration.read(named).origins
    mail_monday(monday)
    assert "https://upwards.orchard.test/monday/" in mail.outbox[0].body
    assert "localhost" not in mail.outbox[0].body
    assert Configuration.read(about).origins == []
    assert Configuration.read({**named, "UPWARDS_HTTPS": "0"}).origins == []


def test_no_link_stands_there_while_only_this_machine_is_named(monday, settings, tmp_path):
    about = {"UPWARDS_WORKSPACE": str(tmp_path), "UPWARDS_HTTPS": "1"}
    settings.CSRF_TRUSTED_ORIGINS = Configuration.read(about).origins
    mail_monday(monday)
    assert "/monday/" not in mail.outbox[0].body


def test_who_wants_no_message_stops_it_and_takes_it_up_again(monday, coach, people):
    page = coach.get(reverse("monday")).content.decode()
    assert "Stop these messages" in page
    assert coach.post(reverse("monday_mail"), {"wanted": "no"}).url == reverse("monday")
    mail_monday(monday)
    assert "coach" not in told()
    assert "Tell me on Mondays" in coach.get(reverse("monday")).content.decode()
    coach.post(reverse("monday_mail"), {"wanted": "yes"})
    assert MondayMail.objects.get(user=people["coach"]).wanted
    mail_monday(monday)
    assert "coach" in told()


def test_a_message_that_the_server_refuses_is_tried_again(monday, monkeypatch):
    monkeypatch.setattr("upwards.web.monday.mail.send_mail", lambda *args, **kwargs: 0)
    assert mail_monday(monday) == 0
    assert not MondayMail.objects.exists()


def test_those_who_may_not_see_monday_cannot_ask_for_it(researcher, stranger):
    assert researcher.post(reverse("monday_mail"), {"wanted": "yes"}).status_code == 403
    assert stranger.post(reverse("monday_mail"), {"wanted": "yes"}).status_code == 302
    assert not MondayMail.objects.exists()
