"""A house to work in: `upwards serve` on a workspace of one's own, with server and worker."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from filelock import FileLock

PROJECT = Path(__file__).parents[2]
SECONDS = 120
# Of the tests' own process, and not of the server's.
NOT_PASSED_ON = ("DJANGO_", "UPWARDS_", "DATABASE_URL", "PYTEST_", "COV_")


def surroundings() -> dict[str, str]:
    passed = {name: text for name, text in os.environ.items() if not name.startswith(NOT_PASSED_ON)}
    # By their folder: an installed package that is also called tests would hide the project's.
    paths = [str(PROJECT / "tests" / "web"), *filter(None, [passed.get("PYTHONPATH")])]
    return {**passed, "PYTHONPATH": os.pathsep.join(paths)}


def made(kind: str, shared: Path) -> tuple[Path, str]:
    """Return a workspace to copy and the passphrase of its people; made once for all workers."""
    folder, word = shared / f"house-{kind}", shared / f"house-{kind}.word"
    with FileLock(f"{folder}.lock"):
        if not word.exists():
            passphrase = secrets.token_urlsafe(12)
            command = [
                sys.executable,
                str(PROJECT / "tests/stories/made_house.py"),
                str(folder),
                kind,
                passphrase,
            ]
            subprocess.run(command, check=True, cwd=PROJECT, env=surroundings())
            word.write_text(passphrase)
    return folder, word.read_text()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve it and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "upwards", "serve", str(folder), "--port", str(port)]
    log = (folder / "server.log").open("w")
    with log, subprocess.Popen(command, stdout=log, stderr=log, env=surroundings()) as process:
        try:
            _wait(port, process, folder)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"It ended by itself: {(folder / 'server.log').read_text()[-2000:]}")
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    pytest.fail("The server never answered.")


def own_copy(kind: str, factory: pytest.TempPathFactory) -> tuple[Path, str]:
    base = factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, passphrase = made(kind, shared)
    own = factory.mktemp("served") / "orchard"
    shutil.copytree(folder, own)
    return own, passphrase
