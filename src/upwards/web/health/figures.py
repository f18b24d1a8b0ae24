"""What people did in each term, counted from the application's own records."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Min, Q

from upwards.web.partnerships.models import Outcome, Partnership, Session
from upwards.web.people.models import COACHING, Person, Training
from upwards.web.people.terms import SchoolTerm
from upwards.web.practices.counts import adopted_between, shared_between
from upwards.web.practices.models import Practice

Team = Mapping[str, Any]
Schools = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class TermCounts:
    """One term; None where nothing was recorded yet, which is not zero.

    Attributes
    ----------
    term
        Which.
    giving
        Bright spots of today's answer that had a visit as provider; None too where there is no answer.
    given, received
        Hours of visits that took place.
    coaches
        People with a valid training as coach on the last day.
    shared, adopted
        Practices first published, and times that a school began to use another's.
    """

    term: SchoolTerm
    giving: int | None
    given: float | None
    received: float | None
    coaches: int | None
    shared: int | None
    adopted: int | None


def count_terms(
    terms: Sequence[SchoolTerm], schools: Schools, spots: Iterable[Team] | None, today: datetime.date
) -> list[TermCounts]:
    """Count each term for some schools; None for all."""
    teams = None if spots is None else [one for one in spots if schools is None or one["school"] in schools]
    since = _since()
    return [_count(one, schools, teams, since, today) for one in terms]


def _since() -> dict[str, datetime.date | None]:
    """Return when each kind of record begins: before that day nothing is known."""
    return {
        "partnerships": Partnership.objects.aggregate(day=Min("starts"))["day"],
        "trainings": Training.objects.filter(standing__in=COACHING).aggregate(day=Min("day"))["day"],
        "practices": Practice.objects.aggregate(day=Min("shared"))["day"],
    }


def _count(
    term: SchoolTerm,
    schools: Schools,
    teams: list[Team] | None,
    since: Mapping[str, datetime.date | None],
    today: datetime.date,
) -> TermCounts:
    held = _known(since["partnerships"], term)
    visits = _visits(term) if held else []
    practices = _known(since["practices"], term)
    trained = _known(since["trainings"], term)
    return TermCounts(
        term=term,
        giving=_giving(visits, teams) if held and teams is not None else None,
        given=_given(visits, schools) if held else None,
        received=_received(visits, schools) if held else None,
        coaches=_coaches(min(term.last, today), schools) if trained else None,
        shared=shared_between(term.first, term.last, schools) if practices else None,
        adopted=adopted_between(term.first, term.last, schools) if practices else None,
    )


def _known(since: datetime.date | None, term: SchoolTerm) -> bool:
    return since is not None and since <= term.last


def _visits(term: SchoolTerm) -> list[Session]:
    rows = Session.objects.filter(outcome=Outcome.HELD, date__gte=term.first, date__lte=term.last)
    return list(rows.select_related("partnership").prefetch_related("partnership__recipients"))


def _given(visits: list[Session], schools: Schools) -> float:
    return sum(one.hours for one in visits if schools is None or one.partnership.provider_school in schools)


def _received(visits: list[Session], schools: Schools) -> float:
    """Add up hours for each school that received: a visit with two schools is received twice."""
    return sum(
        one.hours
        for one in visits
        for school in dict.fromkeys(one.partnership.recipient_schools)
        if schools is None or school in schools
    )


def _giving(visits: list[Session], teams: list[Team]) -> int:
    gave = {(one.partnership.provider_school, one.partnership.subject.casefold()) for one in visits}
    known = {(str(one["school"]), str(one["subject"]).casefold()) for one in teams}
    return len(known & gave)


def _coaches(day: datetime.date, schools: Schools) -> int:
    valid = Training.objects.valid(day).filter(standing__in=COACHING)
    here = Person.objects.filter(Q(left__isnull=True) | Q(left__gte=day), erased=None)
    return here.of_schools(schools).filter(pk__in=valid.values("person")).count()
