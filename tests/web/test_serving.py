"""Serving for real: a server, a worker, a first owner, an orderly end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from http.client import HTTPConnection

import pytest


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def answers(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def wait_for(port: int, process: subprocess.Popen[str]) -> None:
    for _ in range(300):
        assert process.poll() is None, "it ended by itself"
        try:
            assert answers(port, "/healthz") == 200
            return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the server never answered")


@pytest.mark.skipif("UPWARDS_TEST_POSTGRES" in os.environ, reason="serves from SQLite")
def test_a_workspace_is_served_and_ends_in_order(trust_workspace, tmp_path, port):
    workspace = tmp_path / "trust"
    shutil.copytree(trust_workspace, workspace)
    command = [sys.executable, "-m", "upwards", "serve", str(workspace), "--port", str(port)]
    with (tmp_path / "log").open("w") as log, subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:  # fmt: skip
        assert process.stdout is not None
        link = re.search(r"(/invitations/accept/[\w-]+/)", process.stdout.readline())
        wait_for(port, process)
        assert link is not None
        assert answers(port, link[1]) == 200
        assert answers(port, "/") == 302
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    for name in ("upwards.db", "secrets/signing.key"):
        assert stat.S_IMODE((workspace / name).stat().st_mode) == 0o600
    with pytest.raises(OSError):  # noqa: PT011 - whatever the system says, nobody listens
        answers(port, "/healthz")


def test_what_is_not_a_workspace_is_refused_in_one_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "upwards", "serve", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is not a workspace" in done.stderr


def test_without_django_it_is_told_how_to_install_it():
    code = (
        "import sys; sys.modules['django'] = None\n"
        "sys.argv = ['upwards', 'serve', 'x']\n"
        "from upwards.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert 'pip install "upwards[web]"' in done.stderr
