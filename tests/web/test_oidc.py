"""Sign-in by another house, against a real provider of OpenID Connect on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from upwards.web.accounts.house_sign_in import HouseGone
from upwards.web.accounts.models import Invitation, User
from upwards.web.configuration import Configuration
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

# The provider is built on parts of authlib that it announces to move: https://github.com/authlib/authlib/issues/744
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::authlib.deprecate.AuthlibDeprecationWarning"),
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),
]
KEY = "not the provider's key, which is not looked at where the token comes straight from it"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The provider's address."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
        import oidc_provider_mock

        with oidc_provider_mock.run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture
def house(address: str, settings) -> Callable[..., None]:
    """Let the provider know people by number: ``house("7", email=…, email_verified=True)``."""
    table = {"id": "house", "name": "House", "client_id": "upwards", "secret": "s", "server_url": address}
    use(settings, table)

    def known(number: str, **claims: Any) -> None:
        requests.put(f"{address}/users/{number}", json=claims, timeout=5).raise_for_status()

    return known


def use(settings, table: dict[str, Any]) -> None:
    apps = Configuration(settings.UPWARDS_WORKSPACE, "", oidc=(table,)).oidc_apps
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": apps}}


def begin(client: Client) -> str:
    """Go to the provider, and return where it asks who one is."""
    sent = client.post(reverse("openid_connect_login", args=["house"]))
    assert sent.status_code == 302
    return sent.headers["Location"]


def allow(where: str, number: str) -> str:
    """Say at the provider who one is, and return the way back."""
    answer = requests.post(where, data={"sub": number}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def sign_in(client: Client, number: str):
    return client.get(allow(begin(client), number))


def is_in(client: Client) -> str:
    """Return the e-mail of who is signed in; blank for nobody."""
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).email if key else ""


def failures() -> int:
    return AuditEntry.objects.filter(kind="sign-in", detail="failed, another house").count()


def test_what_is_asked_of_the_house_has_state_nonce_and_a_proof_of_the_code(house, client):
    asked = parse_qs(urlsplit(begin(client)).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) > 30
    assert asked["state"] != asked["nonce"]
    begun = client.post(
        reverse("openid_connect_login", args=["house"]) + "?auth_params=nonce%3Dmine&scope=all"
    )
    again = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert again["nonce"] != ["mine"]
    assert set(again["scope"][0].split()) == {"openid", "profile", "email"}


def test_a_known_person_comes_in_and_is_linked_by_number(house, client, appointed):
    mary = appointed("mary", Role.COACH, "Alder")
    house("m1", email="Mary@orchard.test", email_verified=True)
    assert sign_in(client, "m1").status_code == 302
    assert is_in(client) == mary.email
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.provider, linked.uid) == (mary, "house", "m1")
    assert AuditEntry.objects.filter(kind="sign-in", who=mary, detail="").exists()


def test_an_invited_person_comes_in_with_the_role(house, client):
    Invitation.make(role=Role.TEACHER, school="Cedar", email="nia@orchard.test")
    house("n1", email="nia@orchard.test", email_verified=True, name="Nia Field " + "x" * 200)
    assert sign_in(client, "n1").status_code == 302
    nia = User.objects.get(email="nia@orchard.test")
    assert is_in(client) == nia.email
    assert [(one.role, one.school) for one in nia.appointments.all()] == [("teacher", "Cedar")]
    assert nia.name.startswith("Nia Field")
    assert not nia.has_usable_password()
    assert EmailAddress.objects.get(user=nia).verified


def test_somebody_unknown_is_refused(house, client):
    house("x1", email="nobody@elsewhere.test", email_verified=True)
    answer = sign_in(client, "x1")
    assert "invit" in answer.content.decode().lower()
    assert is_in(client) == ""
    assert not User.objects.exists()
    assert failures() == 1


@pytest.mark.parametrize("said", [{}, {"email_verified": False}, {"email_verified": "false"}])
def test_an_e_mail_that_the_house_has_not_verified_opens_nothing(house, client, appointed, said):
    appointed("mary", Role.COACH, "Alder")
    Invitation.make(role=Role.OWNER, email="nia@orchard.test")
    for number, email in (("f1", "mary@orchard.test"), ("f2", "nia@orchard.test")):
        house(number, email=email, **said)
        sign_in(client, number)
        assert is_in(client) == ""
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1


def test_a_house_of_one_s_own_vouches_for_its_domains_only(house, client, appointed, settings, address):
    use(settings, {"id": "house", "name": "House", "client_id": "upwards", "secret": "s",
                   "server_url": address, "email_domains": ["orchard.test"]})  # fmt: skip
    mary = appointed("mary", Role.COACH, "Alder")
    User.objects.create_user("ann@elsewhere.test", "correct horse battery")
    house("d1", email="ann@elsewhere.test")
    sign_in(client, "d1")
    assert is_in(client) == ""
    house("d2", email="mary@orchard.test")
    sign_in(client, "d2")
    assert is_in(client) == mary.email


def test_an_invitation_that_is_over_or_withdrawn_opens_nothing(house, client, people):
    invitation, _ = Invitation.make(
        role=Role.TEACHER, school="Cedar", email="nia@orchard.test", invited_by=people["owner"]
    )
    people["owner"].appointments.all().delete()  # who invited may no longer
    house("n2", email="nia@orchard.test", email_verified=True)
    sign_in(client, "n2")
    assert is_in(client) == ""
    assert invitation.accepted is None


def test_an_e_mail_changed_at_the_house_takes_nobody_over(house, appointed):
    mary, bob = appointed("mary", Role.COACH, "Alder"), appointed("bob", Role.OWNER)
    house("m2", email=mary.email, email_verified=True)
    first, second = Client(), Client()
    sign_in(first, "m2")
    house("m2", email=bob.email, email_verified=True)
    sign_in(second, "m2")
    assert is_in(second) == mary.email
    assert SocialAccount.objects.get().user == mary


def test_an_e_mail_given_to_somebody_else_at_the_house_opens_no_earlier_account(house, appointed):
    bob = appointed("bob", Role.OWNER)
    house("b1", email=bob.email, email_verified=True)
    sign_in(Client(), "b1")
    house("b2", email=bob.email, email_verified=True)  # another person, the same address
    later = Client()
    sign_in(later, "b2")
    assert is_in(later) == ""
    assert SocialAccount.objects.get().uid == "b1"


def test_who_is_no_longer_active_is_not_let_in(house, client, appointed):
    mary = appointed("mary", Role.COACH, "Alder")
    house("m3", email=mary.email, email_verified=True)
    sign_in(client, "m3")
    client.logout()
    mary.is_active = False
    mary.save()
    sign_in(client, "m3")
    assert is_in(client) == ""


def write_anew(monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]) -> None:
    """Have the house's token carry other claims."""
    given = OAuth2Client.get_access_token

    def tampered(self: OAuth2Client, *args: Any, **kwargs: Any) -> dict[str, Any]:
        found = given(self, *args, **kwargs)
        claims = jwt.decode(found["id_token"], options={"verify_signature": False})
        return {**found, "id_token": jwt.encode({**claims, **changed}, KEY, "HS256")}

    monkeypatch.setattr(OAuth2Client, "get_access_token", tampered)


def test_a_token_written_anew_with_the_same_claims_is_taken(house, client, appointed, monkeypatch):
    mary = appointed("mary", Role.COACH, "Alder")
    house("m9", email=mary.email, email_verified=True)
    write_anew(monkeypatch, {})  # what the next test changes is what is refused
    sign_in(client, "m9")
    assert is_in(client) == mary.email


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://another.house.test"},
        {"aud": "another application"},
        {"exp": time.time() - 60},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": "somebody else"},
    ],
)
def test_a_token_that_is_wrong_or_over_is_refused(house, client, appointed, monkeypatch, wrong):
    appointed("mary", Role.COACH, "Alder")
    house("m4", email="mary@orchard.test", email_verified=True)
    write_anew(monkeypatch, wrong)
    assert sign_in(client, "m4").status_code in (200, 401, 403)
    assert is_in(client) == ""
    assert not SocialAccount.objects.exists()
    assert failures() == 1


def test_without_its_token_nobody_is_let_in(house, client, appointed, monkeypatch):
    appointed("mary", Role.COACH, "Alder")
    house("m5", email="mary@orchard.test", email_verified=True)
    given = OAuth2Client.get_access_token
    monkeypatch.setattr(
        OAuth2Client, "get_access_token",
        lambda self, *args, **kwargs: {**given(self, *args, **kwargs), "id_token": None},
    )  # fmt: skip
    sign_in(client, "m5")
    assert is_in(client) == ""


def test_a_way_back_that_another_browser_began_is_refused(house, appointed):
    appointed("mary", Role.COACH, "Alder")
    house("m6", email="mary@orchard.test", email_verified=True)
    way_back = allow(begin(Client()), "m6")
    victim = Client()
    victim.get(way_back)
    assert is_in(victim) == ""


def test_a_code_is_used_once(house, appointed):
    appointed("mary", Role.COACH, "Alder")
    house("m7", email="mary@orchard.test", email_verified=True)
    client = Client()
    way_back = allow(begin(client), "m7")
    client.get(way_back)
    client.logout()
    client.get(way_back)
    assert is_in(client) == ""


def test_the_house_that_says_no_or_is_not_there_lets_nobody_in(house, client, settings):
    denied = requests.post(begin(client), data={"action": "deny"}, allow_redirects=False, timeout=5)
    back = urlsplit(denied.headers["Location"])
    assert client.get(f"{back.path}?{back.query}").status_code in (200, 302, 401)
    assert is_in(client) == ""
    use(settings, {"id": "house", "name": "House", "client_id": "upwards", "secret": "s",
                   "server_url": "http://localhost:1"})  # fmt: skip
    answer = client.post(reverse("openid_connect_login", args=["house"]))
    assert answer.status_code in (200, 401)


def test_signing_out_ends_the_session_here(house, client, appointed):
    mary = appointed("mary", Role.COACH, "Alder")
    house("m8", email=mary.email, email_verified=True)
    sign_in(client, "m8")
    assert client.get(reverse("own_roles")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302
    assert is_in(client) == ""
    assert client.get(reverse("own_roles")).status_code == 302


def test_the_page_of_signing_in_names_the_house(house, client):
    page = client.get(reverse("account_login")).content.decode()
    assert "House" in page
    assert reverse("openid_connect_login", args=["house"]) in page


def test_a_house_that_is_gone_when_one_comes_back_is_told_on_a_calm_page(house, appointed, settings):
    appointed("mary", Role.COACH, "Alder")
    house("g1", email="mary@orchard.test", email_verified=True)
    client = Client(raise_request_exception=False)
    ways = [allow(begin(client), "g1") for _ in range(2)]
    use(settings, {"id": "house", "name": "House", "client_id": "upwards", "secret": "s",
                   "server_url": "http://localhost:1"})  # fmt: skip
    not_there = client.get(ways[0])
    assert not_there.status_code == 401
    assert failures() == 1
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    removed = client.get(ways[1])
    assert removed.status_code == 404
    assert "There is no such page" in removed.content.decode()
    assert is_in(client) == ""


def test_who_is_linked_with_a_house_that_was_removed_still_sees_the_own_pages(house, appointed, settings):
    mary = appointed("mary", Role.COACH, "Alder")
    house("g2", email="mary@orchard.test", email_verified=True)
    client = Client(raise_request_exception=False)
    sign_in(client, "g2")
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert is_in(client) == mary.email
    for route in ("monday", "socialaccount_connections", "account_email"):
        assert client.get(reverse(route)).status_code == 200, route


def test_a_fault_elsewhere_in_what_is_asked_of_others_is_not_taken_for_a_sign_in(rf):
    request = rf.get("/")
    assert HouseGone(HttpResponse).process_exception(request, requests.ConnectionError()) is None
