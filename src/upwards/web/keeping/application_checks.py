"""What is looked at in the application: its database, its configuration, its worker, its backups."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.web.accounts.unopened_steps import unopened_steps
from upwards.web.configuration import LOCAL_HOSTS
from upwards.web.controllers.models import Sharing
from upwards.web.jobs.models import Job, State
from upwards.web.keeping.erasures import still_holding
from upwards.web.keeping.findings import Finding, note
from upwards.web.keeping.models import Backup
from upwards.web.keeping.standing import database_answers, last_backup, stuck_jobs
from upwards.web.keeping.worker_place import worker_is_alive
from upwards.web.rules import rules

RECENT_DAYS = 7
MAIL_SECONDS = 5.0


def database_is_there() -> Iterator[Finding]:
    """Reachable, and brought to the steps of this version: without that nothing else can be asked."""
    if not database_answers():
        yield Finding(
            "database",
            "The database does not answer.",
            "Nobody can sign in or enter anything.",
            "With DATABASE_URL: is PostgreSQL running, are address and password right? Else: may this user "
            "read and write upwards.db?",
        )
        return
    executor = MigrationExecutor(connection)
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield Finding(
            "database",
            "The database is not at the steps of this version.",
            "Pages that need the new columns fail.",
            "Make a backup, then serve the workspace: serving brings it up to date.",
        )
    elif unknown:
        yield Finding(
            "newer database",
            f"The database took {len(unknown)} steps that this version does not know.",
            "A newer version of upwards was here; this one may damage what that one wrote.",
            "Install the newer version again, or restore a backup from before it.",
        )


def sqlite_is_sound() -> Iterator[Finding]:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        sound = cursor.execute("PRAGMA quick_check(1)").fetchone()[0]
    if mode not in ("wal", "memory"):
        yield Finding(
            "wal",
            f"SQLite writes in mode {mode!r}, not 'wal'.",
            "Readers and writers hold one another up; some disks of networks cannot do better.",
            "Put the workspace on a disk of this machine, or use PostgreSQL.",
        )
    if sound != "ok":
        yield Finding(
            "sqlite",
            "SQLite finds its file damaged.",
            "Records are lost or will be.",
            "Stop serving, then restore the newest backup with --replace.",
        )


def is_reached_safely() -> Iterator[Finding]:
    others = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]
    if others and not settings.SESSION_COOKIE_SECURE:
        yield Finding(
            "https",
            f"It answers to {len(others)} names besides this machine's own, and not by https only.",
            "Passwords and pupils' figures cross the network in the open.",
            "Put a proxy with https before it, and https = true into [web] of upwards.toml.",
        )
    if "*" in others:
        yield Finding(
            "hosts",
            "It answers to any name.",
            "A stranger can make it send links that lead elsewhere.",
            "Name the hosts one by one in allowed_hosts of [web].",
        )
    if not others and settings.SESSION_COOKIE_SECURE:
        yield Finding(
            "hosts",
            "It insists on https but answers to no name besides this machine's own.",
            "Everybody else is refused.",
            "Name the host in allowed_hosts of [web] in upwards.toml.",
        )


def deployment_checks_pass() -> Iterator[Finding]:
    """Django's own list; without https it is for this machine alone, where half of it does not apply."""
    if not settings.SESSION_COOKIE_SECURE:
        return
    for said in run_checks(include_deployment_checks=True):
        if said.level >= WARNING and not said.is_silenced():
            yield Finding(
                "deploy", f"{said.id}: {said.msg}", "Django warns of it.", said.hint or "See there."
            )


def mail_is_sent() -> Iterator[Finding]:
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        yield note(
            "mail",
            "No mail server is named.",
            "Invitations and reminders are files in the folder outbox for a day, and reach nobody.",
            "Name one in [web.email] of upwards.toml, its password in secrets/email.",
        )
        return
    try:
        socket.create_connection((settings.EMAIL_HOST, settings.EMAIL_PORT), timeout=MAIL_SECONDS).close()
    except OSError:
        yield Finding(
            "mail",
            "The mail server does not answer.",
            "Invitations, new passwords and reminders do not arrive.",
            "Check host and port in [web.email] of upwards.toml, and whether a wall stands between.",
        )


def worker_runs() -> Iterator[Finding]:
    if not worker_is_alive(settings.UPWARDS_WORKSPACE):
        yield note(
            "worker",
            "No worker runs, so the workspace is not being served.",
            "Nothing is computed or reminded of.",
            "Serve it: upwards serve, or systemctl status upwards. If it is meant so, all is well.",
        )


def jobs_get_done() -> Iterator[Finding]:
    minutes = _threshold("doctor.job_minutes")
    stuck = stuck_jobs(minutes)
    if stuck:
        yield Finding(
            "stuck jobs",
            f"{stuck} jobs have waited or run for over {minutes:.0f} minutes.",
            "Somebody waits for a page that does not come.",
            "Start serving again: what was under way is put back, three times at most.",
        )
    since = timezone.now() - datetime.timedelta(days=RECENT_DAYS)
    failed = Job.objects.filter(state=State.FAILED, ended_at__gte=since).count()
    if failed:
        yield note(
            "failed jobs",
            f"{failed} jobs failed in the last {RECENT_DAYS} days.",
            "Each told its reason to who asked for it.",
            "If they ask: the log has the kind and the place of the error, by the number of the job.",
        )


def backups_are_made() -> Iterator[Finding]:
    last, days = last_backup(), _threshold("doctor.backup_age")
    if last is None or last.made < timezone.now() - datetime.timedelta(days=days):
        said = "There is no backup." if last is None else f"The last backup is of {last.made:%d %B %Y}."
        yield Finding(
            "backup",
            said,
            "If this disk fails, everything since is lost.",
            "Run upwards backup now, and each night: see deploy/upwards-backup.timer.",
        )
    missing = sum(1 for one in Backup.objects.filter(removed=None) if not one.path.is_file())
    if missing:
        yield note(
            "lost backups",
            f"{missing} backups are not where they were written.",
            "They were moved, or their disk is not there now; people erased since may still be in them.",
            "Where they were moved, remove them when they are over (backups.keep_days).",
        )


def erasure_reaches_backups() -> Iterator[Finding]:
    """Not wrong: they expire, and restoring erases again; but who asks must be told when."""
    days = int(_threshold("backups.keep_days"))
    for one, n in still_holding():
        until = one.made + datetime.timedelta(days=days)
        yield note(
            "erased in backups",
            f"{one.name} is older than {n} erasures.",
            "It may still hold whom they removed; restoring it erases them again.",
            f"It is removed on {until:%d %B %Y}. To be rid of them sooner, make a new backup and delete it.",
        )


def agreements_are_reviewed() -> Iterator[Finding]:
    today = timezone.localdate()
    overdue = Sharing.objects.in_force(today).filter(review_on__lt=today).count()
    if overdue:
        yield Finding(
            "agreements",
            f"{overdue} sharing agreements between controllers are past the day of their review.",
            "Data are shared under words that nobody has looked at since.",
            "Whoever signs for the controller reviews them, and signs anew or withdraws.",
        )


def second_steps_open() -> Iterator[Finding]:
    """Seeds are locked with the signing key; under another one no code fits."""
    people = len({one.user_id for one in unopened_steps()})
    if people:
        yield Finding(
            "second steps",
            f"The second steps of {people} people do not open with the present secrets/signing.key.",
            "No code of their apps fits, nor a recovery code: who has no passkey cannot sign in.",
            "Put the secrets/signing.key of before back and start serving again. If it is lost: upwards "
            "doctor --remove-unopened-steps. Then a password is enough, so have new ones set up at once.",
        )


def _threshold(name: str) -> float:
    try:
        return rules().number(name)
    except UserError:  # said by the check of the workspace
        return Settings.load().number(name)


APPLICATION_CHECKS = (
    sqlite_is_sound,
    is_reached_safely,
    deployment_checks_pass,
    mail_is_sent,
    worker_runs,
    jobs_get_done,
    backups_are_made,
    erasure_reaches_backups,
    agreements_are_reviewed,
    second_steps_open,
)
