"""What is over is removed each night, by settings, and the trail says how many."""

from __future__ import annotations

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from upwards.core.settings import Settings
from upwards.web.accounts.models import Invitation, User
from upwards.web.data.models import Step, Upload
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.registry import find_work
from upwards.web.keeping.retention import RULES
from upwards.web.people.models import Person
from upwards.web.roles import Role
from upwards.web.tokens.models import Token
from upwards.web.trail.models import AuditEntry, What, write_entry

pytestmark = pytest.mark.django_db


def ago(days: float) -> datetime.datetime:
    return timezone.now() - datetime.timedelta(days=days)


def remove() -> dict[str, int]:
    found = find_work("remove-what-is-over")({}, lambda *said: None)
    assert isinstance(found, dict)
    return found


def test_nothing_young_is_removed(people):
    write_entry(What.READ, "x")
    Invitation.make(role=Role.COACH, school="Alder", email="a@orchard.test")
    Person.objects.create(name="Ann", school="Alder", left=timezone.localdate())
    assert not any(remove().values())
    assert not AuditEntry.objects.filter(kind="retention").exists()


def test_old_entries_of_the_trail_are_removed_and_counted_in_it():
    write_entry(What.READ, "x")
    AuditEntry.objects.update(at=ago(731))
    write_entry(What.READ, "y")
    assert remove()["audit trail"] == 1
    assert remove()["audit trail"] == 0
    assert AuditEntry.objects.get(kind="retention").detail == "1 removed"
    assert AuditEntry.objects.filter(kind="y").exists()


def test_ended_sign_ins_go_at_once():
    Session.objects.create(session_key="a", session_data="", expire_date=ago(0.01))
    Session.objects.create(session_key="b", session_data="", expire_date=ago(-1))
    assert remove()["sign-ins"] == 1
    assert Session.objects.get().session_key == "b"


def test_finished_jobs_go_open_ones_stay():
    for key, state in (("a", State.DONE), ("b", State.FAILED)):
        Job.objects.create(question="answer", key=key, state=state, ended_at=ago(91))
    Job.objects.create(question="answer", key="c", state=State.RUNNING, ended_at=ago(91))
    Job.objects.create(question="answer", key="d", state=State.DONE, ended_at=ago(89))
    assert remove()["jobs"] == 2
    assert set(Job.objects.values_list("key", flat=True)) == {"c", "d"}
    assert not DBTaskResult.objects.filter(finished_at__lt=ago(90)).exists()


def test_records_of_ended_uploads_go_with_an_entry(people):
    for step in (Step.IMPORTED, Step.CHECKED):
        Upload.objects.create(
            owner=people["owner"], name="x.csv", size=1, sha256="", table="results", step=step
        )
    Upload.objects.update(changed=ago(731))
    assert remove()["uploads"] == 1
    assert Upload.objects.get().step == Step.CHECKED
    assert AuditEntry.objects.filter(kind="data.upload", what=What.DELETED).count() == 1


def test_invitations_that_are_over_go(people):
    for email in ("ran-out", "withdrawn", "accepted", "young"):
        Invitation.make(role=Role.COACH, school="Alder", email=f"{email}@orchard.test")
    named = {one.email.partition("@")[0]: one for one in Invitation.objects.all()}
    Invitation.objects.filter(pk=named["ran-out"].pk).update(expires=ago(91))
    Invitation.objects.filter(pk=named["withdrawn"].pk).update(withdrawn=ago(91))
    Invitation.objects.filter(pk=named["accepted"].pk).update(accepted=ago(91))
    assert remove()["invitations"] == 3
    assert Invitation.objects.get().email == "young@orchard.test"


def test_tokens_that_ended_go(people):
    for title, days in (("old", 91), ("young", 89)):
        Token.objects.create(user=people["owner"], title=title, token_hash=title, expires=ago(days).date())
    Token.objects.create(
        user=people["owner"], title="withdrawn", token_hash="w", expires=ago(-9).date(), revoked=ago(91)
    )
    assert remove()["tokens"] == 2
    assert Token.objects.get().title == "young"


def test_who_left_long_ago_is_erased_but_not_a_sign_in_that_still_has_a_role(people, appointed):
    gone = appointed("gone")
    for name, user in (("Gone", gone), ("Moved", people["teacher"])):
        Person.objects.create(
            name=name, school="Alder", user=user, joined=ago(2000).date(), left=ago(800).date()
        )
    assert remove()["people who left"] == 2
    assert set(Person.objects.values_list("name", flat=True)) == {"Erased person"}
    assert not User.objects.get(pk=gone.pk).is_active
    assert User.objects.get(pk=people["teacher"].pk).is_active
    assert remove()["people who left"] == 0


def test_the_page_says_what_is_kept_how_long(governor, owner):
    page = governor.get("/kept/").content.decode()
    for rule in RULES:
        assert rule.name.capitalize() in page
    assert "730 days" in page
    assert 'href="/kept/"' in owner.get("/settings/").content.decode()


def test_every_rule_names_a_setting_in_days():
    defaults = Settings.load()
    assert {defaults[rule.setting].unit for rule in RULES if rule.setting} == {"days"}
