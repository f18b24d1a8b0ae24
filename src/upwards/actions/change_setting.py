"""Replace a threshold in a workspace, with the reason for it; or go back to the default."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from upwards.core.errors import UserError
from upwards.core.settings import Setting, Settings, Value
from upwards.store.settings_file import replace_setting
from upwards.store.workspace import Workspace


def read_settings(folder: str | Path | None = None) -> tuple[Settings, Settings]:
    """Read the settings of a workspace, and the defaults beside them.

    Parameters
    ----------
    folder
        The workspace; by default the one we are in.

    Returns
    -------
    tuple of Settings
        Those that hold, and the defaults.

    Raises
    ------
    UserError
        When there is no workspace, or its settings cannot be read.
    """
    return Settings.load(Workspace.open(folder).folder / "upwards.toml"), Settings.load()


def change_setting(
    name: str,
    value: Value,
    *,
    reason: str,
    source: str = "agreed in this group",
    lower: float | None = None,
    upper: float | None = None,
    folder: str | Path | None = None,
) -> tuple[Setting, Setting]:
    """Replace one setting in ``upwards.toml``, at once or not at all.

    Parameters
    ----------
    name
        Dotted name, such as ``"bright_spot.size"``.
    value
        Of the same kind as the default.
    reason
        Why, in a sentence; answers print it.
    source
        Where the value comes from.
    lower, upper
        What is plausible, for settings that have bounds.
    folder
        The workspace; by default the one we are in.

    Returns
    -------
    tuple of Setting
        What held before, and what holds now.

    Raises
    ------
    UserError
        When no reason is given, there is no such setting, or it cannot have this value.

    Examples
    --------
    >>> import tempfile
    >>> from upwards.actions.init_workspace import init_workspace
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = init_workspace(folder, name="Five Rivers")
    ...     before, after = change_setting("top_share", 0.25, reason="Four schools.", folder=folder)
    >>> before.value, after.value, after.reason
    (0.2, 0.25, 'Four schools.')
    """
    if not reason.strip():
        raise UserError(
            f"Give a reason for changing {name}: whoever reads an answer sees it beside the value."
        )
    workspace = Workspace.open(folder)
    before = Settings.load(workspace.folder / "upwards.toml")[name]
    table: dict[str, Any] = {"value": value}
    table |= {key: bound for key, bound in (("lower", lower), ("upper", upper)) if bound is not None}
    table |= {"reason": reason.strip(), "source": source.strip(), "date": datetime.date.today()}
    replace_setting(workspace, name, table)
    return before, Settings.load(workspace.folder / "upwards.toml")[name]


def reset_setting(name: str, *, folder: str | Path | None = None) -> tuple[Setting, Setting]:
    """Take a setting out of ``upwards.toml``, so that its default holds again.

    Parameters
    ----------
    name
        Dotted name.
    folder
        The workspace; by default the one we are in.

    Returns
    -------
    tuple of Setting
        What held before, and the default.

    Raises
    ------
    UserError
        When there is no such setting, or no workspace.
    """
    workspace = Workspace.open(folder)
    before = Settings.load(workspace.folder / "upwards.toml")[name]
    replace_setting(workspace, name, None)
    return before, Settings.load(workspace.folder / "upwards.toml")[name]
