"""Whom to ask: a department, or a person for as long as they agree to be named."""

from __future__ import annotations

from upwards.web.people.models import Agreement, Person, PersonQuerySet
from upwards.web.practices.models import Edition


def agreed_people(school: str, subject: str = "") -> PersonQuerySet:
    """Return who works in a school and agrees to be named there, with a subject where one is given."""
    agreements = Agreement.objects.standing().filter(school=school)
    if subject:
        agreements = agreements.filter(subject__iexact=subject)
    here = Person.objects.working().filter(school=school, erased__isnull=True)
    return here.filter(pk__in=agreements.values("person"))


def who_to_ask(edition: Edition) -> Person | None:
    """Return the person whom an edition names, asked anew each time: an agreement withdrawn holds at once."""
    if edition.ask_person_id is None:
        return None
    agreed = agreed_people(edition.practice.school, edition.subject)
    return agreed.filter(pk=edition.ask_person_id).first()
