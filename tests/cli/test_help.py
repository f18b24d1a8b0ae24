"""Help: every command explains itself with an example, and at once."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

COMMANDS = ["init", "import", "value-added", "disparity", "bright-spots", "stage", "plan", "erase"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(run: Any, command: str) -> None:
    said = run(command, "--help")
    assert said.code == 0
    assert "Example" in said.out
    assert re.search(rf"upwards {command}\b", said.out)


def test_no_option_is_left_without_a_word(commands: list[str]) -> None:
    import typer.main

    from upwards.cli.app import app

    known = getattr(typer.main.get_command(app), "commands", {})
    silent = [(name, p.name) for name in commands for p in known[name].params if not getattr(p, "help", None)]
    assert not silent


def test_help_is_plain_text(run: Any) -> None:
    said = run("--help")
    assert said.code == 0
    assert "[bold]" not in said.out
    assert "\x1b" not in said.out
    assert set(COMMANDS) <= set(said.out.split())


def test_help_does_not_load_what_only_a_table_needs() -> None:
    # Rich alone takes twice as long to load as all that help needs.
    code = "import sys; sys.argv = ['upwards', '--help']\ntry:\n import upwards.cli; upwards.cli.main()\n"
    code += "except SystemExit: print('loaded', *[m for m in ('rich', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded"


def test_the_version_is_printed(run: Any) -> None:
    said = run("--version")
    assert said.code == 0
    assert re.fullmatch(r"upwards \d+\.\d+\.\d+\n", said.out)


def test_without_a_command_help_is_shown(run: Any) -> None:
    said = run()
    assert "value-added" in said.out + said.err
