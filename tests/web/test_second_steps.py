"""Second steps that fail are in the trail, like passwords that fail."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
CREDENTIAL = {
    "type": "public-key", "id": "bm9ib2R5", "rawId": "bm9ib2R5", "clientExtensionResults": {},
    "response": {
        "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "userHandle": "MQ",
    },
}  # fmt: skip


def failures() -> list[tuple[str, str]]:
    found = AuditEntry.objects.filter(kind="sign-in", detail__startswith="failed").order_by("pk")
    return [(one.object_id, one.detail) for one in found]


def password(client) -> None:
    given = {"login": "mary@orchard.test", "password": "correct horse battery"}
    assert client.post(reverse("account_login"), given).headers["Location"].startswith("/account/2fa/")


def test_a_wrong_code_is_written_down(appointed, client):
    mary = appointed("mary")
    TOTP.activate(mary, generate_totp_secret())
    password(client)
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert failures() == [(str(mary.pk), "failed, code")]
    assert client.get(reverse("home")).headers["Location"].startswith("/account/login/")


def test_a_wrong_passkey_after_the_password_is_written_down(appointed, client):
    mary = appointed("mary")
    TOTP.activate(mary, generate_totp_secret())
    password(client)
    client.get(reverse("mfa_authenticate"))
    client.post(reverse("mfa_authenticate"), {"credential": json.dumps(CREDENTIAL)})
    assert failures() == [(str(mary.pk), "failed, passkey")]
    assert Authenticator.objects.filter(user=mary).count() == 1


def test_a_passkey_that_nobody_has_is_written_down_without_a_name(appointed, client):
    appointed("mary")
    client.get(reverse("mfa_login_webauthn"))
    client.post(reverse("mfa_login_webauthn"), {"credential": json.dumps(CREDENTIAL)})
    assert failures() == [("", "failed, passkey")]
