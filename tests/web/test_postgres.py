"""The same suite on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.web import local_postgres

HERE = Path(__file__).parent
IN_IT = "UPWARDS_TEST_POSTGRES"
# What belongs to this run of the tests and must not decide over the other.
OWN = ("PYTEST_", "COV_", "DJANGO_")


@pytest.mark.skipif(IN_IT in os.environ, reason="this is the run on PostgreSQL")
def test_everything_holds_on_postgresql_too(project):
    if local_postgres.programs() is None:
        missing = "PostgreSQL is not installed. On Debian: apt-get install postgresql"
        assert "postgres" not in os.environ.get("UPWARDS_REQUIRE", "").split(","), missing
        pytest.skip(missing)
    passed_on = {name: text for name, text in os.environ.items() if not name.startswith(OWN)}
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", str(HERE)]
    with local_postgres.running() as url:
        done = subprocess.run(
            command, cwd=project, env={**passed_on, IN_IT: url}, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.skipif(IN_IT not in os.environ, reason="this is the run on SQLite")
@pytest.mark.django_db
def test_this_is_postgresql():
    assert connection.vendor == "postgresql"
