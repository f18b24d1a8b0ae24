"""Tokens: made by who has just signed in again, shown once, ended by their owner or the group's."""

from __future__ import annotations

import datetime
import re
from types import SimpleNamespace

import pytest
from allauth.account.signals import password_changed, password_reset
from allauth.mfa.signals import authenticator_removed
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.api_of_trust import token_for
from upwards.web.access import Reader, audience, reader_for
from upwards.web.accounts.models import User
from upwards.web.roles import CAPABILITIES, Role
from upwards.web.tokens.models import Token
from upwards.web.tokens.scopes import OPENS, Scope, opened_by, scopes_for
from upwards.web.tokens.views import MOST_TOKENS
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"upw_[A-Za-z0-9_-]{43}")


def just_signed_in(client: Client) -> Client:
    client.post(reverse("account_reauthenticate"), {"password": "correct horse battery"})
    return client


def given(**other) -> dict:
    ends = timezone.localdate() + datetime.timedelta(days=90)
    return {"title": "Dashboard", "scopes": ["read:figures"], "expires": ends.isoformat(), **other}


def test_a_token_is_made_only_by_who_has_just_shown_who_they_are(owner, people):
    answer = owner.post(reverse("token_make"), given())
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert not Token.objects.exists()


def test_a_token_is_shown_once_and_kept_as_a_hash(owner, people):
    answer = just_signed_in(owner).post(reverse("token_make"), given(schools=["Birch"]))
    (secret,) = SECRET.findall(answer.content.decode())
    assert "no-store" in answer.headers["Cache-Control"]
    found = Token.find_open(secret)
    assert found is not None
    assert (found.user, found.scopes, found.schools) == (people["owner"], ["read:figures"], ["Birch"])
    listed = owner.get(reverse("tokens")).content.decode()
    assert not SECRET.search(listed)
    assert secret[:12] in listed
    assert "Read figures; only Birch" in listed
    assert AuditEntry.objects.filter(kind="tokens.token", what="created", who=people["owner"]).count() == 1


def test_the_form_offers_what_the_reader_has(owner, teacher, people):
    page = just_signed_in(teacher).get(reverse("token_make")).content.decode()
    assert "read:figures" in page
    assert "read:data" not in page
    assert "Birch" not in page
    page = just_signed_in(owner).get(reverse("token_make")).content.decode()
    assert all(one in page for one in ("read:data", "Birch", "Damson"))


def test_a_teacher_cannot_ask_for_more_than_is_offered(teacher, people):
    answer = just_signed_in(teacher).post(reverse("token_make"), given(scopes=["read:data"]))
    assert answer.status_code == 422
    assert not Token.objects.exists()
    answer = teacher.post(reverse("token_make"), given(schools=["Birch"], title="Keep me"))
    assert answer.status_code == 422
    assert "Keep me" in answer.content.decode()


@pytest.mark.parametrize("days", [0, -1, 366])
def test_a_token_ends_within_a_year(days, owner):
    ends = timezone.localdate() + datetime.timedelta(days=days)
    answer = just_signed_in(owner).post(reverse("token_make"), given(expires=ends.isoformat()))
    assert answer.status_code == 422
    assert "Choose a day after today" in answer.content.decode()


@pytest.mark.parametrize("left_out", ["title", "scopes", "expires"])
def test_what_is_needed_is_asked_for(left_out, owner):
    asked = {name: value for name, value in given().items() if name != left_out}
    assert just_signed_in(owner).post(reverse("token_make"), asked).status_code == 422


def test_a_token_beyond_a_year_cannot_be_made_past_the_form_either(people):
    with pytest.raises(ValidationError):
        token_for(people["owner"], days=366)


def test_a_title_has_no_signs_that_do_something(owner, people):
    just_signed_in(owner).post(reverse("token_make"), given(title="a\u202eb\tc"))
    assert Token.objects.get().title == "a b c"


def test_nobody_has_more_tokens_than_can_be_overseen(owner, people):
    for _ in range(MOST_TOKENS):
        token_for(people["owner"])
    answer = just_signed_in(owner).post(reverse("token_make"), given())
    assert answer.status_code == 422
    assert "Revoke one" in answer.content.decode()


def test_who_has_no_role_makes_no_token(appointed):
    client = Client()
    client.force_login(appointed("nobody"))
    assert client.get(reverse("token_make")).status_code == 403
    assert reverse("token_make") not in client.get(reverse("tokens")).content.decode()


def test_a_token_is_revoked_by_its_user_and_stays_in_the_list(teacher, people):
    token, secret = token_for(people["teacher"], "read:figures")
    answer = teacher.post(reverse("token_revoke", args=[token.pk]), follow=True)
    assert "is revoked" in answer.content.decode()
    assert "Revoked" in answer.content.decode()
    assert Token.find_open(secret) is None
    changed = AuditEntry.objects.filter(kind="tokens.token", what="changed").get()
    assert changed.detail == "revoked"
    teacher.post(reverse("token_revoke", args=[token.pk]))
    assert AuditEntry.objects.filter(kind="tokens.token", what="changed").count() == 1


def test_an_owner_sees_and_revokes_those_of_others_and_that_is_in_the_trail(owner, people):
    token, secret = token_for(people["teacher"])
    page = owner.get(reverse("tokens")).content.decode()
    assert "Tokens of others" in page
    assert token.prefix in page
    assert AuditEntry.objects.filter(kind="tokens.token", what="read", who=people["owner"]).exists()
    owner.post(reverse("token_revoke", args=[token.pk]))
    assert Token.find_open(secret) is None


@pytest.mark.parametrize("who", ["group_lead", "school_lead", "other_lead"])
def test_nobody_else_sees_or_revokes_it(who, browser_of, people):
    token, secret = token_for(people["teacher"])
    browser = browser_of(who)
    assert token.prefix not in browser.get(reverse("tokens")).content.decode()
    assert browser.post(reverse("token_revoke", args=[token.pk])).status_code == 404
    assert Token.find_open(secret) is not None


def test_a_token_that_ended_by_itself_is_said_to_have_ended(teacher, people):
    token, _ = token_for(people["teacher"])
    token.expires = timezone.localdate() - datetime.timedelta(days=1)
    token.save()
    assert "Ended" in teacher.get(reverse("tokens")).content.decode()


def test_the_account_page_leads_there(teacher):
    assert reverse("tokens") in teacher.get(reverse("own_roles")).content.decode()


def test_a_token_never_adds_a_right(people):
    for name, user in people.items():
        reader = reader_for(user)
        for scope in Scope:
            narrowed = token_for(user, scope.value)[0].reader
            for capability in CAPABILITIES:
                assert reader.may(capability) >= narrowed.may(capability), (name, scope, capability)
                assert not narrowed.may(capability) or capability in opened_by([scope])


def test_a_token_for_some_schools_sees_no_other(people):
    reader = token_for(people["owner"], schools=("Birch",))[0].reader
    assert audience(reader).schools == {"Birch"}
    assert reader.schools_for("see_partnerships") == {"Birch"}
    assert reader.may("see_figures", "Birch")
    assert not reader.may("see_figures", "Alder")
    head = token_for(people["school_lead"], schools=("Alder",))[0].reader
    assert audience(head).schools == {"Alder"}
    elsewhere = token_for(people["teacher"], schools=("Birch",))[0].reader
    assert not elsewhere.may("see_figures")
    assert audience(elsewhere).schools == frozenset()


def test_every_scope_opens_known_capabilities_and_an_old_one_nothing():
    assert set(OPENS) == set(Scope)
    assert all(opened <= set(CAPABILITIES) for opened in OPENS.values())
    assert opened_by(["read:everything"]) == {"enter"}
    assert scopes_for(Reader(None, ((Role.RESEARCHER, ""),))) == [Scope.READ_FIGURES, Scope.READ_DATA]


@pytest.mark.parametrize("signal", [password_changed, password_reset, authenticator_removed])
def test_tokens_end_when_how_one_signs_in_changes(signal, people, rf):
    mine, _ = token_for(people["owner"])
    token_for(people["owner"])
    other, _ = token_for(people["teacher"])
    request = rf.get("/")
    request._messages = FallbackStorage(SimpleNamespace(COOKIES={}, session={}))
    signal.send(sender=User, request=request, user=people["owner"])
    assert not Token.objects.filter(user=people["owner"], revoked=None).exists()
    assert Token.objects.filter(pk=other.pk, revoked=None).exists()
    assert AuditEntry.objects.filter(kind="tokens.token", object_id=mine.pk, detail="revoked").count() == 1
    assert ["Your 2 tokens are revoked" in str(one) for one in request._messages] == [True]


def test_who_changes_the_password_is_told_that_tokens_ended(owner, people):
    _, secret = token_for(people["owner"])
    new = "a calm green orchard in May"
    given = {"oldpassword": "correct horse battery", "password1": new, "password2": new}
    page = owner.post(reverse("account_change_password"), given, follow=True).content.decode()
    assert "Your token is revoked, since how you sign in changed" in page
    assert Token.find_open(secret) is None


def test_tokens_that_ran_out_leave_room_for_a_new_one(owner, people):
    for _ in range(MOST_TOKENS):
        token, _ = token_for(people["owner"])
        Token.objects.filter(pk=token.pk).update(expires=timezone.localdate() - datetime.timedelta(days=1))
    assert just_signed_in(owner).post(reverse("token_make"), given()).status_code == 200
    assert Token.objects.open_on(timezone.localdate()).count() == 1


def test_the_cache_forgets_no_attempts_while_there_are_fewer_than_many():
    from upwards.web import settings

    assert settings.CACHES["default"]["OPTIONS"]["MAX_ENTRIES"] >= 100_000
