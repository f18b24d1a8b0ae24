"""What was ended since a backup stays ended: the list lies beside the backups, and restoring ends it again.

The list says how things stand, in numbers of rows: agreements and sharings that were withdrawn, roles that
ended, sign-ins that were closed. It is written anew whenever one of these changes.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from upwards.actions.repeat_erasures import list_erased
from upwards.core.errors import UserError
from upwards.web.accounts.models import Appointment, User
from upwards.web.controllers.models import Sharing
from upwards.web.keeping.models import Backup
from upwards.web.people.models import Agreement
from upwards.web.trail.models import AuditEntry, What

KINDS = ("people.agreement", "controllers.sharing", "accounts.appointment")
GONE = ""
LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """How things stood at one moment.

    Attributes
    ----------
    installation
        Random name of the installation; numbers of rows mean nothing elsewhere.
    written
        When, ISO 8601 in UTC.
    agreements, sharings
        Numbers of those that were withdrawn.
    users
        Numbers of those who may not sign in.
    roles
        Number of each role that ended, with its last day; blank where the row is gone.
    """

    installation: str
    written: str
    agreements: tuple[int, ...] = ()
    sharings: tuple[int, ...] = ()
    users: tuple[int, ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def moment(self) -> datetime.datetime:
        return datetime.datetime.fromisoformat(self.written)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode() + b"\n"

    @classmethod
    def from_json(cls, content: bytes, *, where: str) -> Withdrawals:
        """Read one, which may be damaged.

        Raises
        ------
        UserError
            When it is.
        """
        try:
            found = cls(**{name: _back(value) for name, value in json.loads(content).items()})
            numbers = (*found.agreements, *found.sharings, *found.users, *map(int, found.roles))
            for day in found.roles.values():
                datetime.date.fromisoformat(day or found.written[:10])
            if (
                not all(type(one) is int and 0 < one < LARGEST for one in numbers)
                or found.moment.tzinfo is None
            ):
                raise TypeError
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(
                f"{where}, the list of what was withdrawn, is damaged. Move it away to restore without it; "
                "then roles and agreements that ended since the backup come back, and have to be ended again."
            ) from error
        return found


def _back(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@receiver(post_save, sender=AuditEntry, dispatch_uid="withdrawals reach the backups")
def spread_soon(instance: AuditEntry, **about: Any) -> None:
    if instance.kind in KINDS and instance.what in (What.CHANGED, What.DELETED):
        transaction.on_commit(spread_withdrawals)


def spread_withdrawals() -> None:
    """Put the list beside every backup that may still exist, and into the workspace's own folder for them."""
    from upwards.web.keeping.erasures import write_whole

    workspace = Path(settings.UPWARDS_WORKSPACE)
    folders = {Path(one.folder) for one in Backup.objects.filter(removed=None)}
    if not folders or not workspace.is_dir():  # while restoring, the workspace has moved to its place
        return
    standing = all_withdrawn()
    own = workspace / "backups"
    for folder in {*folders, own}:
        try:
            if folder == own:
                own.mkdir(mode=0o700, exist_ok=True)
            write_whole(beside(folder, standing.installation), standing.to_json())
        except OSError:
            continue  # a disk that is not there now


def beside(folder: Path, installation: str) -> Path:
    return folder / f"withdrawals-{installation}.json"


def all_withdrawn() -> Withdrawals:
    """Return how things stand now."""
    over = Appointment.objects.filter(ends__lt=timezone.localdate()).values_list("pk", "ends")
    entries = AuditEntry.objects.filter(kind="accounts.appointment", what=What.DELETED)
    deleted = {int(one) for one in entries.values_list("object_id", flat=True) if one.isdecimal()}
    gone = deleted - set(Appointment.objects.values_list("pk", flat=True))
    return Withdrawals(
        installation=list_erased(settings.UPWARDS_WORKSPACE).installation,
        written=timezone.now().astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        agreements=_numbers(Agreement.objects.filter(withdrawn__isnull=False)),
        sharings=_numbers(Sharing.objects.filter(withdrawn__isnull=False)),
        users=_numbers(User.objects.filter(is_active=False)),
        roles={
            **{str(pk): GONE for pk in sorted(gone)},
            **{str(pk): ends.isoformat() for pk, ends in over if ends is not None},
        },
    )


def _numbers(rows: Any) -> tuple[int, ...]:
    return tuple(rows.order_by("pk").values_list("pk", flat=True))


def withdrawn_since(
    moment: datetime.datetime, installation: str, folders: Iterable[Path]
) -> Withdrawals | None:
    """Return the newest list that was written after a backup was made; None where there is none."""
    paths = (beside(folder, installation) for folder in folders)
    lists = [Withdrawals.from_json(path.read_bytes(), where=str(path)) for path in paths if path.is_file()]
    known = [one for one in lists if one.installation == installation and one.moment >= moment]
    return max(known, key=_when, default=None)


def _when(one: Withdrawals) -> datetime.datetime:
    return one.moment


def end_again(listed: Withdrawals) -> dict[str, int]:
    """End in the restored tables what had ended; return how many, by name. The trail has each change."""
    now = timezone.now()
    agreements = list(Agreement.objects.filter(pk__in=listed.agreements, withdrawn=None))
    sharings = list(Sharing.objects.filter(pk__in=listed.sharings, withdrawn=None))
    users = User.objects.filter(pk__in=listed.users, is_active=True)
    for agreement in agreements:
        agreement.withdrawn = now
        agreement.save()
    for sharing in sharings:
        sharing.withdrawn = now
        sharing.save()
    n_roles = sum(_end_role(one, listed.roles[str(one.pk)]) for one in _roles(listed))
    return {
        "agreements to be named": len(agreements),
        "sharing agreements": len(sharings),
        "roles": n_roles,
        "sign-ins": users.update(is_active=False),
    }


def _roles(listed: Withdrawals) -> list[Appointment]:
    return list(Appointment.objects.filter(pk__in=[int(one) for one in listed.roles]))


def _end_role(role: Appointment, last_day: str) -> bool:
    if last_day == GONE:
        role.delete()
        return True
    ends = datetime.date.fromisoformat(last_day)
    if role.ends is not None and role.ends <= ends:
        return False
    if role.starts > ends:
        role.delete()
        return True
    role.ends = ends
    role.save()
    return True
