"""What is under way: partnerships that are agreed and not over, with the hours they still hold."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from upwards.store.partnership_rows import PartnershipRow

_ONE_OF_SEVERAL = re.compile(r"(P\d+)-\d+")
"""How the web application numbers one recipient of a partnership that may have several."""


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A partnership that is agreed and not over: one provider, one recipient.

    Attributes
    ----------
    kind, subject
        How they work together, on what; the subject blank where none is recorded.
    provider_school, provider_team, recipient_school, recipient_team
        The two ends; the teams as they were recorded, blank where not.
    ends
        Last day, ISO 8601; None where not recorded.
    hours_left
        Hours of each end still to be given in all; None where no hours are recorded.
    provider_hours, recipient_hours
        Hours of each end that fall into the coming cycle.
    """

    kind: str
    subject: str
    provider_school: str
    provider_team: str
    recipient_school: str
    recipient_team: str
    ends: str | None = None
    hours_left: float | None = None
    provider_hours: float = 0.0
    recipient_hours: float = 0.0


def find_under_way(rows: Iterable[PartnershipRow], today: datetime.date, weeks: int) -> tuple[UnderWay, ...]:
    """Find which partnerships are under way, and what they hold of the cycle that is planned for.

    Parameters
    ----------
    rows
        Of the tables of partnerships and sessions.
    today
        The day of the plan.
    weeks
        Length of a cycle.

    Returns
    -------
    tuple of UnderWay
        In the same order; of those whose last day is still to come.

    Notes
    -----
    Still to be given are the hours agreed less those delivered, never below none. They are spread evenly over
    the weeks that are left, counted from this Monday (at a weekend from the next) or from its first day.
    Those of the next `weeks` weeks are held; where no end is recorded, all are.

    Several who receive from one provider in one partnership meet together: the provider's hours count once.

    Examples
    --------
    >>> row = PartnershipRow("7", "coaching", "Hill", None, "Park", None, "reading", None,
    ...                      datetime.date(2026, 9, 7), datetime.date(2027, 3, 1), 30.0, delivered=6.0)
    >>> (found,) = find_under_way([row], datetime.date(2026, 9, 14), weeks=12)
    >>> found.hours_left, found.provider_hours
    (24.0, 12.0)
    """
    found, together = [], set()
    for row in rows:
        if row.ends is not None and row.ends <= today:
            continue
        left = None if row.hours is None else max(row.hours - row.delivered, 0.0)
        held = 0.0 if left is None else round(left * _share(row, today, weeks), 2)
        meeting = _meeting(row)
        is_counted = meeting is not None and meeting in together
        together.add(meeting)
        found.append(
            UnderWay(
                kind=row.kind,
                subject=row.subject or "",
                provider_school=row.provider_school,
                provider_team=row.provider_department or "",
                recipient_school=row.recipient_school,
                recipient_team=row.stage or row.recipient_department or "",
                ends=None if row.ends is None else row.ends.isoformat(),
                hours_left=left,
                provider_hours=0.0 if is_counted else held,
                recipient_hours=held,
            )
        )
    return tuple(found)


def _share(row: PartnershipRow, today: datetime.date, weeks: int) -> float:
    """Return the share of what is left that falls into the cycle, by whole weeks."""
    now = _monday(today)
    first = max(now, row.starts or now)
    in_cycle = max(weeks - _weeks(_monday(first) - now), 0)
    if row.ends is None:
        return 1.0 if in_cycle else 0.0
    return min(in_cycle / max(_weeks(row.ends - first), 1), 1.0)


def _monday(day: datetime.date) -> datetime.date:
    """Return the Monday of a week; at a weekend that of the week ahead."""
    ahead = 7 if day.weekday() >= 5 else 0
    return day + datetime.timedelta(days=ahead - day.weekday())


def _weeks(time: datetime.timedelta) -> int:
    return round(time / datetime.timedelta(weeks=1))


def _meeting(row: PartnershipRow) -> tuple[object, ...] | None:
    """Return what the rows of one partnership of several recipients have in common; None for a pair."""
    number = _ONE_OF_SEVERAL.fullmatch(row.partnership)
    if number is None:
        return None
    return (
        number[1],
        row.provider_school,
        row.provider_department,
        row.subject,
        row.hours,
        row.starts,
        row.ends,
    )
