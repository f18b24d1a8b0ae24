"""Asking for help must not wait for libraries that only a computation needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

HEAVY = ("numpy", "polars", "scipy", "altair", "pandas", "pyarrow", "duckdb", "vl_convert", "jinja2")
AFTER = f"import sys; print('loaded:', *[name for name in {HEAVY} if name in sys.modules])"
HELP = """
import sys
sys.argv = ["upwards", *{arguments}]
from upwards.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
"""


def loaded(code: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{AFTER}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def commands() -> list[list[str]]:
    found = importlib.util.find_spec("upwards.cli")
    if found is None or found.origin is None:
        return []
    import typer.main

    from upwards import cli

    group = typer.main.get_command(cli.app)
    return [[], *([name] for name in sorted(getattr(group, "commands", {})))]


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("import upwards") == []


@pytest.mark.parametrize("command", commands(), ids=lambda command: " ".join(["upwards", *command]))
def test_help_loads_nothing_heavy(command):
    assert loaded(HELP.format(arguments=[*command, "--help"])) == []
