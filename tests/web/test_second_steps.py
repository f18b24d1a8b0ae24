"""Second steps that fail are in the trail, like passwords that fail."""

from __future__ import annotations

import json
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.urls import reverse

from upwards.web.accounts.locked_steps import LockedSteps
from upwards.web.accounts.unopened_steps import remove_unopened, unopened_steps
from upwards.web.keeping.application_checks import second_steps_open
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


def test_a_seed_lies_locked_and_plain_ones_from_before_still_open(appointed):
    mary = appointed("mary")
    seed = generate_totp_secret()
    kept = TOTP.activate(mary, seed).instance
    assert seed not in json.dumps(kept.data)
    assert LockedSteps().decrypt(kept.data["secret"]) == seed
    assert LockedSteps().decrypt(seed) == seed
    now = int(time.time()) // 30
    codes_now = [format_hotp_value(hotp_value(seed, one)) for one in (now, now + 1)]
    assert any(TOTP(kept).validate_code(one) for one in codes_now)
    codes = RecoveryCodes.activate(mary)
    assert codes.instance.data["seed"].startswith("locked1:")
    assert codes.validate_code(codes.generate_codes()[0])


def test_with_another_signing_key_no_code_fits_and_nothing_breaks(appointed, settings):
    seed = generate_totp_secret()
    kept = TOTP.activate(appointed("mary"), seed).instance
    settings.SECRET_KEY = "another" * 10
    now = int(time.time()) // 30
    assert not TOTP(kept).validate_code(format_hotp_value(hotp_value(seed, now)))
    assert LockedSteps().decrypt("locked1:no base64") != seed


def test_what_another_signing_key_locked_is_counted_and_removed_on_demand(appointed, settings):
    mary, tom = appointed("mary"), appointed("tom")
    TOTP.activate(mary, generate_totp_secret())
    RecoveryCodes.activate(mary)
    Authenticator.objects.create(user=mary, type=Authenticator.Type.WEBAUTHN, data={"name": "key"})
    assert not unopened_steps()
    assert list(second_steps_open()) == []
    settings.SECRET_KEY = "another" * 10
    kept = TOTP.activate(tom, generate_totp_secret()).instance
    (found,) = second_steps_open()
    assert found.is_wrong
    assert "of 1 people" in found.what
    assert "--remove-unopened-steps" in found.mend
    assert remove_unopened() == 1
    left = Authenticator.objects.exclude(pk=kept.pk)
    assert [(one.user, one.type) for one in left] == [(mary, Authenticator.Type.WEBAUTHN)]
    entry = AuditEntry.objects.get(kind="second step")
    assert (entry.object_id, entry.detail) == (str(mary.pk), "removed: another signing key")
    assert (remove_unopened(), list(second_steps_open())) == (0, [])


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
