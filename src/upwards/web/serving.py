"""Serving a workspace: prepare it, start the server and the worker, stop both in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

import django
from django.conf import settings
from django.core.management import call_command

from upwards.actions.describe_workspace import describe_workspace
from upwards.web.secret_files import make_secrets

Say = Callable[[str], None]

PROCESSES, THREADS = 2, 8
KEEP_ALIVE_SECONDS = 30
GRACE_SECONDS = 20.0
WATCH_SECONDS = 0.5


def serve(
    workspace: Path, *, host: str, port: int, https: bool, say: Say, once: Callable[[], None] | None = None
) -> int:
    """Serve until interrupted, and return the exit code.

    Parameters
    ----------
    workspace
        Its folder.
    host, port, https
        Where to listen, and whether a proxy before it speaks https.
    say
        Told what is going on, line by line.
    once
        Called when the server answers; then serving ends. For demonstrations and tests.
    """
    address = prepare(workspace, host=host, port=port, https=https)
    return serve_prepared(address, host=host, port=port, say=say, once=once)


def serve_prepared(
    address: str,
    *,
    host: str,
    port: int,
    say: Say,
    once: Callable[[], None] | None = None,
    log: Path | None = None,
) -> int:
    """Serve what `prepare` has made ready; see `serve`. The log goes to a file, or to where errors go."""
    remove_old_messages()
    begin_what_is_daily()
    link = first_owner_link(address)
    if link is not None:
        say(f"No owner yet. Open this link once to become it: {link}")
    say(f"Serving {settings.UPWARDS_WORKSPACE} on {address}/ . Stop with Ctrl-C.")
    if log is None:
        return _Household(host, port).run(once)
    with log.open("ab") as file:
        return _Household(host, port, file).run(once)


def prepare(workspace: Path, *, host: str, port: int, https: bool) -> str:
    """Make secrets, set Django up, bring the database and the static files up to date."""
    folder = workspace.expanduser().absolute()
    describe_workspace(folder)  # refuses what is not a workspace, in its own words
    make_secrets(folder)
    os.umask(0o077)  # the database and all that is written are readable by nobody else
    os.environ["UPWARDS_WORKSPACE"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "upwards.web.settings"
    if https:
        os.environ["UPWARDS_HTTPS"] = "1"
    if host not in ("0.0.0.0", "::"):
        known = os.environ.get("UPWARDS_ALLOWED_HOSTS", "")
        os.environ["UPWARDS_ALLOWED_HOSTS"] = ",".join(filter(None, [known, host]))
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    shown = host if host not in ("0.0.0.0", "::") else "localhost"
    if https:
        return f"https://{shown}"
    return f"http://{shown}:{port}"


def remove_old_messages() -> None:
    """Leave no links of earlier days in the folder of messages; importable only once Django is set up."""
    from upwards.web.outbox import purge_outbox

    purge_outbox()


def begin_what_is_daily() -> None:
    """Ask the worker for what is done each day; importable only once Django is set up."""
    from upwards.web.jobs.daily import begin_daily

    begin_daily()


def first_owner_link(address: str) -> str | None:
    """Return a link that makes its reader the owner, where there is none; earlier ones stop to work."""
    from django.urls import reverse
    from django.utils import timezone

    from upwards.web.accounts.models import Appointment, Invitation
    from upwards.web.roles import Role

    if Appointment.objects.filter(role=Role.OWNER).exists():
        return None
    for earlier in Invitation.objects.filter(role=Role.OWNER, email="", accepted=None, withdrawn=None):
        earlier.withdrawn = timezone.now()
        earlier.save()
    _, token = Invitation.make(role=Role.OWNER)
    return address + reverse("invitation_accept", args=[token])


class _Household:
    """Two processes beside each other: the server, and the worker that is started again when it ends."""

    def __init__(self, host: str, port: int, log: BinaryIO | None = None) -> None:
        self.log = log
        self.server = [sys.executable, "-m", "gunicorn", "upwards.web.wsgi:application"]
        self.server += ["--bind", f"[{host}]:{port}" if ":" in host else f"{host}:{port}"]
        self.server += ["--workers", str(PROCESSES), "--threads", str(THREADS), "--preload"]
        self.server += ["--graceful-timeout", str(int(GRACE_SECONDS)), "--log-level", "warning"]
        # Browsers keep a connection for a while; one that closes first meets no request on its way.
        self.server += ["--keep-alive", str(KEEP_ALIVE_SECONDS), "--no-control-socket"]
        self.worker = [sys.executable, "-m", "upwards.web.jobs.worker"]
        self.address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"
        # One pool of memory for each thread would never give back what a long page once took.
        self.surroundings = {"MALLOC_ARENA_MAX": "2", **os.environ}
        self.stopping = False

    def run(self, once: Callable[[], None] | None) -> int:
        before = {one: signal.signal(one, self._stop) for one in (signal.SIGINT, signal.SIGTERM)}
        server, worker = self._start(self.server), self._start(self.worker)
        told = once is None
        try:
            while not self.stopping and server.poll() is None:
                if worker.poll() is not None:
                    worker = self._start(self.worker)
                if not told and self._answers():
                    told, self.stopping = True, True
                    if once is not None:
                        once()
                time.sleep(WATCH_SECONDS)
            return 0 if self.stopping else 1
        finally:
            self._end(server)
            self._end(worker)
            for one, handler in before.items():
                signal.signal(one, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _start(self, command: list[str]) -> subprocess.Popen[Any]:
        # A group of its own: Ctrl-C reaches this process, which then stops both in order.
        return subprocess.Popen(command, start_new_session=True, stderr=self.log, env=self.surroundings)

    def _end(self, process: subprocess.Popen[Any]) -> None:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        from http.client import HTTPException
        from urllib.request import urlopen

        try:
            with urlopen(self.address, timeout=2) as answer:
                return bool(answer.status == 200)
        except (OSError, HTTPException):
            return False
