"""What is kept how long: one table, done each day, shown in the settings, and counted in the trail."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from upwards.actions.repeat_erasures import forget_erased, list_erased
from upwards.core.settings import Settings
from upwards.web.accounts.models import Invitation, User
from upwards.web.data.models import ENDED, Upload
from upwards.web.jobs.models import OPEN, Job
from upwards.web.keeping.erasures import put_beside_backups
from upwards.web.keeping.recorded import remove_expired
from upwards.web.oversight.erasure import erase_rows, forget_given
from upwards.web.people.models import Person
from upwards.web.rules import rules
from upwards.web.tokens.models import Token
from upwards.web.trail.models import AuditEntry, What, write_entry

KIND = "retention"
Remove = Callable[[datetime.datetime], int]


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that is removed when its time is over.

    Attributes
    ----------
    name
        One word or two, for the trail and the page.
    kept
        What is removed, in words; `setting` says after how many days, else the words do.
    setting
        Dotted name of a setting in days; blank where the thing itself says when it is over.
    remove
        Removes what is older than a moment, and returns how many; None where another daily job does it.
    """

    name: str
    kept: str
    setting: str
    remove: Remove | None


def _trail(before: datetime.datetime) -> int:
    return AuditEntry.objects.filter(at__lt=before).delete()[0]


def _sessions(before: datetime.datetime) -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def _jobs(before: datetime.datetime) -> int:
    done = Job.objects.filter(ended_at__lt=before).exclude(state__in=OPEN).delete()[0]
    ended = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
    DBTaskResult.objects.filter(status__in=ended, finished_at__lt=before).delete()
    return done


def _uploads(before: datetime.datetime) -> int:
    return _each(Upload.objects.filter(step__in=ENDED, stored="", changed__lt=before))


def _invitations(before: datetime.datetime) -> int:
    over = Q(accepted__lt=before) | Q(withdrawn__lt=before) | Q(accepted=None, expires__lt=before)
    return _each(Invitation.objects.filter(over))


def _tokens(before: datetime.datetime) -> int:
    return _each(Token.objects.filter(Q(revoked__lt=before) | Q(expires__lt=timezone.localdate(before))))


def _each(rows: Any) -> int:
    """Remove rows one by one, so that the trail knows of each."""
    found = list(rows)
    for row in found:
        row.delete()
    return len(found)


def _left_people(before: datetime.datetime) -> int:
    """Erase those who left long ago; a sign-in with a role that still holds stays."""
    day = timezone.localdate(before)
    gone = Person.objects.filter(left__lt=day, erased__isnull=True).select_related("user")
    for person in (found := list(gone)):
        user: User | None = person.user
        forget_given(person)
        still = user is not None and user.appointments.on(timezone.localdate()).exists()
        erase_rows(person, None if still else user)
    return len(found)


def _forgotten(before: datetime.datetime) -> int:
    n_forgotten = forget_erased(settings.UPWARDS_WORKSPACE, before)
    put_beside_backups(list_erased(settings.UPWARDS_WORKSPACE))
    return n_forgotten


RULES = (
    Rule("audit trail", "entries of the audit trail", "retention.trail", _trail),
    Rule("sign-ins", "sign-ins that ended, at once", "", _sessions),
    Rule("jobs", "finished jobs", "retention.jobs", _jobs),
    Rule("files sent", "files of uploads that nobody came back for", "uploads.keep_failed_days", None),
    Rule("originals", "files once they are imported", "uploads.keep_original_days", None),
    Rule("uploads", "records of uploads that ended", "retention.uploads", _uploads),
    Rule("messages", "messages in the folder outbox, after one day", "", None),
    Rule("invitations", "invitations that are over", "retention.invitations", _invitations),
    Rule("tokens", "tokens of programs that ended or were withdrawn", "retention.tokens", _tokens),
    Rule(
        "people who left",
        "people, after their last day: they are erased",
        "retention.left_people",
        _left_people,
    ),
    Rule("backups", "files of backups", "backups.keep_days", remove_expired),
    Rule("erasures", "the list of erasures that backups need", "backups.keep_days", _forgotten),
)


def remove_what_is_over(progress: Callable[[str, int, int], None]) -> dict[str, int]:
    """Apply every rule and write down in the trail how many each removed."""
    thresholds = rules()
    counted: dict[str, int] = {}
    for place, rule in enumerate(RULES):
        if rule.remove is None:
            continue
        progress(rule.name.capitalize(), place, len(RULES))
        counted[rule.name] = rule.remove(_over(rule, thresholds))
        if counted[rule.name]:
            write_entry(What.DID, KIND, rule.name, detail=f"{counted[rule.name]} removed")
    return counted


def _over(rule: Rule, thresholds: Settings) -> datetime.datetime:
    days = thresholds.count(rule.setting) if rule.setting else 0
    return timezone.now() - datetime.timedelta(days=days)


def kept_how_long() -> list[list[str]]:
    """Return a row for each rule: what, how long, which setting."""
    thresholds = rules()
    return [
        [
            rule.name.capitalize(),
            rule.kept,
            f"{thresholds.count(rule.setting):,} days" if rule.setting else "see there",
            rule.setting,
        ]
        for rule in RULES
    ]
