"""The reference page of the commands: each with what it says when asked for help."""

from __future__ import annotations

import re
from typing import Any

import typer.main

from upwards.cli.app import app


def render() -> str:
    """Return the page."""
    commands = getattr(typer.main.get_command(app), "commands", {})
    entries = "\n".join(_entry(name, command) for name, command in commands.items())
    return f"""# Commands

A mistake in what a command was given ends with a message and exit code 2, without a traceback.

{entries}"""


def _entry(name: str, command: Any) -> str:
    rows = "\n".join(_row(one) for one in command.params if not one.hidden)
    table = f"| option | meaning | unless given |\n|---|---|---|\n{rows}\n" if rows else ""
    return f"## upwards {name}\n\n{_text(command.help or '')}\n\n{table}"


def _text(said: str) -> str:
    """Turn a command's help into Markdown: indented lines are commands to type."""
    lines = said.replace("\b", "").splitlines()
    typed = re.compile(r"(^ {2,}\S.*$\n?)+", re.MULTILINE)
    return typed.sub(lambda found: f"```text\n{_unindented(found[0])}\n```\n", "\n".join(lines)).strip()


def _unindented(block: str) -> str:
    return "\n".join(line.strip() for line in block.splitlines())


def _row(one: Any) -> str:
    names = ", ".join(f"`{name}`" for name in (*one.opts, *one.secondary_opts))
    default = one.default if isinstance(one.default, str | int | float) else ""
    return f"| {names} | {_cell(one.help or '')} | {_cell(str(default))} |"


def _cell(said: str) -> str:
    return re.sub(r"\[/?[a-z]+\]", "", " ".join(said.split())).replace("|", "\\|")
