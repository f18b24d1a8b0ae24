"""Nobody enters without an invitation, and an invitation lets in one person, once."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from upwards.web.accounts.models import Appointment, Invitation, InvitationClosed, User
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
PASSWORD = "a calm green orchard"


def accept(client: Client, token: str, **given: str):
    about = {"name": "Nia", "password": PASSWORD, **given}
    return client.post(reverse("invitation_accept", args=[token]), about)


def invite(client: Client, role: str = "coach", school: str = "Alder"):
    return client.post(reverse("invitations"), {"email": "Nia@orchard.test", "role": role, "school": school})


def test_a_lead_invites_and_the_person_enters(school_lead, stranger):
    link = re.search(r"/accept/([\w-]+)/", invite(school_lead).content.decode())
    assert link is not None
    assert link[1] in mail.outbox[0].body
    assert accept(stranger, link[1]).headers["Location"] == "/"
    user = User.objects.get(email="nia@orchard.test")
    assert [(one.role, one.school) for one in user.appointments.all()] == [("coach", "Alder")]
    assert stranger.get(reverse("own_roles")).status_code == 200


@pytest.fixture
def mail_server(settings, monkeypatch) -> list[Any]:
    """A mail server is configured; what it was given."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    given: list[Any] = []

    def take(_, messages):
        given.extend(messages)
        return len(messages)

    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.send_messages", take)
    return given


def proven(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)


def test_a_mailed_link_is_not_shown_and_proves_the_address(mail_server, school_lead, stranger):
    assert "/accept/" not in invite(school_lead).content.decode()
    link = re.search(r"/accept/([\w-]+)/", mail_server[0].body)
    assert link is not None
    accept(stranger, link[1])
    assert EmailAddress.objects.get(email="nia@orchard.test").verified


def test_a_shown_link_does_not_prove_the_address(school_lead, stranger):
    link = re.search(r"/accept/([\w-]+)/", invite(school_lead).content.decode())
    assert link is not None
    accept(stranger, link[1])
    assert not EmailAddress.objects.get(email="nia@orchard.test").verified


def test_a_mail_server_that_refuses_leaves_no_open_invitation(mail_server, school_lead, monkeypatch):
    monkeypatch.setattr("django.core.mail.backends.smtp.EmailBackend.send_messages", lambda *_: 0)
    page = invite(school_lead).content.decode()
    assert "/accept/" not in page
    assert "did not take the invitation" in page
    assert not Invitation.objects.get().is_open


def test_an_unproven_account_gives_its_password_again_for_a_further_role(people, browser_of):
    _, token = Invitation.make(role=Role.REVIEWER, school="Cedar", email=people["coach"].email)
    address = reverse("invitation_accept", args=[token])
    coach = browser_of("coach")
    for asked in (coach.get(address), coach.post(address)):
        assert asked.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not Appointment.objects.filter(role=Role.REVIEWER, school="Cedar").exists()
    asked = coach.get(address).headers["Location"]
    again = {"password": "correct horse battery", "next": address}
    assert coach.post(asked, {**again, "password": "a wrong one"}).status_code == 200
    coach.post(asked, again)
    coach.post(address)
    assert Appointment.objects.filter(user=people["coach"], role=Role.REVIEWER, school="Cedar").count() == 1


def test_a_link_works_once(people, stranger):
    _, token = Invitation.make(role=Role.COACH, school="Alder", email="nia@orchard.test")
    accept(stranger, token)
    assert accept(Client(), token).status_code == 410


def test_a_link_ends_with_its_time_and_with_its_withdrawal(stranger):
    late, token = Invitation.make(role=Role.COACH, email="a@orchard.test")
    Invitation.objects.filter(pk=late.pk).update(expires=timezone.now() - timedelta(seconds=1))
    withdrawn, other = Invitation.make(role=Role.COACH, email="b@orchard.test")
    Invitation.objects.filter(pk=withdrawn.pk).update(withdrawn=timezone.now())
    assert [accept(stranger, one).status_code for one in (token, other)] == [410, 410]


def test_the_invited_e_mail_cannot_be_changed(stranger):
    _, token = Invitation.make(role=Role.COACH, email="nia@orchard.test")
    accept(stranger, token, email="mallory@orchard.test")
    assert User.objects.filter(email="nia@orchard.test").exists()
    assert not User.objects.filter(email="mallory@orchard.test").exists()


def test_the_token_itself_is_not_kept():
    invitation, token = Invitation.make(role=Role.COACH)
    assert token not in str(vars(invitation))


@pytest.mark.parametrize(("role", "school"), [("owner", ""), ("school_lead", "Alder"), ("coach", "Birch")])
def test_a_school_lead_cannot_invite_beyond_the_own_school_and_role(school_lead, role, school):
    assert invite(school_lead, role, school).status_code == 200
    assert not Invitation.objects.exists()


def test_a_lead_of_another_school_cannot_withdraw(other_lead, school_lead):
    invitation, _ = Invitation.make(role=Role.COACH, school="Alder", email="nia@orchard.test")
    address = reverse("invitation_withdraw", args=[invitation.pk])
    assert other_lead.post(address).status_code == 403
    assert school_lead.post(address).status_code == 302
    invitation.refresh_from_db()
    assert invitation.withdrawn is not None


def test_who_can_sign_in_already_gets_a_further_role(people, browser_of):
    _, token = Invitation.make(role=Role.REVIEWER, school="Cedar", email=people["coach"].email)
    address = reverse("invitation_accept", args=[token])
    assert Client().get(address).headers["Location"].startswith(reverse("account_login"))
    assert browser_of("teacher").post(address).status_code == 302
    coach = browser_of("coach")
    proven(people["coach"])
    assert coach.get(address).status_code == 200
    assert coach.post(address).headers["Location"] == "/"
    assert Appointment.objects.filter(user=people["coach"], role=Role.REVIEWER, school="Cedar").count() == 1


def test_a_weak_password_is_refused_with_its_reason(stranger):
    _, token = Invitation.make(role=Role.COACH, email="nia@orchard.test")
    assert "too short" in accept(stranger, token, password="short").content.decode()
    assert not User.objects.filter(email="nia@orchard.test").exists()


def test_nobody_signs_up_uninvited(stranger):
    given = {"email": "m@orchard.test", "password1": PASSWORD, "password2": PASSWORD}
    stranger.post(reverse("account_signup"), given)
    assert not User.objects.filter(email="m@orchard.test").exists()


def test_one_signs_in_by_e_mail_and_password(people, stranger):
    given = {"login": "coach@orchard.test", "password": "correct horse battery"}
    assert stranger.post(reverse("account_login"), given).headers["Location"] == reverse("home")


def test_inviting_and_entering_are_in_the_trail_with_who_did_it(people, school_lead):
    invite(school_lead)
    entry = AuditEntry.objects.get(kind="accounts.invitation")
    assert (entry.what, entry.who) == ("created", people["school_lead"])
    assert "nia" not in entry.detail


# -- ending a role -------------------------------------------------------------------------------------


def role_of(user: User) -> Appointment:
    return user.appointments.get()


def began_earlier(held: Appointment) -> Appointment:
    held.starts -= timedelta(days=30)
    held.save()
    return held


def test_a_lead_ends_a_role_and_it_closes_at_once(people, school_lead, coach):
    held = began_earlier(role_of(people["coach"]))
    address = reverse("appointment_end", args=[held.pk])
    assert address in school_lead.get(reverse("invitations")).content.decode()
    assert "End a role" in school_lead.get(address).content.decode()
    assert coach.get(reverse("partnerships")).status_code == 200
    assert school_lead.post(address).headers["Location"] == reverse("invitations")
    assert coach.get(reverse("partnerships")).status_code == 403
    assert school_lead.post(address).status_code == 404
    entry = AuditEntry.objects.filter(kind="accounts.appointment", what="changed").first()
    assert (entry.who, entry.detail) == (people["school_lead"], "ends")


def test_a_role_that_began_today_ends_at_once_too(people, owner, coach):
    held = role_of(people["coach"])
    owner.post(reverse("appointment_end", args=[held.pk]))
    assert coach.get(reverse("partnerships")).status_code == 403
    entry = AuditEntry.objects.get(kind="accounts.appointment", what="deleted")
    assert (entry.who, entry.object_id) == (people["owner"], str(held.pk))


@pytest.mark.parametrize("who", ["coach", "governor", "school_lead", "other_lead", "group_lead"])
def test_nobody_ends_a_role_that_they_may_not_give(who, people, browser_of):
    held = role_of(people["owner" if who == "group_lead" else "other_lead"])
    address = reverse("appointment_end", args=[held.pk])
    assert [browser_of(who).get(address).status_code, browser_of(who).post(address).status_code] == [403, 403]
    assert Appointment.objects.filter(pk=held.pk, ends=None).exists()


def test_a_role_that_is_not_there_cannot_be_ended(owner):
    assert owner.post(reverse("appointment_end", args=[10_000])).status_code == 404


def test_a_group_keeps_an_owner(people, owner, appointed):
    address = reverse("appointment_end", args=[role_of(people["owner"]).pk])
    assert "needs an owner" in owner.post(address, follow=True).content.decode()
    appointed("odile", Role.OWNER)
    assert owner.post(address).headers["Location"] == reverse("home")
    assert not people["owner"].appointments.exists()


def test_the_list_of_roles_keeps_to_the_readers_schools(people, other_lead):
    page = other_lead.get(reverse("invitations")).content.decode()
    assert "Other_Lead" in page
    assert "Governor" not in re.sub(r"<option.*?</option>", "", page)
    assert AuditEntry.objects.filter(kind="accounts.appointment", what="read").exists()


def test_an_invitation_ends_with_the_role_of_who_invited(people, stranger):
    by = people["school_lead"]
    about = {"role": Role.COACH, "school": "Alder", "invited_by": by}
    invitation, token = Invitation.make(email="nia@orchard.test", **about)
    began_earlier(role_of(by)).end()
    assert accept(stranger, token).status_code == 410
    with pytest.raises(InvitationClosed):
        invitation.accept(people["coach"])
    assert not User.objects.filter(email="nia@orchard.test").exists()


def test_a_further_role_that_closes_meanwhile_says_so(people, browser_of, monkeypatch):
    def closed(*_):
        raise InvitationClosed

    _, token = Invitation.make(role=Role.REVIEWER, school="Cedar", email=people["coach"].email)
    proven(people["coach"])
    monkeypatch.setattr(Invitation, "accept", closed)
    assert browser_of("coach").post(reverse("invitation_accept", args=[token])).status_code == 410


def test_only_who_may_give_a_role_withdraws_its_invitation(group_lead, owner):
    invitation, _ = Invitation.make(role=Role.OWNER, email="nia@orchard.test")
    address = reverse("invitation_withdraw", args=[invitation.pk])
    assert address not in group_lead.get(reverse("invitations")).content.decode()
    assert group_lead.post(address).status_code == 403
    assert owner.post(address).status_code == 302
    invitation.refresh_from_db()
    assert not invitation.is_open


# -- where a role holds --------------------------------------------------------------------------------

OVER_ALL = ["owner", "group_lead", "researcher"]


def test_the_form_chooses_no_school_and_no_whole_group_by_itself(owner, school_lead):
    page = owner.get(reverse("invitations")).content.decode()
    first = re.search(r'<select name="school".*?<option value="([^"]*)"[^>]*>([^<]*)<', page, re.DOTALL)
    assert first is not None
    assert first.groups() == ("", "Choose a school")
    assert "whole_group" in page
    assert "whole_group" not in school_lead.get(reverse("invitations")).content.decode()


@pytest.mark.parametrize("who", ["owner", "school_lead"])
def test_without_a_school_nobody_is_invited(browser_of, who):
    assert "Choose a school" in invite(browser_of(who), "coach", "").context["form"].errors["school"][0]
    assert not Invitation.objects.exists()


def test_the_whole_group_is_ticked_on_purpose(owner):
    about = {"email": "nia@orchard.test", "role": "governor", "whole_group": "on"}
    both = owner.post(reverse("invitations"), {**about, "school": "Alder"})
    assert both.context["form"].errors["whole_group"]
    owner.post(reverse("invitations"), {**about, "school": ""})
    assert [(one.role, one.school) for one in Invitation.objects.all()] == [("governor", "")]


@pytest.mark.parametrize("role", OVER_ALL)
def test_a_role_over_the_whole_group_is_not_given_for_a_school(owner, role):
    assert invite(owner, role, "Alder").context["form"].errors["school"]
    assert not Invitation.objects.exists()
    invite(owner, role, "")
    assert Invitation.objects.get().school == ""


@pytest.mark.parametrize("role", OVER_ALL)
def test_the_database_keeps_such_a_role_from_a_school(people, role):
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(user=people["coach"], role=role, school="Alder")
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.make(role=Role(role), school="Alder")


@pytest.mark.django_db(transaction=True)
def test_earlier_roles_over_one_school_are_narrowed_by_the_migration():
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", "0002_invitation_mailed")])
    old = executor.loader.project_state([("accounts", "0002_invitation_mailed")]).apps
    nia = old.get_model("accounts", "User").objects.create(email="nia@orchard.test")
    for role in OVER_ALL:
        for school in ("", "Alder"):
            old.get_model("accounts", "Appointment").objects.create(user=nia, role=role, school=school)
    about = {"role": "owner", "school": "Alder", "expires": timezone.now() + timedelta(days=1)}
    old.get_model("accounts", "Invitation").objects.create(token_hash="a", **about)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    kept = sorted(Appointment.objects.values_list("role", "school"))
    assert kept == [*((role, "") for role in sorted(OVER_ALL)), *[("school_lead", "Alder")] * 2]
    assert not Invitation.objects.get().is_open
