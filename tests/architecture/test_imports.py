"""Asking for help must not wait for libraries that only a computation needs."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "polars", "scipy", "altair", "pandas", "pyarrow", "duckdb", "vl_convert", "jinja2")
AFTER = f"import sys; print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
HELP = """
import sys
from upwards.cli import main
for arguments in {asked}:
    sys.argv = ["upwards", *arguments]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, arguments
"""


def loaded(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{AFTER}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("import upwards") == []


def test_help_loads_nothing_heavy(commands):
    assert commands
    asked = [["--help"], *([command, "--help"] for command in commands)]
    assert loaded(HELP.format(asked=asked)) == []
