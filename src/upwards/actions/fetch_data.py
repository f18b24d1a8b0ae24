"""Fetch what a country's publishers put out, and say in words what they do not."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from upwards.core.asked_years import parse_years
from upwards.core.errors import UserError
from upwards.core.settings import Settings
from upwards.sources.download_limits import Limits
from upwards.sources.england.addresses import Published, load_addresses
from upwards.sources.england.fetch_plan import Absent, Wanted, choose_published, left_aside, plan_fetch
from upwards.sources.england.fetching import Outcome, fetch_files
from upwards.store.workspace import Workspace
from upwards.store.workspace_errors import NotAWorkspace

Country = Literal["england"]
Progress = Callable[[str, int, int | None], None]

SCHEMA = "upwards.fetch/1"
ADDRESSES_FILE = "addresses.toml"
_FETCH_SETTINGS = (
    "fetch.connect_seconds",
    "fetch.read_seconds",
    "fetch.file_seconds",
    "fetch.attempts",
    "fetch.wait_seconds",
    "fetch.max_bytes",
    "fetch.max_ratio",
)


@dataclass(frozen=True, slots=True)
class FetchReport:
    """What became of each file asked for.

    Attributes
    ----------
    country, folder
        Whose record, and where it is.
    years
        Academic years asked for, by their ending.
    files
        One row a file: ``place, title, family, year, publisher, licence, address, checked, status, why,
        bytes, sha256``; status is ``"fetched"``, ``"unchanged"``, ``"changed"``, ``"failed"``,
        ``"left out"``, or ``"to fetch"`` in a list.
    not_published
        One row a year: ``family, title, year, why, kind``; kind is ``"not published"``, ``"not
        known"`` or ``"not fetched"``.
    settings
        The settings used, in plain types.
    """

    country: str
    folder: str
    years: tuple[int, ...]
    files: tuple[dict[str, Any], ...]
    not_published: tuple[dict[str, Any], ...]
    settings: dict[str, Any]

    @property
    def failed(self) -> bool:
        """Whether any file failed; what does not exist is no failure."""
        return any(row["status"] == "failed" for row in self.files)

    def to_dict(self) -> dict[str, Any]:
        """Return the report in plain types, ready for JSON.

        Returns
        -------
        dict
            Keys ``schema, country, folder, years, files, not_published, settings``.
        """
        return {
            "schema": SCHEMA,
            "country": self.country,
            "folder": self.folder,
            "years": list(self.years),
            "files": list(self.files),
            "not_published": list(self.not_published),
            "settings": self.settings,
        }


def fetch_data(
    country: Country,
    *,
    years: str | None,
    only: Iterable[str] = (),
    folder: Path | None = None,
    addresses: Path | None = None,
    workspace: Path | None = None,
    list_only: bool = False,
    replace_changed: bool = False,
    today: datetime.date | None = None,
    progress: Progress | None = None,
) -> FetchReport:
    """Fetch a country's published files into a folder that `import_data` recognises.

    Parameters
    ----------
    country
        ``"england"``.
    years
        Such as ``"2017-2019"``; None where only registers of today are asked for.
    only
        Families, such as ``["ks4", "gias"]``, or single datasets; by default all that the import reads.
    folder
        Where the files go; a folder named after the country in the current one by default.
    addresses
        A file that corrects addresses; by default ``addresses.toml`` of the workspace, where there is one.
    workspace
        Whose settings and addresses are used; by default the one we are in, if any.
    list_only
        Say what would be fetched, without a network.
    replace_changed
        Take the publisher's content where it differs from what is here.
    today
        The day, for registers; by default today.
    progress
        Called with a file's name, bytes so far and bytes in all (None where not known).

    Returns
    -------
    FetchReport
        Of every file, whether it could be had or not.

    Raises
    ------
    UserError
        When years, families, settings or addresses cannot be read, or another run fetches into the folder.

    Examples
    --------
    >>> report = fetch_data("england", years="2020", only=["ks2"], list_only=True)
    >>> len(report.files), report.not_published[0]["why"][:25]
    (0, 'No tests were taken in 20')
    """
    day = today or datetime.date.today()
    own = _workspace(workspace)
    settings = Settings.load(own.folder / "upwards.toml" if own else None)
    known = load_addresses(addresses or _own_addresses(own))
    named = [name for name in only if name.strip()]
    chosen = choose_published(named, known)
    asked = _asked_years(years, chosen, day)
    wanted, absent = plan_fetch(known, chosen, asked, day)
    aside = () if named else left_aside(known)
    target = folder or Path(country)
    if list_only:
        rows = [_row(one, "to fetch") for one in wanted]
    else:
        limits = Limits.of(settings)
        outcomes = fetch_files(
            wanted, target, limits=limits, replace_changed=replace_changed, progress=progress
        )
        rows = [_outcome_row(one) for one in outcomes]
    missing = tuple(_absent_row(one) for one in (*absent, *aside))
    return FetchReport(country, str(target), asked, tuple(rows), missing, settings.used(_FETCH_SETTINGS))


def _workspace(named: Path | None) -> Workspace | None:
    if named is not None:
        return Workspace.open(named)
    with suppress(NotAWorkspace):
        return Workspace.open()
    return None


def _own_addresses(workspace: Workspace | None) -> Path | None:
    path = workspace.folder / ADDRESSES_FILE if workspace else None
    return path if path is not None and path.is_file() else None


def _asked_years(years: str | None, chosen: Sequence[Published], today: datetime.date) -> tuple[int, ...]:
    if years is not None:
        return parse_years(years, today)
    yearly = dict.fromkeys(one.family for one in chosen if one.years)
    if yearly:
        raise UserError(
            f"Name the years of {', '.join(yearly)}, such as --years 2017-2019. Only registers of today need "
            "none: --only gias,la."
        )
    return ()


def _row(wanted: Wanted, status: str) -> dict[str, Any]:
    published = wanted.published
    return {
        "place": str(wanted.place),
        "title": published.title,
        "family": published.family,
        "year": wanted.year,
        "publisher": published.publisher,
        "licence": published.licence,
        "address": wanted.address,
        "checked": published.checked,
        "status": status,
        "why": "",
        "bytes": None,
        "sha256": None,
    }


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    row = _row(outcome.wanted, outcome.status)
    return {**row, "why": outcome.why, "bytes": outcome.n_bytes, "sha256": outcome.sha256}


def _absent_row(absent: Absent) -> dict[str, Any]:
    return {
        "family": absent.family,
        "title": absent.title,
        "year": absent.year,
        "why": absent.why,
        "kind": absent.kind,
    }
