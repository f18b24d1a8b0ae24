"""The demonstration: made-up people, a way in for every role, and nothing of it elsewhere."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import stat
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from upwards.actions.prepare_demo import RECORDED
from upwards.core.errors import UserError
from upwards.web.access import reader_for
from upwards.web.accounts.models import User
from upwards.web.demonstration import house, term_dates
from upwards.web.demonstration.cast import LOGINS, SAID
from upwards.web.demonstration.initiatives import make_initiatives
from upwards.web.demonstration.passphrase import new_passphrase
from upwards.web.demonstration.people import make_people, user_of
from upwards.web.demonstration.term_dates import make_term_dates
from upwards.web.demonstration.together import make_partnerships
from upwards.web.partnerships import handover
from upwards.web.partnerships.models import Partnership
from upwards.web.people.models import Person
from upwards.web.people.terms import term_of
from upwards.web.roles import Role
from upwards.web.term_dates.calendars import read_calendars
from upwards.web.term_dates.models import LONGEST, Closure
from upwards.web.term_dates.school_days import SchoolDays
from upwards.web.term_dates.seen import span_of
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_all_that_is_handed_over_may_be_in_a_demo_that_is_opened_again():
    assert set(handover.TABLES) <= RECORDED


@pytest.fixture
def passphrase(settings, tmp_path, trust_workspace):
    settings.UPWARDS_WORKSPACE = tmp_path / "demo"
    shutil.copytree(trust_workspace, settings.UPWARDS_WORKSPACE)
    return new_passphrase(settings.UPWARDS_WORKSPACE)


def test_every_role_has_a_login_that_signs_in_and_lands_on_the_answer(passphrase):
    make_people(passphrase)
    assert {one.role for one in LOGINS} == set(Role)
    where = f"{reverse('account_login')}?next={house.ANSWER}"
    for one in LOGINS:
        answer = Client().post(where, {"login": one.email, "password": passphrase, "next": house.ANSWER})
        assert (answer.status_code, answer.headers["Location"]) == (302, house.ANSWER)


def test_twice_makes_nobody_twice_and_only_the_new_passphrase_holds(passphrase):
    make_people("the first one")
    make_partnerships()
    before = [User.objects.count(), Person.objects.count(), Partnership.objects.count()]
    make_people(passphrase)
    make_partnerships()
    assert [User.objects.count(), Person.objects.count(), Partnership.objects.count()] == before
    assert user_of("lead").check_password(passphrase)
    assert not user_of("lead").check_password("the first one")
    assert not user_of("third").has_usable_password()


def test_each_made_up_person_opens_a_page_that_is_not_empty(passphrase):
    make_people(passphrase)
    make_partnerships()
    for name, said in (("coach", "talks a method through"), ("teacher", "talks a method through")):
        browser = Client()
        browser.force_login(user_of(name))
        assert said in browser.get(reverse("partnerships")).content.decode()
        assert "Nothing waits" not in browser.get(reverse("monday")).content.decode()
    assert reader_for(user_of("governor")).schools == {"School 27"}


@pytest.mark.parametrize("today", ["2026-11-22", "2026-08-31", "2026-09-01", "2027-01-01", "2028-02-29"])
def test_term_dates_about_any_first_day_are_made_once_and_fit_an_english_year(monkeypatch, today):
    monkeypatch.setattr(term_dates.timezone, "localdate", lambda: datetime.date.fromisoformat(today))
    make_term_dates()
    make_term_dates()
    this = term_of(datetime.date.fromisoformat(today)).year
    assert Closure.objects.count() == 27
    for year in (this - 1, this, this + 1):
        assert 190 <= read_calendars().of([]).between(*span_of(year)) <= 198
    for one in Closure.objects.all():
        assert SchoolDays().between(one.first, one.last) > 0
        assert Closure.objects.overlapping(one.school, one.first, one.last).count() == 1
        assert one.last - one.first < LONGEST


def test_the_holidays_of_a_year_fall_as_they_do_in_england():
    days = {name: str(first) for name, school, first, _ in term_dates.holidays(2027) if not school}
    assert days == {
        "Autumn half-term": "2026-10-26",
        "Christmas holidays": "2026-12-21",
        "Spring half-term": "2027-02-15",
        "Easter holidays": "2027-03-29",
        "May bank holiday": "2027-05-03",
        "Summer half-term": "2027-05-31",
        "Summer holidays": "2027-07-22",
    }


def test_what_is_tried_out_is_made_once_and_can_be_read(passphrase):
    make_people(passphrase)
    make_initiatives()
    make_initiatives()
    browser = Client()
    browser.force_login(user_of("teacher"))
    assert "Say it before you write it" in browser.get(reverse("practice")).content.decode()
    assert "Five questions at the door" in browser.get(reverse("innovation")).content.decode()
    assert "Talk in mathematics" in browser.get(reverse("programmes")).content.decode()
    browser.force_login(user_of("reviewer"))
    assert "School 27" in browser.get(reverse("reviews")).content.decode()


def test_every_page_says_that_the_people_are_made_up(passphrase):
    make_people(passphrase)
    browser = Client()
    assert SAID in browser.get(reverse("account_login")).content.decode()
    browser.force_login(user_of("lead"))
    assert SAID in browser.get(reverse("monday")).content.decode()


def test_the_passphrase_is_shown_to_this_machine_only(passphrase, settings):
    def page(**given):
        return Client().get(reverse("account_login"), **given).content.decode()

    assert passphrase in page()
    assert passphrase not in page(REMOTE_ADDR="192.0.2.7")
    assert passphrase not in page(HTTP_X_FORWARDED_FOR="192.0.2.7")
    assert passphrase not in page(HTTP_FORWARDED="for=192.0.2.7")
    assert passphrase not in page(HTTP_X_REAL_IP="192.0.2.7")
    file = settings.UPWARDS_WORKSPACE / "secrets" / "demonstration"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_elsewhere_nothing_speaks_of_a_demonstration(stranger):
    page = stranger.get(reverse("account_login")).content.decode()
    assert "emonstration" not in page
    assert "demo.example" not in page


def test_a_busy_port_is_said_and_the_next_one_taken():
    said: list[str] = []
    with socket.socket() as taken:
        taken.bind((house.HOST, 0))
        taken.listen()
        busy = taken.getsockname()[1]
        assert house.free_port(said.append, busy) > busy
    assert said[0] == f"Port {busy} is busy; trying {busy + 1}."


def test_no_free_port_says_so(monkeypatch):
    monkeypatch.setattr(house, "PORTS_TRIED", 0)
    with pytest.raises(UserError, match="all busy"):
        house.free_port(print)


def test_the_answers_of_everybody_are_computed_once_each(passphrase, monkeypatch):
    make_people(passphrase)
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr("upwards.web.answers.compute", lambda q, a: asked.append((q, str(a))))
    house.compute_answers(print)
    assert len(asked) == len(set(asked))
    assert ("plan", "{}") in asked
    assert ("value-added", "{'schools': ['School 27']}") in asked


ENDS = """
import sys
from pathlib import Path
from upwards.web.demonstration import house

said = []
passphrase, port = house.make_ready(Path(sys.argv[1]), say=print)
sys.exit(house.serve(passphrase, port, say=print, stay=False))
"""


@pytest.mark.skipif("UPWARDS_TEST_POSTGRES" in os.environ, reason="serves from SQLite")
def test_the_server_answers_once_and_ends_when_it_is_not_to_stay(trust_workspace, tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(trust_workspace, folder)
    elsewhere = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path}/elsewhere.db"}
    command = [sys.executable, "-c", ENDS, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=elsewhere, check=False)
    assert done.returncode == 0, done.stderr
    assert "DATABASE_URL is set and does not count here" in done.stdout
    assert "coach@demo.example" in done.stdout
    assert "The server has answered" in done.stdout
    assert not (tmp_path / "elsewhere.db").exists()
    assert '"route": "healthz"' in (folder / "server.log").read_text()


def test_making_people_is_in_the_trail(passphrase):
    make_people(passphrase)
    assert AuditEntry.objects.filter(kind="people.person", what="created").count() == Person.objects.count()
