"""Kept answers that name a team by agreement: they go when the agreement does."""

from __future__ import annotations

import json
from collections.abc import Set

from upwards.core.audience import TeamKey
from upwards.store.answers import ANSWER
from upwards.store.durable_files import read_file, remove_tree
from upwards.store.workspace_folder import WorkspaceFolder

AGREED = "by_agreement"
"""The field in which an answer says whom it may name."""


def drop_unagreed(workspace: WorkspaceFolder, agreed: Set[TeamKey]) -> int:
    """Remove the kept answers, of all states of the data, that rest on an agreement which no longer stands.

    Parameters
    ----------
    workspace
        Where they are.
    agreed
        Personal teams whose people agree.

    Returns
    -------
    int
        How many were removed.
    """
    dropped = 0
    for path in sorted(workspace.answers.glob(f"*/*/{ANSWER}")):
        try:
            text = read_file(path)
        except OSError:  # removed meanwhile
            continue
        if not _teams(text) <= set(agreed):
            remove_tree(path.parent)
            dropped += 1
    return dropped


def _teams(text: bytes) -> set[TeamKey]:
    """Return whom an answer names by agreement; most do not, and are not read in full."""
    if f'"{AGREED}"'.encode() not in text:
        return set()
    try:
        return {(school, subject, stage) for school, subject, stage in json.loads(text).get(AGREED, ())}
    except (ValueError, TypeError, AttributeError):
        return {("", "", "")}  # a damaged one is nobody's answer
