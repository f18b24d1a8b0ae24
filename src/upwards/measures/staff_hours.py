"""What the people of a school can give: hours in a cycle, by subject, of all or of trained coaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from upwards.core.tables.people import APPLICATION
from upwards.store.people_rows import PersonRow


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member of staff, without who it is.

    Attributes
    ----------
    school
        Where.
    subjects
        Subjects taught, in lower case.
    is_trained
        Whether a training that lets them coach is recorded; where none is, there may still be one.
    hours
        Hours for work with others in one cycle; None where not recorded, which is not zero.
    term
        Term that the hours are of; blank where they are hours of any week.
    """

    school: str
    subjects: frozenset[str]
    is_trained: bool
    hours: float | None
    term: str = ""


def from_one_source(rows: Iterable[PersonRow]) -> tuple[tuple[PersonRow, ...], tuple[str, ...]]:
    """Count the people of each school from the web application or from files, never from both.

    Parameters
    ----------
    rows
        Of the table of people.

    Returns
    -------
    tuple
        The rows that count, in the same order, and what a reader must know of those left out.

    Notes
    -----
    Nothing says that a row of a file and one of the application are of the same person. So the rows of a
    school are the application's where it holds anybody's hours there, otherwise those of files, and the
    application's again where there are none of files.

    Examples
    --------
    >>> here = PersonRow("Hill", "reading", term_hours=12.0, kept_in="application")
    >>> counted, notes = from_one_source([here, PersonRow("Hill", "reading", hours=1.0)])
    >>> counted == (here,)
    True
    >>> notes
    ('1 row of people from files is not counted: hours of its school are recorded in the application.',)
    """
    held = tuple(rows)
    ours = {one.school for one in held if one.kept_in == APPLICATION and _has_hours(one)}
    filed = {one.school for one in held if one.kept_in != APPLICATION}
    counted = tuple(
        one for one in held if (one.kept_in == APPLICATION) == (one.school in ours or one.school not in filed)
    )
    n = sum(one.kept_in != APPLICATION and one.school in ours for one in held)
    if not n:
        return counted, ()
    said = "1 row of people from files is not counted: hours of its school are"
    if n > 1:
        said = f"{n} rows of people from files are not counted: hours of their schools are"
    return counted, (f"{said} recorded in the application.",)


def describe_colleagues(rows: Iterable[PersonRow], weeks: int) -> tuple[Colleague, ...]:
    """Say what each member of staff has for one cycle.

    Parameters
    ----------
    rows
        Of the table of people.
    weeks
        Length of a cycle.

    Returns
    -------
    tuple of Colleague
        In the same order.

    Notes
    -----
    A cycle is taken to lie in one term: hours of a term are the hours of the cycle. Hours a week count
    once for each of its weeks. Where both are recorded, those of the term count.

    Examples
    --------
    >>> row = PersonRow("Hill", "Reading, mathematics", "Trained as a coach", hours=1.5)
    >>> describe_colleagues([row], weeks=12)[0].hours
    18.0
    """
    return tuple(
        Colleague(
            school=row.school,
            subjects=frozenset(subject_key(part) for part in (row.subjects or "").split(",") if part.strip()),
            is_trained=bool((row.training or "").strip()),
            hours=_hours(row, weeks),
            term=(row.term or "") if row.term_hours is not None else "",
        )
        for row in rows
    )


def subject_key(subject: str) -> str:
    """Return a subject as it is compared: upper and lower case, and space around, are overlooked.

    Examples
    --------
    >>> subject_key(" Reading ")
    'reading'
    """
    return " ".join(subject.casefold().split())


def _has_hours(row: PersonRow) -> bool:
    return row.hours is not None or row.term_hours is not None


def _hours(row: PersonRow, weeks: int) -> float | None:
    if row.term_hours is not None:
        return row.term_hours
    return None if row.hours is None else row.hours * weeks
