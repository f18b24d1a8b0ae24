"""Partnerships as the tables of partnerships and sessions hold them, without who takes part."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upwards.store.snapshots import Snapshot
from upwards.store.table_types import standard_columns

if TYPE_CHECKING:
    import polars as pl

COLUMNS = (
    *("partnership", "kind", "subject", "stage", "starts", "ends", "hours"),
    *("provider_school", "provider_department", "recipient_school", "recipient_department"),
)


@dataclass(frozen=True, slots=True)
class PartnershipRow:
    """One provider and one recipient who work together.

    Attributes
    ----------
    partnership, kind
        Its number or name, and how they work together.
    provider_school, provider_department, recipient_school, recipient_department
        The two ends.
    subject, stage
        What is worked on; None where not recorded.
    starts, ends
        First and last day; None where not recorded.
    hours
        Agreed; None where not recorded.
    delivered
        Hours of its sessions that took place.
    """

    partnership: str
    kind: str
    provider_school: str
    provider_department: str | None
    recipient_school: str
    recipient_department: str | None
    subject: str | None
    stage: str | None
    starts: datetime.date | None
    ends: datetime.date | None
    hours: float | None
    delivered: float = 0.0


def list_partnerships(snapshot: Snapshot) -> tuple[PartnershipRow, ...]:
    """List the partnerships of a state of a workspace.

    Parameters
    ----------
    snapshot
        The state.

    Returns
    -------
    tuple of PartnershipRow
        By their numbers; empty where nothing was imported as partnerships.
    """
    import polars as pl

    if "partnerships" not in snapshot.tables:
        return ()
    rows = standard_columns(snapshot.table("partnerships"), "partnerships", COLUMNS)
    if "sessions" in snapshot.tables:
        rows = rows.join(_delivered(snapshot), on="partnership", how="left")
    else:
        rows = rows.with_columns(delivered=pl.lit(0.0))
    found = rows.with_columns(pl.col("delivered").fill_null(0.0)).sort("partnership").collect()
    return tuple(PartnershipRow(**row) for row in found.iter_rows(named=True))


def _delivered(snapshot: Snapshot) -> pl.LazyFrame:
    """Add up the hours of the sessions that took place."""
    import polars as pl

    sessions = standard_columns(snapshot.table("sessions"), "sessions", ("partnership", "hours", "delivered"))
    held = sessions.filter(pl.col("delivered").fill_null(True))
    return held.group_by("partnership").agg(pl.col("hours").sum().alias("delivered"))
