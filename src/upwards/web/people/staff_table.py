"""Staff as the data hold them: roles, subjects, training that lets coach, hours of a term; no names.

Somebody is known to the data by their number here, which the import replaces by a keyed hash. It is not the
code of the results: nothing joins what is recorded of a person with the results of their classes.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db.models import Prefetch

from upwards.actions.erase import erase
from upwards.core.tables.people import APPLICATION
from upwards.web.people.models import COACHING, Person, Standing, TermHours, Training
from upwards.web.people.terms import SchoolTerm, term_of
from upwards.web.rules import rules

Row = dict[str, Any]
Key = tuple[int, str]
"""A person's number, and the school of a row about them."""


def planned_term(today: datetime.date) -> SchoolTerm:
    """Return the term in which the middle of a cycle falls that begins today: the one that is planned for."""
    half = datetime.timedelta(weeks=rules().count("coaching.length_weeks")) / 2
    return term_of(today + half)


def staff_rows(today: datetime.date, schools: Collection[str]) -> dict[Key, Row]:
    """Return a row for everybody on record who works today in one of the schools that the data know."""
    term = planned_term(today)
    rows = Person.objects.working().filter(erased__isnull=True, joined__lte=today, school__in=schools)
    hours = TermHours.objects.filter(year=term.year, term=term.term)
    trained = Training.objects.valid(today).filter(standing__in=COACHING)
    found = rows.order_by("pk").prefetch_related(
        Prefetch("term_hours", hours, to_attr="planned"), Prefetch("trainings", trained, to_attr="coaching")
    )
    return {(one.pk, one.school): _row(one, term) for one in found}


def without_what_was(keys: Iterable[Key]) -> dict[Key, Row]:
    """Return rows that say nothing any more, of people who have left or moved; of who was erased, none."""
    asked = list(keys)
    here = set(
        Person.objects.filter(pk__in=[pk for pk, _ in asked], erased__isnull=True).values_list(
            "pk", flat=True
        )
    )
    return {(pk, school): _named(pk, school) for pk, school in asked if pk in here}


def forget_in_data(person: Person) -> int:
    """Erase somebody's rows of the table of people in every state of the data; return how many there were."""
    done = erase(teacher=_number(person.pk), workspace=settings.UPWARDS_WORKSPACE)
    return sum(done.snapshots.values()) + done.n_rows_elsewhere


def _row(person: Person, term: SchoolTerm) -> Row:
    said: Any = person
    hours = [f"{one.hours:g}" for one in said.planned]
    standings = {one.standing for one in said.coaching}
    return _named(person.pk, person.school) | {
        "role": person.posts,
        "subjects": ", ".join(person.subject_list),
        "training": ", ".join(one.label for one in Standing if one in standings),
        "term": str(term) if hours else "",
        "term_hours": hours[0] if hours else "",
    }


def _named(pk: int, school: str) -> Row:
    return {"person": _number(pk), "school": school, "kept_in": APPLICATION}


def _number(pk: int) -> str:
    return f"recorded here {pk}"
