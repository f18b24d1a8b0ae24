"""The same suite on PostgreSQL, in parts that run beside each other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from tests.web import local_postgres

HERE = Path(__file__).parent
IN_IT = "UPWARDS_TEST_POSTGRES"
# What belongs to this run of the tests and must not decide over the other.
OWN = ("PYTEST_", "COV_", "DJANGO_")
PARTS = 4


def files_of(part: int) -> list[Path]:
    """Return the files of one part: the largest are dealt out first, so that parts take about as long."""
    found = [path for path in HERE.rglob("test_*.py") if path != Path(__file__)]
    return sorted(found, key=lambda path: (-path.stat().st_size, path))[part::PARTS]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """One server for all parts that this process runs."""
    if local_postgres.programs() is None:
        missing = "PostgreSQL is not installed. On Debian: apt-get install postgresql"
        assert "postgres" not in os.environ.get("UPWARDS_REQUIRE", "").split(","), missing
        pytest.skip(missing)
    with local_postgres.running() as url:
        yield url


@pytest.mark.skipif(IN_IT in os.environ, reason="this is the run on PostgreSQL")
@pytest.mark.parametrize("part", range(PARTS))
def test_everything_holds_on_postgresql_too(part, postgres, imported_trust, project):
    passed_on = {name: text for name, text in os.environ.items() if not name.startswith(OWN)}
    # Tables are made once for each server, and the trust is imported once for all.
    command = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--reuse-db"]
    own = {IN_IT: postgres, "UPWARDS_TEST_TRUST": str(imported_trust)}
    done = subprocess.run(
        [*command, *map(str, files_of(part)), __file__],
        cwd=project, env={**passed_on, **own}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:]


@pytest.mark.skipif(IN_IT not in os.environ, reason="this is the run on SQLite")
@pytest.mark.django_db
def test_this_is_postgresql():
    assert connection.vendor == "postgresql"
