"""What was ended since a backup stays ended after restoring it, and keys that others hold are closed."""

from __future__ import annotations

import datetime
import json
import shutil

import pytest
from django.utils import timezone

from tests.web.sharing_of_trust import agreement as sharing_agreement
from tests.web.sharing_of_trust import birch_by_itself
from upwards.actions.repeat_erasures import remember_erased
from upwards.core.errors import UserError
from upwards.web.accounts.models import Appointment, Invitation, User
from upwards.web.controllers.models import Sharing
from upwards.web.keeping import withdrawals
from upwards.web.keeping.models import Backup
from upwards.web.keeping.restored_tables import close_what_was_open
from upwards.web.keeping.withdrawals import Withdrawals, all_withdrawn, beside, end_again, withdrawn_since
from upwards.web.people.models import Agreement, Person
from upwards.web.roles import Role
from upwards.web.tokens.models import Token

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture
def folder(trust_workspace, tmp_path, settings):
    """Where a backup of yesterday lies."""
    settings.UPWARDS_WORKSPACE = tmp_path / "trust"
    shutil.copytree(trust_workspace, settings.UPWARDS_WORKSPACE)
    remember_erased(settings.UPWARDS_WORKSPACE, [])  # as the first backup does
    place = tmp_path / "backups"
    place.mkdir()
    Backup.objects.create(made=timezone.now() - DAY, folder=str(place), name="x", size=1)
    return place


def given(people) -> tuple[Agreement, Sharing]:
    birch_by_itself()
    person = Person.objects.create(name="Tom", school="Alder")
    named = Agreement.objects.create(person=person, school="Alder", subject="Maths", stage="ks2")
    return named, sharing_agreement()


def test_what_ended_since_a_backup_is_ended_again(folder, people, django_capture_on_commit_callbacks):
    named, shared = given(people)
    long_ago = timezone.localdate() - 9 * DAY
    role = Appointment.objects.get(user=people["coach"])
    Appointment.objects.filter(pk=role.pk).update(starts=long_ago)
    role.refresh_from_db()
    short = Appointment.objects.create(user=people["teacher"], role=Role.COACH, school="Alder")
    gone = short.pk
    with django_capture_on_commit_callbacks(execute=True):
        named.withdrawn = shared.withdrawn = timezone.now()
        named.save()
        shared.save()
        User.objects.filter(pk=people["governor"].pk).update(is_active=False)
        role.end()
        short.end()
    written = all_withdrawn()
    listed = withdrawn_since(timezone.now() - DAY, written.installation, [folder, folder / "nowhere"])
    assert listed is not None
    assert (listed.agreements, listed.sharings) == ((named.pk,), (shared.pk,))
    assert listed.users == (people["governor"].pk,)
    assert listed.roles[str(gone)] == ""

    Agreement.objects.update(withdrawn=None)
    Sharing.objects.update(withdrawn=None)
    User.objects.update(is_active=True)
    Appointment.objects.filter(pk=role.pk).update(ends=None)
    Appointment.objects.create(pk=gone, user=people["teacher"], role=Role.COACH, school="Alder")
    done = end_again(listed)
    assert done == {"agreements to be named": 1, "sharing agreements": 1, "roles": 2, "sign-ins": 1}
    assert not Agreement.objects.standing().exists()
    assert not Sharing.objects.in_force(timezone.localdate()).exists()
    assert not people["coach"].appointments.on(timezone.localdate()).exists()
    assert not Appointment.objects.filter(pk=gone).exists()
    assert not User.objects.get(pk=people["governor"].pk).is_active
    assert end_again(listed) == dict.fromkeys(done, 0)


def test_a_role_that_began_after_its_last_day_is_removed(people):
    role = Appointment.objects.get(user=people["coach"])
    end_again(Withdrawals("0" * 16, "2026-01-01T00:00+00:00", roles={str(role.pk): "2020-01-01"}))
    assert not Appointment.objects.filter(pk=role.pk).exists()


def test_a_list_that_is_older_or_of_another_house_says_nothing(folder):
    written = all_withdrawn()
    beside(folder, written.installation).write_bytes(written.to_json())
    assert withdrawn_since(timezone.now() - DAY, written.installation, [folder]) == written
    assert withdrawn_since(timezone.now() + DAY, written.installation, [folder]) is None
    other = beside(folder, "f" * 16)
    other.write_bytes(written.to_json())
    assert withdrawn_since(timezone.now() - DAY, "f" * 16, [folder]) is None


WRONG = [
    {"agreements": ["1"]}, {"users": 3}, {"roles": {"x": ""}}, {"roles": {"1": "soon"}}, {"more": 1},
    {"written": "2026-01-01"}, {"sharings": [2**70]}, {"roles": [1]},
]  # fmt: skip


@pytest.mark.parametrize("change", WRONG)
def test_a_damaged_list_is_refused_in_words(change):
    plain = {"installation": "0" * 16, "written": "2026-01-01T00:00+00:00"}
    with pytest.raises(UserError, match="Move it away"):
        Withdrawals.from_json(json.dumps({**plain, **change}).encode(), where="x")


def test_while_restoring_and_without_backups_no_list_is_written(folder, settings):
    Backup.objects.create(made=timezone.now(), folder="/proc/nowhere", name="x", size=1)
    withdrawals.spread_withdrawals()
    assert len(list(folder.iterdir())) == 1
    assert len(list((settings.UPWARDS_WORKSPACE / "backups").iterdir())) == 1
    (made,) = folder.iterdir()
    made.unlink()
    settings.UPWARDS_WORKSPACE = folder / "moved"
    withdrawals.spread_withdrawals()
    assert not list(folder.iterdir())


def test_tokens_and_invitations_are_closed(people):
    token, _ = Token.make(
        people["owner"], title="x", scopes=[], schools=[], expires=timezone.localdate() + DAY
    )
    Invitation.make(role=Role.OWNER)
    assert close_what_was_open() == (1, 1)
    token.refresh_from_db()
    assert not token.is_open
    assert not any(one.is_open for one in Invitation.objects.all())
    assert close_what_was_open() == (0, 0)
