"""What is wrong with this installation, why it matters, and how to mend it; nothing about any person."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from upwards.core.errors import UserError
from upwards.web.keeping.findings import Finding
from upwards.web.keeping.machine_checks import MACHINE_CHECKS
from upwards.web.keeping.opening import point_at, workspace_at
from upwards.web.secret_files import SIGNING_KEY, read_secret

SCHEMA = "upwards.doctor/1"


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at and found."""

    n_checks: int
    findings: tuple[Finding, ...]

    @property
    def n_wrong(self) -> int:
        return sum(one.is_wrong for one in self.findings)

    @property
    def n_notes(self) -> int:
        return len(self.findings) - self.n_wrong

    def to_dict(self) -> dict[str, Any]:
        return {"schema": SCHEMA, "checks": self.n_checks, "findings": [asdict(one) for one in self.findings]}


def examine(workspace: Path) -> Examination:
    """Look at everything; what cannot even be opened ends the search with what is known."""
    folder = workspace_at(workspace)
    found = [one for check in MACHINE_CHECKS for one in check(folder)]
    n_checks = len(MACHINE_CHECKS) + 1
    try:
        point_at(folder)
    except UserError as error:
        found.append(
            Finding("configuration", str(error), "Nothing is served until it can be read.", "Mend it.")
        )
        return Examination(n_checks, tuple(found))
    return _with_application(n_checks, found)


def remove_unopened_steps_of(workspace: Path) -> int:
    """Remove second steps that the signing key does not open; return of how many people."""
    folder = workspace_at(workspace)
    if read_secret(folder, SIGNING_KEY) is None:
        raise UserError(
            f"{folder} has no secrets/signing.key, so nothing opens and nothing was removed. Put your copy "
            "back; if it is lost, serve once, which makes a new one."
        )
    point_at(folder)
    # Only now: these need Django.
    from upwards.web.accounts.unopened_steps import remove_unopened
    from upwards.web.keeping.application_checks import database_is_there

    for one in database_is_there():
        raise UserError(f"{one.what} Nothing was removed. {one.mend}")
    return remove_unopened()


def _with_application(n_checks: int, found: list[Finding]) -> Examination:
    # Only now: these need Django.
    from upwards.web.keeping.application_checks import APPLICATION_CHECKS, database_is_there

    found.extend(database_is_there())
    if any(one.name == "database" for one in found):
        return Examination(n_checks + 1, tuple(found))
    found.extend(one for check in APPLICATION_CHECKS for one in check())
    return Examination(n_checks + 1 + len(APPLICATION_CHECKS), tuple(found))
