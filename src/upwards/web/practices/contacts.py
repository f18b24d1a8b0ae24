"""Whom to ask: a department, or a person for as long as they agree to be named."""

from __future__ import annotations

from upwards.web.people.agreements import SPEAK_OF_CARDS
from upwards.web.people.models import Agreement, Person, PersonQuerySet
from upwards.web.practices.models import Edition


def agreed_people(school: str, subject: str | None = None) -> PersonQuerySet:
    """Return who works in a school and agrees to be named there on cards, of one subject or (None) of any.

    A card without a subject names nobody: an agreement is about one team and no more.
    """
    agreements = Agreement.objects.standing().filter(school=school, text_version__in=SPEAK_OF_CARDS)
    if subject is not None:
        agreements = agreements.filter(subject__iexact=subject).exclude(subject="")
    here = Person.objects.working().filter(school=school, erased__isnull=True)
    return here.filter(pk__in=agreements.values("person"))


def who_to_ask(edition: Edition) -> Person | None:
    """Return the person whom an edition names, asked anew each time: an agreement withdrawn holds at once."""
    if edition.ask_person_id is None:
        return None
    agreed = agreed_people(edition.practice.school, edition.subject)
    return agreed.filter(pk=edition.ask_person_id).first()
