"""A PostgreSQL of our own, started for the tests and gone with them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("initdb", "pg_ctl")


def programs() -> dict[str, str] | None:
    """Return where its programs are, or None: Debian keeps them out of the path."""
    places = [
        *os.environ["PATH"].split(os.pathsep),
        *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))),
    ]
    found = {name: shutil.which(name, path=os.pathsep.join(places)) for name in PROGRAMS}
    return {name: path for name, path in found.items() if path} if all(found.values()) else None


def _as_somebody() -> dict[str, Any]:
    """Return how to run it: it refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    names = {one.pw_name for one in pwd.getpwall()}
    who = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}


@contextmanager
def running() -> Iterator[str]:
    """Start one and give its address."""
    found, somebody = programs(), _as_somebody()
    assert found is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="upwards-postgres-", dir="/tmp"))
    if somebody:
        os.chown(folder, somebody["user"], somebody["group"])

    data = str(folder / "data")

    def run(*command: str) -> None:
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, **somebody)

    try:
        run(
            found["initdb"],
            "-D",
            data,
            "-U",
            "upwards",
            "--auth=trust",
            "-E",
            "UTF8",
            "--no-sync",
        )
        # Nothing of it need survive a fall of the machine.
        careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        options = f"-p {port} -h 127.0.0.1 -k {folder} {careless}"
        run(
            found["pg_ctl"],
            "-D",
            data,
            "-o",
            options,
            "-l",
            str(folder / "log"),
            "-w",
            "start",
        )
        try:
            yield f"postgres://upwards@127.0.0.1:{port}/postgres"
        finally:
            run(found["pg_ctl"], "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
