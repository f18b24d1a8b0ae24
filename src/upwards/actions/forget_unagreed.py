"""Remove kept answers that name a team whose people no longer agree to it."""

from __future__ import annotations

from pathlib import Path

from upwards.core.audience import TeamKey
from upwards.store.agreed_answers import drop_unagreed
from upwards.store.workspace import Workspace


def forget_unagreed(folder: Path | None = None, *, agreed: frozenset[TeamKey]) -> int:
    """Remove the kept answers that rest on an agreement to be named which no longer stands.

    Parameters
    ----------
    folder
        The workspace; None looks in the current folder and those above it.
    agreed
        Personal teams whose people agree, today.

    Returns
    -------
    int
        How many were removed. No page would show them any more: answers are looked up with today's
        agreements.

    Raises
    ------
    UserError
        When there is no workspace.
    """
    return drop_unagreed(Workspace.open(folder), agreed)
