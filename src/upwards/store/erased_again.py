"""Erasing again what a list of erasures names by traces, in a workspace that a backup brought back."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from upwards.core.errors import UserError
from upwards.core.identifiers import IdentifierKind
from upwards.store.erased_list import RESULTS_KINDS, Erased
from upwards.store.erased_traces import Traces, is_trace
from upwards.store.erasure import erase_pseudonym, files_of_people, text_columns
from upwards.store.pseudonyms import DIGITS
from upwards.store.workspace_folder import WorkspaceFolder

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoSecretToErase(UserError):
    """The list says that people were erased, and the secret that tells who they are is not there."""


def erase_listed(workspace: WorkspaceFolder, listed: Iterable[Erased], *, secret: Path) -> None:
    """Erase from results and rosters those whom a list names.

    Parameters
    ----------
    workspace
        Where from.
    listed
        Of every kind; rows of the application are left to the caller.
    secret
        File of the secret with which the list was written; not read where the list names no pupil or teacher.

    Raises
    ------
    NoSecretToErase
        When it is needed, and missing or another workspace's.
    """
    results = [one for one in listed if one.kind in RESULTS_KINDS]
    traces = {one.key for one in results if is_trace(one.key)}
    known = _find_people(workspace, traces, secret) if traces else {}
    for one in results:
        pseudonym = known.get(one.key) if is_trace(one.key) else one.key
        if pseudonym is not None:
            erase_pseudonym(workspace, cast("IdentifierKind", one.kind), pseudonym)


def _find_people(workspace: WorkspaceFolder, traces: Collection[str], secret: Path) -> dict[str, str]:
    """Return the pseudonym of each trace whose person has rows here."""
    key = Traces.read(secret) if secret.is_file() else None
    if key is None or not all(map(key.are_of, traces)):
        found = "There is none here" if key is None else "The one here is another"
        raise NoSecretToErase(
            f"{len(traces):,} were erased from results after this backup was made, and only the workspace's "
            f"secret.key tells who they are. {found}: "
            "open the backup's secrets with --with-secrets, or name your copy with --secret-key."
        )
    return {trace: one for one in _pseudonyms(workspace) if (trace := key.of(one)) in traces}


def _pseudonyms(workspace: WorkspaceFolder) -> Iterator[str]:
    """Yield every text in the rows that can be a pseudonym, some of them more than once."""
    import polars as pl

    for path in files_of_people(workspace):
        rows = pl.scan_parquet(path, glob=False)
        for name in text_columns(rows):
            texts = rows.select(pl.col(name).unique()).filter(pl.col(name).str.len_bytes() == DIGITS)
            yield from texts.collect(engine="streaming").to_series()
