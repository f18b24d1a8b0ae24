"""The doctor says what is wrong, why it matters and what to do; nothing about any person."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from upwards.cli import doctor_command
from upwards.core.errors import UserError
from upwards.web.controllers.models import Controller, Kind, Sharing
from upwards.web.jobs.models import Job, State
from upwards.web.keeping import application_checks, doctor, machine_checks
from upwards.web.keeping.findings import Finding
from upwards.web.keeping.models import Backup
from upwards.web.secret_files import make_secrets
from upwards.web.trail.models import What, write_entry


@pytest.fixture
def workspace(trust_workspace, tmp_path, settings) -> Path:
    folder = tmp_path / "trust"
    shutil.copytree(trust_workspace, folder)
    settings.UPWARDS_WORKSPACE = folder
    settings.ALLOWED_HOSTS = ["localhost"]
    return folder


@pytest.fixture
def examined(db, workspace, monkeypatch):
    """Look at everything, in this process, whose Django is pointed at the workspace already."""
    monkeypatch.setattr(doctor, "point_at", lambda folder: None)

    def look() -> dict[str, Finding]:
        return {one.name: one for one in doctor.examine(workspace).findings}

    return look


def a_backup(folder: Path, days: float = 0) -> Backup:
    (folder / "b.zip").write_text("x")
    made = timezone.now() - datetime.timedelta(days=days)
    return Backup.objects.create(made=made, folder=str(folder), name="b.zip", size=1, sha256="0")


def test_a_sound_installation_only_has_things_to_look_at(examined, tmp_path):
    a_backup(tmp_path)
    found = examined()
    assert not [one for one in found.values() if one.is_wrong]
    assert set(found) == {"mail", "worker"}
    assert all(one.what and one.why and one.mend for one in found.values())


def test_no_backup_and_an_old_one_are_wrong(examined, tmp_path):
    assert examined()["backup"].what == "There is no backup."
    made = a_backup(tmp_path, days=3)
    assert "The last backup is of" in examined()["backup"].what
    made.path.unlink()
    assert examined()["lost backups"].is_wrong is False


def test_whom_a_backup_still_holds_is_counted_not_named(examined, tmp_path):
    a_backup(tmp_path, days=1)
    write_entry(What.DID, "erasure", "person 77")
    said = examined()["erased in backups"]
    assert "older than 1 erasures" in said.what
    assert "77" not in f"{said.what}{said.why}{said.mend}".replace(said.mend, "")


def test_files_that_others_can_read_are_found(examined, workspace):
    (workspace / "secrets").mkdir()
    (workspace / "secrets" / "signing.key").write_text("x")
    (workspace / "secrets" / "signing.key").chmod(0o644)
    assert examined()["modes"].mend == "chmod 600 secrets/signing.key"


def test_a_changed_table_and_settings_out_of_range_are_found(examined, workspace):
    table = next((workspace / "snapshots").glob("*/results.parquet"))
    table.write_bytes(table.read_bytes() + b"x")
    with (workspace / "upwards.toml").open("a") as file:
        file.write("\n[settings]\nbright_spot.certainty = 7\n")
    whats = [one.what for one in doctor.examine(workspace).findings if one.name == "workspace"]
    assert any("not the file that was written" in one for one in whats)
    assert any("bright_spot.certainty" in one for one in whats)


def test_a_workspace_that_cannot_be_opened_further_is_one_finding(monkeypatch, workspace):
    def refuse(folder):
        raise UserError("No.")

    monkeypatch.setattr(machine_checks, "check_workspace", refuse)
    assert [one.what for one in machine_checks.workspace_is_whole(workspace)] == ["No."]


def test_a_configuration_that_cannot_be_read_ends_the_search(monkeypatch, workspace):
    def refuse(folder):
        raise UserError("[web] knows no 'colour'.")

    monkeypatch.setattr(doctor, "point_at", refuse)
    found = doctor.examine(workspace)
    assert found.findings[-1].name == "configuration"
    assert found.to_dict()["checks"] == found.n_checks


def test_libraries_are_compared_with_the_lock_or_with_what_is_asked_for(monkeypatch, workspace, tmp_path):
    assert not list(machine_checks.libraries_are_those_tested(workspace))
    lock = tmp_path / "web.txt"
    lock.write_text(
        "django==1.0 \\\n    --hash=sha256:0\nnot-there==2.0\ncolorama==9 ; sys_platform == 'win32' \\\n"
    )
    monkeypatch.setattr(machine_checks, "LOCK", lock)
    whats = [one.what for one in machine_checks.libraries_are_those_tested(workspace)]
    assert len(whats) == 2
    assert "not-there is not installed; ==2.0 was tested." in whats
    monkeypatch.setattr(machine_checks, "LOCK", tmp_path / "none")
    assert not list(machine_checks.libraries_are_those_tested(workspace))


def test_an_old_python_a_full_disk_and_a_wrong_clock_are_found(monkeypatch, workspace):
    monkeypatch.setattr(machine_checks, "OLDEST_PYTHON", (9, 0))
    assert len(list(machine_checks.python_is_new_enough(workspace))) == 1
    monkeypatch.setattr(machine_checks, "_setting", lambda folder, name: 1.1)
    assert "of the disk is free" in next(machine_checks.disk_has_room(workspace)).what
    monkeypatch.setattr(machine_checks, "FIRST_YEAR", 9999)
    assert next(machine_checks.clock_is_set(workspace)).name == "clock"
    (workspace.parent / ".restoring-1-trust").mkdir()
    assert next(machine_checks.nothing_is_left_over(workspace)).name == "left over"


def test_https_and_hosts_go_together(settings):
    def names() -> set[str]:
        return {one.name for one in application_checks.is_reached_safely()}

    settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE = ["localhost", "school.example"], False
    assert names() == {"https"}
    settings.SESSION_COOKIE_SECURE = True
    assert not names()
    settings.ALLOWED_HOSTS = ["localhost"]
    assert names() == {"hosts"}
    settings.ALLOWED_HOSTS = ["*"]
    assert names() == {"hosts"}


def test_what_django_warns_of_is_passed_on(settings, db):
    settings.SESSION_COOKIE_SECURE = True
    settings.DEBUG = True
    assert any("security.W018" in one.what for one in application_checks.deployment_checks_pass())
    settings.SESSION_COOKIE_SECURE = False
    assert not list(application_checks.deployment_checks_pass())


def test_a_mail_server_is_tried(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.create_server(("127.0.0.1", 0)) as server:
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.getsockname()
        assert not list(application_checks.mail_is_sent())
    assert next(application_checks.mail_is_sent()).is_wrong


def test_stuck_and_failed_jobs_are_counted(examined):
    long_ago = timezone.now() - datetime.timedelta(hours=3)
    Job.objects.create(question="answer", key="a", state=State.RUNNING, started_at=long_ago)
    Job.objects.create(question="answer", key="b", state=State.FAILED, ended_at=timezone.now())
    found = examined()
    assert found["stuck jobs"].is_wrong
    assert "1 jobs failed" in found["failed jobs"].what


def test_a_sharing_agreement_past_its_review_is_found(examined, people):
    today, week = timezone.localdate(), datetime.timedelta(days=7)
    ours, theirs = Controller.own("Orchard"), Controller.objects.create(name="Elm", kind=Kind.TRUST)
    Sharing.objects.create(
        giver=ours, receiver=theirs, kinds=["results"], purpose="x", legal_basis="y", reference="z",
        starts=today - 3 * week, ends=today + week, review_on=today - week,
        giver_at=timezone.now(), receiver_at=timezone.now(),
    )  # fmt: skip
    assert examined()["agreements"].what.startswith("1 sharing agreements")


def test_no_second_step_is_removed_while_the_signing_key_is_away(workspace):
    with pytest.raises(UserError, match="has no secrets/signing.key"):
        doctor.remove_unopened_steps_of(workspace)


def test_no_second_step_is_removed_from_a_database_that_is_not_brought_up_to_date(examined, workspace):
    make_secrets(workspace)
    assert doctor.remove_unopened_steps_of(workspace) == 0
    MigrationRecorder.Migration.objects.filter(app="trail").delete()
    with pytest.raises(UserError, match=r"not at the steps of this version\. Nothing was removed"):
        doctor.remove_unopened_steps_of(workspace)


def test_a_database_of_a_newer_version_and_one_left_behind_are_found(examined):
    MigrationRecorder.Migration.objects.create(app="accounts", name="9999_later")
    assert examined()["newer database"].is_wrong
    MigrationRecorder.Migration.objects.filter(app="trail").delete()
    assert examined()["database"].what == "The database is not at the steps of this version."


def test_a_database_that_is_away_ends_the_search(examined, monkeypatch):
    monkeypatch.setattr(application_checks, "database_answers", lambda: False)
    assert examined()["database"].what == "The database does not answer."


def test_what_was_removed_is_not_said_amid_the_json(workspace, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "remove_unopened_steps_of", lambda folder: 2)
    monkeypatch.setattr(doctor, "examine", lambda folder: doctor.Examination(1, ()))
    with pytest.raises(typer.Exit):
        doctor_command.doctor(workspace, as_json=True, remove_unopened_steps=True)
    said = capsys.readouterr()
    assert json.loads(said.out)["findings"] == []
    assert "second steps of 2 people" in said.err


@pytest.mark.skipif("UPWARDS_TEST_POSTGRES" in os.environ, reason="looks at SQLite's file")
def test_the_command_says_it_in_lines_and_in_json_and_ends_with_one(workspace):
    sqlite3.connect(workspace / "upwards.db").close()
    passed_on = {
        name: text for name, text in os.environ.items() if not name.startswith(("DJANGO_", "UPWARDS_"))
    }
    command = [sys.executable, "-m", "upwards", "doctor", str(workspace)]
    done = subprocess.run([*command, "--json"], env=passed_on, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    said = json.loads(done.stdout)
    assert said["schema"] == "upwards.doctor/1"
    assert {"name", "what", "why", "mend", "is_wrong"} == set(said["findings"][0])
    assert "database" in {one["name"] for one in said["findings"]}
    done = subprocess.run(command, env=passed_on, capture_output=True, text=True, check=False)
    assert "WRONG: The database is not at the steps" in done.stdout
    assert "   do:  Make a backup" in done.stdout
