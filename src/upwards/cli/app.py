"""All commands, in the order of the questions they answer."""

from __future__ import annotations

import io
import sys

import typer

from upwards.cli import (
    backup_command,
    convergence_command,
    demo_command,
    doctor_command,
    erase_command,
    fetch_command,
    groups_command,
    import_command,
    init_command,
    plan_command,
    regions_command,
    report_command,
    restore_command,
    school_scores_command,
    serve_command,
    value_added_command,
    workspace_answers,
)
from upwards.core.errors import UserError

app = typer.Typer(
    name="upwards",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: loading Rich takes longer than all the rest together
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Upwards convergence for groups of schools: reduce disparity, grow the top, know if it worked.\n\n"
        "Start with 'upwards demo', or go straight to a file:\n\n"
        "  upwards value-added exam.csv --outcome score --intake prior --levels school"
    ),
)

ASK = "Questions"
KEEP = "Housekeeping"


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        from upwards import __version__

        typer.echo(f"upwards {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=show_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """Hold the options that every command shares."""


app.command("demo", rich_help_panel=KEEP)(demo_command.demo)
app.command("init", rich_help_panel=KEEP)(init_command.init)
app.command("fetch", rich_help_panel=KEEP)(fetch_command.fetch)
app.command("import", rich_help_panel=ASK)(import_command.import_)
app.command("value-added", rich_help_panel=ASK)(value_added_command.value_added)
app.command("school-scores", rich_help_panel=ASK)(school_scores_command.school_scores)
app.command("convergence", rich_help_panel=ASK)(convergence_command.convergence)
app.command("regions", rich_help_panel=ASK)(regions_command.regions)
app.command("disparity", rich_help_panel=ASK)(workspace_answers.disparity)
app.command("bright-spots", rich_help_panel=ASK)(workspace_answers.bright_spots)
app.command("stage", rich_help_panel=ASK)(workspace_answers.stage)
app.command("plan", rich_help_panel=ASK)(plan_command.plan)
app.command("groups", rich_help_panel=ASK)(groups_command.groups)
app.command("report", rich_help_panel=KEEP)(report_command.report)
app.command("serve", rich_help_panel=KEEP)(serve_command.serve)
app.command("backup", rich_help_panel=KEEP)(backup_command.backup)
app.command("restore", rich_help_panel=KEEP)(restore_command.restore)
app.command("doctor", rich_help_panel=KEEP)(doctor_command.doctor)
app.command("erase", rich_help_panel=KEEP)(erase_command.erase)


def run() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a screen without a sign shows "?" instead of failing
    try:
        app(standalone_mode=True)
    except UserError as error:
        _stop(str(error))
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _stop(f"the machine refused a file{where}: {error.strerror}. Check that it exists and may be used.")


def _stop(message: str) -> None:
    typer.secho(f"upwards: {message}", err=True)
    sys.exit(2)
