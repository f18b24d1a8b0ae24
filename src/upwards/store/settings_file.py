"""Changing what a workspace's ``upwards.toml`` replaces of the settings, in one step and never half."""

from __future__ import annotations

import datetime
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.store.durable_files import read_file, write_file
from upwards.store.workspace_folder import WorkspaceFolder

FILE = "upwards.toml"
WAIT_SECONDS = 5.0
_HEADER = re.compile(r"^\s*\[")
# What a reader of lines may take for the end of one, or what nobody sees; JSON leaves these as they are.
_HIDDEN = re.compile(r"[\x7f-\x9f\u2028\u2029]")
_OWN_HEADER = re.compile(r"""^\s*\[\s*["']?settings["']?\s*[.\]]""")

Table = Mapping[str, Any]


class SettingsByHand(UserError):
    """The file is written in a way that a program cannot change without harm."""


def replace_setting(workspace: WorkspaceFolder, name: str, table: Table | None) -> None:
    """Replace one setting in the file, or go back to its default.

    Parameters
    ----------
    workspace
        Whose settings.
    name
        Dotted name.
    table
        ``value`` and any of ``lower, upper, reason, source, date``; None for the default.

    Raises
    ------
    UserError
        When there is no such setting, the value is not one it can have, or the file must be changed by
        hand. The file is then as it was.

    Notes
    -----
    Everything outside ``[settings]`` stays as it was written; comments inside it are not kept.
    """
    path = workspace.folder / FILE
    known = Settings.load()
    _ = known[name]
    with workspace.writing(wait_seconds=WAIT_SECONDS):
        text = read_file(path).decode("utf-8")
        document = tomllib.loads(text)
        given = dict(_leaves(document.get("settings", {}), known))
        given.pop(name, None)
        changed = {**given, **({name: table} if table is not None else {})}
        new = _without_settings(text) + _written(changed)
        _require_rest(document, new)
        candidate = workspace.staging / FILE
        candidate.write_text(new, encoding="utf-8")
        Settings.load(candidate)
        write_file(path, new.encode())


def _leaves(table: Table, known: Settings, above: str = "") -> Iterator[tuple[str, Table]]:
    for key, below in table.items():
        name = above + key
        if name in known:
            yield name, below if isinstance(below, dict) else {"value": below}
        elif isinstance(below, dict):
            yield from _leaves(below, known, f"{name}.")


def _without_settings(text: str) -> str:
    kept: list[str] = []
    inside = False
    for line in text.split("\n"):
        if _HEADER.match(line):
            inside = _OWN_HEADER.match(line) is not None
        if not inside:
            kept.append(line)
    return "\n".join(kept).rstrip() + "\n"


def _written(settings: Mapping[str, Table]) -> str:
    parts = []
    for name, table in sorted(settings.items()):
        lines = [f"{key} = {_value(value)}" for key, value in table.items()]
        parts.append("\n".join([f"\n[settings.{name}]", *lines]) + "\n")
    return "".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, str):
        return _HIDDEN.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(value, ensure_ascii=False))
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _require_rest(before: Table, text: str) -> None:
    """Refuse to write when anything but the settings would change."""
    try:
        after = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        after = {}
    if {**before, "settings": None} != {**after, "settings": None}:
        raise SettingsByHand(
            f"{FILE} writes its settings in a way that cannot be changed from here without harm. "
            "Nothing was changed. Move them under a line [settings] by hand, then try again."
        )
