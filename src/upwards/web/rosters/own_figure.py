"""What the results say of a teacher's classes, for that teacher: computed at each look and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from upwards.actions.estimate_own_teaching import estimate_own_teaching
from upwards.actions.workspace_answer import NotYetComputed, kept_only
from upwards.core.attributed import AttributedClass
from upwards.core.errors import UserError
from upwards.core.identifiers import normalise_identifier
from upwards.core.shares import as_share
from upwards.web.access import Reader
from upwards.web.answers import computing
from upwards.web.jobs.models import Job
from upwards.web.people.class_checks import ClassCheck, Verdict
from upwards.web.people.models import Person
from upwards.web.people.named import TAUGHT
from upwards.web.rosters.picture import OwnClass, Picture

QUESTION = "teaching-spread"
ENTERS_CODES = (
    "You may enter the codes of staff, so nobody could tell whether what stood here were about you. Who has "
    "that right is shown no figure about a person. Look at your team under Where are we."
)
NONE_CONFIRMED = (
    "Say below which classes are yours: until you confirm one of them, they may be somebody else's, whose "
    "code in the files was taken for yours."
)
CODE_TWICE = (
    "Another person on record has the same code in the files, so it is not certain whose results these are. "
    "Ask a lead of your school to mend it under People."
)


@dataclass(frozen=True, slots=True)
class OwnFigure:
    """What there is to be shown: a figure, why there is none, or the job it waits for."""

    found: Mapping[str, Any] | None = None
    refused: str = ""
    job: Job | None = None
    n_left_out: int = 0

    @property
    def figure(self) -> Mapping[str, Any] | None:
        return None if self.found is None else self.found["figure"]

    @property
    def sentence(self) -> str:
        """Say it in words; an interval that holds the average says that nothing can be told."""
        one = self.figure
        if one is None:
            return ""
        likely, (low, high) = _moved(one["places"]), (one["places_lower"], one["places_upper"])
        if one["lower"] <= 0 <= one["upper"]:
            return (
                "The results cannot tell your classes from the average here. Most likely the pupil in the "
                f"middle of a hundred stands {likely}, but anything from {_moved(low)} to {_moved(high)} "
                "fits."
            )
        reached = "more" if one["lower"] > 0 else "less"
        return (
            f"Pupils of your classes together reached {reached} than pupils who started alike reach on "
            f"average here: as if the one in the middle of a hundred stood {likely}, probably between "
            f"{min(abs(low), abs(high))} and {max(abs(low), abs(high))}."
        )

    @property
    def columns(self) -> tuple[str, str]:
        return "What", "Value"

    @property
    def rows(self) -> list[tuple[str, object]]:
        """Return the statistics of the table."""
        one, found = self.figure, self.found
        if one is None or found is None:
            return []
        return [
            ("Added, in pupil SD", f"{one['effect']:+.2f}"),
            ("95% interval", f"{one['lower']:+.2f} to {one['upper']:+.2f}"),
            ("Before it was drawn towards the average", f"{one['raw']:+.2f}"),
            ("Pupils", found["n_pupils"]),
            ("Results", found["n_results"]),
            ("Classes", found["n_classes"]),
            ("Further classes that name you and are not in it", self.n_left_out),
            ("Years", found["n_years"]),
            ("Results of these classes that could be used", as_share(found["coverage"])),
        ]


def own_figure(reader: Reader, person: Person, picture: Picture) -> OwnFigure:
    """Return what the results say of the classes that count as this person's; the reader is the person."""
    if reader.user is None or person.user_id != reader.user.pk:
        return OwnFigure()
    if reader.may("change_people"):
        return OwnFigure(refused=ENTERS_CODES)
    if _is_code_twice(person):
        return OwnFigure(refused=CODE_TWICE)
    counting = _counting(picture)
    classes = [*map(_attributed, counting), *map(_added, _confirmed(picture))]
    if picture.classes and not classes:
        return OwnFigure(refused=NONE_CONFIRMED)
    try:
        with kept_only():
            found = estimate_own_teaching(person.staff_code, classes, settings.UPWARDS_WORKSPACE)
    except NotYetComputed:
        return _waiting(reader)
    return OwnFigure(found, refused=found["refusal"], n_left_out=len(picture.classes) - len(counting))


def _waiting(reader: Reader) -> OwnFigure:
    """Ask for what the figure is measured against, which is about nobody, and so may be kept."""
    try:
        return OwnFigure(job=computing(reader, QUESTION))
    except UserError as error:  # too much is being computed for this reader
        return OwnFigure(refused=str(error))


def _is_code_twice(person: Person) -> bool:
    others = Person.objects.filter(erased=None).exclude(pk=person.pk).exclude(staff_code="")
    own = normalise_identifier(person.staff_code, "teacher")
    codes = others.values_list("staff_code", flat=True)
    return any(normalise_identifier(code, "teacher") == own for code in codes)


def _counting(picture: Picture) -> list[OwnClass]:
    """Return the classes that the teacher confirmed, and those that may still be confirmed in time.

    Before the first is confirmed there are none: a code that somebody mistyped names another's classes.
    """
    confirmed = {one.key for one in picture.classes if one.check is not None and one.check.verdict in TAUGHT}
    may_wait = bool(confirmed) and not picture.is_late
    return [
        one
        for one in picture.classes
        if one.key in confirmed or (may_wait and one.check is None and one.row["share"] != 0)
    ]


def _attributed(one: OwnClass) -> AttributedClass:
    share = one.check.share if one.check is not None else one.row["share"] or 1.0
    return AttributedClass(*one.key, share=share)


def _confirmed(picture: Picture) -> list[ClassCheck]:
    """Return the classes that the teacher added and a lead of the school confirmed."""
    return [one for one in picture.added if one.confirmed is not None and one.verdict != Verdict.NOT_MINE]


def _added(one: ClassCheck) -> AttributedClass:
    return AttributedClass(one.school, one.subject, one.year, one.class_name, one.share, is_added=True)


def _moved(places: int) -> str:
    if places == 0:
        return "where it would anyway"
    noun = "place" if abs(places) == 1 else "places"
    return f"{abs(places)} {noun} further {'up' if places > 0 else 'down'}"
