"""The `upwards` command: parse, call one action, print the answer."""

from __future__ import annotations


def main() -> None:
    """Run the command; user errors end with a message and exit code 2, without a traceback."""
    from upwards.cli.app import run

    run()
