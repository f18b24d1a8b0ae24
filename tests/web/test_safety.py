"""What a browser is told, what is logged, what is left on the disk."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import send_mail
from django.core.management import call_command
from django.urls import reverse

from upwards.web import settings as settings_module
from upwards.web.configuration import Configuration, WrongConfiguration
from upwards.web.jobs.registry import find_work
from upwards.web.outbox import KEPT_SECONDS, purge_outbox
from upwards.web.request_log import JsonLines
from upwards.web.secret_files import SIGNING_KEY, make_secrets, read_secret

OPEN = ("account_login", "account_reset_password", "healthz")


@pytest.mark.django_db
@pytest.mark.parametrize("route", OPEN)
def test_no_page_lets_a_browser_run_or_load_what_is_not_ours(stranger, route):
    answer = stranger.get(reverse(route))
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == (
        "'none'",
        "'self'",
        "'self'",
    )
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.django_db
def test_what_a_person_sees_is_not_kept_on_the_way(owner):
    assert "private" in owner.get(reverse("own_roles")).headers["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "route",
    [
        *("people", "own_person", "my_classes", "held", "own_held", "trail"),
        *("monday", "programmes", "innovation", "reviews", "practice", "sharings", "system_health"),
        *("partnerships", "invitations", "tokens", "account_email", "kept"),
    ],
)
def test_what_is_about_persons_is_not_kept_by_the_browser_either(owner, route):
    assert "no-store" in owner.get(reverse(route)).headers["Cache-Control"]


@pytest.mark.django_db
def test_a_page_of_figures_may_be_asked_for_again(owner):
    assert owner.get(reverse("data")).headers["Cache-Control"] == "private, no-cache"


@pytest.mark.django_db
def test_what_is_nowhere_is_not_kept_by_the_browser(owner):
    assert owner.get("/no-such-page/").headers["Cache-Control"] == "private, no-store"


def test_no_browser_s_own_list_is_bound_by_us():
    assert settings_module.SECURE_HSTS_PRELOAD is False


def test_messages_that_were_not_mailed_lie_there_for_a_day(tmp_path, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "upwards.web.outbox.Outbox", tmp_path / "outbox"
    assert purge_outbox() == 0
    assert send_mail("A link", "https://here.test/", None, ["mary@orchard.test"]) == 1
    (sent,) = settings.EMAIL_FILE_PATH.iterdir()
    old = sent.rename(sent.with_name("earlier.log"))
    assert purge_outbox() == 0
    yesterday = time.time() - KEPT_SECONDS - 60
    os.utime(old, (yesterday, yesterday))
    send_mail("Another", "https://here.test/", None, ["mary@orchard.test"])
    (new,) = settings.EMAIL_FILE_PATH.iterdir()
    assert new != old
    os.utime(new, (yesterday, yesterday))
    assert find_work("remove-old-messages")({}, lambda *said: None) == 1


@pytest.mark.django_db
def test_machines_figures_are_for_the_machine_itself(stranger):
    assert stranger.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


@pytest.mark.django_db
def test_errors_have_pages_of_their_own(owner, stranger):
    missing = owner.get("/no-such-page/")
    assert (missing.status_code, b"There is no such page" in missing.content) == (404, True)
    refused = owner.get("/invitations/1/withdraw/")
    assert refused.status_code == 405


@pytest.mark.django_db
def test_a_fault_of_ours_is_told_without_its_details(owner, monkeypatch):
    monkeypatch.setattr("upwards.web.navigation.menu_of", lambda *_: 1 / 0)
    monkeypatch.setattr("upwards.web.surroundings.menu_of", lambda *_: 1 / 0)
    answer = owner.get(reverse("own_roles"))
    assert (answer.status_code, b"Something went wrong" in answer.content) == (500, True)
    assert b"ZeroDivision" not in answer.content


@pytest.mark.django_db
def test_rows_and_migrations_are_in_step():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_deployment_behind_https_has_nothing_left_to_warn_of(tmp_path):
    make_secrets(tmp_path)
    place = {
        "UPWARDS_WORKSPACE": str(tmp_path),
        "UPWARDS_HTTPS": "1",
        "DJANGO_SETTINGS_MODULE": "upwards.web.settings",
    }
    command = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "INFO"]
    done = subprocess.run(command, env={**os.environ, **place}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_secrets_are_made_once_and_read_by_nobody_else(tmp_path):
    make_secrets(tmp_path)
    first = read_secret(tmp_path, SIGNING_KEY)
    make_secrets(tmp_path)
    assert first is not None
    assert len(first) > 50
    assert read_secret(tmp_path, SIGNING_KEY) == first
    path = tmp_path / "secrets" / SIGNING_KEY
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path.parent)] == [0o600, 0o700]


def test_the_table_web_decides_and_the_environment_wins(tmp_path):
    (tmp_path / "upwards.toml").write_text(
        '[web]\nallowed_hosts = ["trust.example"]\nhttps = true\nsession_hours = 2\n'
        '[[web.oidc]]\nid = "entra"\nname = "Microsoft"\nclient_id = "c"\nserver_url = "https://house.example"\n'
    )
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "oidc-entra").write_text("hush\n")
    found = Configuration.read(
        {"UPWARDS_WORKSPACE": str(tmp_path), "UPWARDS_ALLOWED_HOSTS": "a.example, b.example"}
    )
    assert found.allowed_hosts[-3:] == ("trust.example", "a.example", "b.example")
    assert (found.https, found.session_hours) == (True, 2.0)
    assert found.oidc_apps[0]["secret"] == "hush"
    assert not Configuration.read({"UPWARDS_WORKSPACE": str(tmp_path), "UPWARDS_HTTPS": "0"}).https


HOUSE = '[[web.oidc]]\nid = "a"\nname = "A"\nclient_id = "c"\nserver_url = "{}"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\nalowed_hosts = []", "did you mean 'allowed_hosts'"),
        ("[web", "cannot be read"),
        ('[[web.oidc]]\nid = "entra"', "lacks name, client_id, server_url"),
        (HOUSE.format("http://house.example"), "must begin with https"),
        (HOUSE.format("https://login.microsoftonline.com/common/v2.0"), "lets in every organisation"),
    ],
)
def test_a_mistake_in_the_table_is_told_with_its_remedy(tmp_path, text, said):
    (tmp_path / "upwards.toml").write_text(text)
    with pytest.raises(WrongConfiguration, match=said):
        Configuration.read({"UPWARDS_WORKSPACE": str(tmp_path)})


def test_the_log_never_quotes_what_was_filled_in():
    try:
        raise ValueError("pupil P1 scored 3")
    except ValueError:
        info = sys.exc_info()
    record = logging.LogRecord(
        "x", logging.ERROR, __file__, 1, "could not read %s", ("mary@orchard.test",), info
    )
    said = JsonLines().format(record)
    assert "mary" not in said
    assert "P1" not in said
    assert json.loads(said)["error"] == "ValueError"


@pytest.mark.django_db
def test_a_stranger_fills_no_disk_with_a_form_that_takes_no_file(stranger, monkeypatch):
    def spooled(*given):
        raise AssertionError("something was written to the disk")

    monkeypatch.setattr("django.core.files.uploadedfile.TemporaryUploadedFile.__init__", spooled)
    large = SimpleUploadedFile("a.bin", b"0" * 30_000_000)
    start = time.perf_counter()
    assert stranger.post(reverse("account_login"), {"login": "a", "file": large}).status_code == 400
    assert time.perf_counter() - start < 5
    small = SimpleUploadedFile("a.bin", b"0" * 1_000_000)
    answer = stranger.post(reverse("account_login"), {"login": "a", "file": small})
    assert answer.status_code == 200
    assert not answer.wsgi_request.FILES
