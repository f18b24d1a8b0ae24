"""Who sees what of a partnership: on its page, in lists, and of what is written for those in it."""

from __future__ import annotations

import datetime

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from tests.web.partnerships_of_trust import (
    PRIVATE,
    coaching_of_cast,
    partnership,
    post,
    take_part,
)
from upwards.web.access import reader_for
from upwards.web.accounts.models import Appointment
from upwards.web.partnerships import readers
from upwards.web.partnerships.models import Partnership
from upwards.web.partnerships.of_school import of_school
from upwards.web.people.models import Person
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)


def test_who_declines_is_named_to_nobody_and_is_not_asked_again(people, coach, school_lead, owner):
    made = partnership("proposed")
    take_part(made, people["coach"], "provider", "asked")
    assert "Coach" in school_lead.get(reverse("partnership", args=[made.pk])).content.decode()
    post(coach, "partnership_answer", made.pk, answer="declined")
    for client in (school_lead, owner):
        page = client.get(reverse("partnership", args=[made.pk])).content.decode()
        assert "A place is open" in page
        assert "<li>Coach" not in page
        assert "eclined" not in page
    answer = post(school_lead, "partnership_ask", made.pk, person=people["coach"].pk, side="provider")
    assert answer.status_code == 422


def seen(client: Client, made: Partnership) -> tuple[int, bool, bool, bool]:
    """Return status; whether the aim, the hours and the private words are shown."""
    answer = client.get(reverse("partnership", args=[made.pk]))
    page = answer.content.decode()
    return answer.status_code, made.aim in page, "Hours given" in page, PRIVATE in page


def test_each_of_the_cast_sees_only_what_they_may(browser_of, appointed):
    made = coaching_of_cast()
    mary = Client()
    mary.force_login(appointed("mary", Role.TEACHER, "Birch"))
    far = Client()
    far.force_login(appointed("far", Role.SCHOOL_LEAD, "Damson"))
    part, lead, colleague = (200, True, True, True), (200, True, True, False), (200, True, False, False)
    refused = (403, False, False, False)
    wanted = {
        "coach": part,
        "teacher": part,
        "owner": lead,
        "group_lead": lead,
        "school_lead": lead,
        "other_lead": lead,
        "governor": refused,
        "researcher": refused,
        "reviewer": refused,
        "stranger": (302, False, False, False),
    }
    assert {name: seen(browser_of(name), made) for name in wanted} == wanted
    assert seen(mary, made) == colleague
    assert not mary.get(reverse("partnership", args=[made.pk])).context["sees_hours"]
    assert "<li>Coach" not in mary.get(reverse("partnership", args=[made.pk])).content.decode()
    assert seen(far, made) == (404, False, False, False)


def test_private_words_are_on_no_other_page_and_in_no_feed(browser_of, people):
    made = coaching_of_cast()
    outside = [name for name in people if name not in ("coach", "teacher")]
    visits = [one.pk for one in made.sessions.all()]
    addresses = [reverse("partnerships"), reverse("monday"), reverse("hand_over")]
    addresses += [reverse("visit", args=[one]) for one in visits]
    addresses += [reverse("partnership_edit", args=[made.pk]), reverse("visit_log", args=[made.pk])]
    for name in outside:
        client = browser_of(name)
        assert not [one for one in addresses if PRIVATE in client.get(one).content.decode()]
    assert not [one for one in AuditEntry.objects.all() if PRIVATE in one.detail]


def test_notes_are_not_for_who_joins_later_nor_for_who_is_only_asked(people, appointed):
    made = coaching_of_cast()
    late = appointed("late", Role.TEACHER, "Birch")
    place = take_part(made, late, "recipient", "asked")
    assert not readers.notes_for(reader_for(late), made)
    place.answer = "agreed"
    place.save()
    made = readers.fresh(made)
    assert readers.may_read_notes(reader_for(late), made)
    assert not readers.notes_for(reader_for(late), made)
    assert len(readers.notes_for(reader_for(people["coach"]), made)) == 3


def test_nothing_new_is_written_for_a_line_manager_who_became_one_later(people):
    made = coaching_of_cast()
    boss = Person.objects.create(name="Boss", school="Alder", user=people["coach"])
    Person.objects.create(name="Teacher", school="Alder", line_manager=boss, user=people["teacher"])
    assert readers.note_readers(readers.fresh(made)) == [people["teacher"]]
    assert not readers.notes_for(reader_for(people["coach"]), readers.fresh(made))
    assert readers.notes_for(reader_for(people["teacher"]), readers.fresh(made))


def test_reading_is_written_down(people, coach, school_lead):
    made = coaching_of_cast()
    coach.get(reverse("partnership", args=[made.pk]))
    school_lead.get(reverse("partnership", args=[made.pk]))
    read = [(one.who, one.kind) for one in AuditEntry.objects.filter(what="read").order_by("pk")]
    assert read == [
        (people["coach"], "partnerships.partnership"),
        (people["coach"], "partnerships.note"),
        (people["school_lead"], "partnerships.partnership"),
    ]


def test_a_list_is_empty_kindly_and_filters_by_state(school_lead, teacher):
    assert "There is none here yet" in school_lead.get(reverse("partnerships")).content.decode()
    partnership("ended", aim="An old aim")
    partnership("running", aim="A new aim")
    stopped = partnership("stopped", aim="A stopped aim")
    shown = {
        (name, state): [
            word
            for word in ("old", "new", "stopped")
            if f"{word} aim" in client.get(reverse("partnerships"), {"state": state}).content.decode()
        ]
        for name, client in (("lead", school_lead), ("teacher", teacher))
        for state in ("open", "closed", "all")
    }
    assert shown["lead", "open"] == shown["teacher", "open"] == ["new"]
    assert shown["lead", "closed"] == ["old", "stopped"]
    assert shown["teacher", "all"] == ["old", "new"]
    assert teacher.get(reverse("partnership", args=[stopped.pk])).status_code == 404


def test_a_school_s_page_shows_what_it_works_on(people):
    made = partnership()
    partnership(provider="Cedar", recipients=("Damson",))
    for name, words in (("owner", str(made)), ("governor", "Those who work in the schools")):
        reader = reader_for(people[name])
        about = {"reader": reader, "school": "Birch"}
        assert words in render_to_string("partnerships/of_school.html", about)
        assert of_school(reader, "Birch")["rows"] == ([made] if name == "owner" else [])


@pytest.mark.parametrize("route", ["partnership", "partnership_edit", "visit_log", "visit_plan"])
def test_a_partnership_that_does_not_exist_is_not_found(coach, route):
    assert coach.get(reverse(route, args=[999])).status_code == 404


def test_the_list_comes_in_pages_and_reads_no_more_rows_than_it_shows(people, owner, school_lead):
    for number in range(52):
        partnership("proposed", subject=f"s{number}")
    for browser in (owner, school_lead):
        first = browser.get(reverse("partnerships"))
        assert "Page 1 of 2" in first.content.decode()
        assert len(first.context["listed"]) == 50
        second = browser.get(reverse("partnerships"), {"page": "2", "state": "all"})
        assert [one["row"].subject for one in second.context["listed"]] == ["s1", "s0"]
        assert "?state=all&amp;page=1" in second.content.decode()


def test_what_was_stopped_is_listed_for_those_only_who_may_open_it(people, appointed):
    both = appointed("mo", Role.SCHOOL_LEAD, "Alder")
    Appointment.objects.create(user=both, role=Role.TEACHER, school="Birch")
    near, own = (partnership("stopped", provider=one, recipients=("Cedar",)) for one in ("Birch", "Alder"))
    part = partnership("stopped", provider="Birch", recipients=("Damson",))
    take_part(part, both, "provider")
    coach = appointed("co", Role.COACH)
    for user, seen in ((both, {own, part}), (coach, set()), (people["owner"], {near, own, part})):
        reader = reader_for(user)
        assert set(readers.seen_by(reader)) == seen
        listed = {
            one for one in Partnership.objects.all() if readers.view_of(reader, one) > readers.View.NOTHING
        }
        assert listed == seen
