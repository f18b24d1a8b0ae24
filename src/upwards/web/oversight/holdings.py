"""What the application holds about somebody, found through the rows that point at them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from upwards.actions.describe_classes import describe_classes
from upwards.core.errors import UserError
from upwards.web.accounts.models import Invitation, User
from upwards.web.people.models import Person
from upwards.web.programmes.models import Attendance

SCHEMA = "upwards.subject-access/1"
SECRET = frozenset({"password", "token", "token_hash", "data", "secret", "key"})
BETWEEN_TWO = frozenset({"partnerships"})
"""Apps whose free text belongs to those who work together: given to them, not to an owner."""
KEPT_BACK = "held; given to the person alone"
MOST_ROWS = 10_000
COMMAND = 'upwards erase --teacher "CODE" removes a teacher, --pupil "ID" a pupil, from results and rosters.'


def holdings_of(person: Person | None, user: User | None, *, for_self: bool) -> dict[str, Any]:
    """Return in plain types what is held; free text of coaching only to the person themselves."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in (person, user):
        if row is not None:
            found[row._meta.label_lower] = [_plain(row, for_self=True)]
            for name, only, rows in _pointing_at(row):
                listed = [_plain(one, for_self=for_self, only=only) for one in rows]
                found.setdefault(name, []).extend(one for one in listed if one not in found[name])
    if user is not None:
        invited = Invitation.objects.filter(email=user.email)
        found["accounts.invitation"] = [_plain(one, for_self=True) for one in invited]
        present = Attendance.objects.filter(participant__user=user)[:MOST_ROWS]
        found["programmes.attendance"] = [_plain(one, for_self=for_self) for one in present]
    return {
        "schema": SCHEMA,
        "made": timezone.now().isoformat(timespec="seconds"),
        "rows": {name: rows for name, rows in sorted(found.items()) if rows},
        "results": _results(person),
    }


def counted(person: Person | None, user: User | None) -> list[tuple[str, int]]:
    """Return how many rows there are of each kind."""
    held = holdings_of(person, user, for_self=False)["rows"]
    return [(name, len(rows)) for name, rows in held.items()]


def _results(person: Person | None) -> dict[str, Any]:
    said = "Results hold a keyed hash in place of a name or code. Pupils are not known to this application."
    about: dict[str, Any] = {"note": said, "command": COMMAND}
    if person is not None and person.staff_code:
        try:
            about["classes"] = describe_classes(person.staff_code, settings.UPWARDS_WORKSPACE)["classes"]
        except UserError as error:
            about["classes"] = str(error)
    return about


def _pointing_at(row: models.Model) -> Iterator[tuple[str, frozenset[str] | None, list[models.Model]]]:
    """Yield the rows of each kind, and which of their fields are about this person; None for all.

    Where somebody only wrote or proposed a row, it is about others: then what they wrote, and when.
    """
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or isinstance(relation.related_model, str):
            continue
        model, pointing = relation.related_model, relation.field
        written = (models.TextField, models.DateField)
        own = {f.name for f in model._meta.concrete_fields if isinstance(f, written) or f.primary_key}
        only = frozenset(own | {pointing.name}) if relation.hidden else None
        if model is type(row):  # other people, such as those whom this person manages
            only = frozenset({model._meta.pk.name, pointing.name})
        rows = model._default_manager.filter(**{pointing.name: row.pk})[:MOST_ROWS]
        yield model._meta.label_lower, only, list(rows)


def _plain(row: models.Model, *, for_self: bool, only: frozenset[str] | None = None) -> dict[str, Any]:
    private = row._meta.app_label in BETWEEN_TWO and not for_self
    found: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if field.name in SECRET or (only is not None and field.name not in only):
            continue
        value = field.value_from_object(row)
        if private and isinstance(field, models.TextField) and value:
            value = KEPT_BACK
        found[field.attname] = value if isinstance(value, str | int | float | bool | None) else str(value)
    return found
