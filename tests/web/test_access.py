"""Who may do what, where."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from upwards.web.access import Reader, audience, reader_for
from upwards.web.accounts.models import Appointment
from upwards.web.navigation import ITEMS
from upwards.web.roles import CAPABILITIES, MAY_APPOINT, Role

pytestmark = pytest.mark.django_db


def one(role: Role, school: str = "") -> Reader:
    return Reader(None, ((role, school),))


def test_a_stranger_may_do_nothing():
    assert not any(Reader().may(capability) for capability in CAPABILITIES)


def test_an_owner_may_do_everything():
    assert all(one(Role.OWNER).may(capability, "any school") for capability in CAPABILITIES)


def test_a_right_holds_in_the_own_school_only():
    head = one(Role.SCHOOL_LEAD, "Alder")
    assert head.may("invite", "Alder")
    assert not head.may("invite", "Birch")
    assert head.schools_for("invite") == {"Alder"}


def test_two_appointments_do_not_lend_each_other_their_rights():
    both = Reader(None, ((Role.SCHOOL_LEAD, "Alder"), (Role.TEACHER, "Birch")))
    assert not both.may("invite", "Birch")


def test_heads_see_departments_of_all_schools_and_teachers_their_own_school():
    assert audience(one(Role.SCHOOL_LEAD, "Alder")).schools is None
    assert audience(one(Role.TEACHER, "Alder")).schools == {"Alder"}
    assert audience(one(Role.GOVERNOR, "Alder")).schools == {"Alder"}
    assert audience(Reader()).schools == frozenset()


def test_a_school_lead_cannot_appoint_a_lead_or_anybody_elsewhere():
    head = one(Role.SCHOOL_LEAD, "Alder")
    assert head.may_appoint(Role.COACH, "Alder")
    assert not head.may_appoint(Role.SCHOOL_LEAD, "Alder")
    assert not head.may_appoint(Role.COACH, "Birch")
    assert not head.may_appoint(Role.COACH, "")


def test_only_an_owner_makes_an_owner():
    assert [role for role in Role if Role.OWNER in MAY_APPOINT.get(role, ())] == [Role.OWNER]


def test_an_appointment_holds_from_its_first_day_to_its_last(appointed):
    user, today = appointed("mary"), timezone.localdate()
    day = datetime.timedelta(days=1)
    Appointment.objects.create(
        user=user, role=Role.COACH, school="past", starts=today - 2 * day, ends=today - day
    )
    Appointment.objects.create(user=user, role=Role.COACH, school="last day", starts=today - day, ends=today)
    Appointment.objects.create(user=user, role=Role.COACH, school="to come", starts=today + day)
    assert reader_for(user).schools == {"last day"}


def test_every_line_of_the_menu_names_a_capability():
    assert {item.capability for item in ITEMS} <= set(CAPABILITIES)
