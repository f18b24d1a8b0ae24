"""A partnership is proposed, agreed by those who do it, and seen by each only as far as they may."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import PRIVATE, coaching_of_cast, partnership, take_part, visit
from upwards.actions.make_plan import make_plan
from upwards.web.access import reader_for
from upwards.web.accounts.models import Appointment
from upwards.web.partnerships import from_plan, hours, loads, readers
from upwards.web.partnerships.from_plan import address_of_line, kind_of, line_key
from upwards.web.partnerships.models import FollowUp, Participant, Partnership
from upwards.web.partnerships.of_school import of_school
from upwards.web.people.models import Person
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)


def given(**changes: str) -> dict[str, str]:
    today = timezone.localdate()
    about = {
        "kind": "coaching",
        "subject": "mathematics",
        "provider_school": "Alder",
        "recipient_school": "Birch",
        "aim": "Every pupil explains a method",
        "hours": "6",
        "starts": today.isoformat(),
        "ends": (today + datetime.timedelta(weeks=12)).isoformat(),
    }
    return {**about, **changes}


def post(client: Client, route: str, *arguments: object, **about: object):
    return client.post(reverse(route, args=arguments), about)


def test_a_lead_proposes_asks_both_agree_and_it_is_agreed(people, school_lead, other_lead, coach, appointed):
    assert school_lead.post(reverse("partnership_new"), given()).status_code == 302
    made = Partnership.objects.get()
    assert (made.state, made.origin, made.proposed_by) == ("proposed", "own", people["school_lead"])
    mary = appointed("mary", Role.TEACHER, "Birch")
    assert post(school_lead, "partnership_ask", made.pk, person=people["coach"].pk, side="provider").url
    assert post(other_lead, "partnership_ask", made.pk, person=mary.pk, side="recipient").url
    post(coach, "partnership_answer", made.pk, answer="agreed")
    made.refresh_from_db()
    assert made.state == "proposed"
    hers = Client()
    hers.force_login(mary)
    assert b"You may decline" in hers.get(reverse("partnership", args=[made.pk])).content
    post(hers, "partnership_answer", made.pk, answer="agreed")
    made.refresh_from_db()
    assert made.state == "agreed"
    assert AuditEntry.objects.filter(kind="partnerships.partnership", detail="state").exists()


def test_a_line_of_the_plan_fills_the_form(school_lead, trust_workspace):
    line = make_plan(trust_workspace)["lines"][0]
    for address in (address_of_line(line), f"{reverse('partnership_new')}?line=0"):
        form = school_lead.get(address).context["form"]
        assert form.initial["provider_school"] == line["provider_school"]
        assert form.initial["recipient_school"] == line["recipient_school"]
        assert float(form.initial["hours"]) == line["hours_each"]
        assert form.initial["line"] == line_key(line)
        assert form.initial["snapshot"]
    answer = school_lead.post(
        reverse("partnership_new"), given(line=line_key(line), snapshot=form.initial["snapshot"])
    )
    made = Partnership.objects.get()
    assert answer.headers["Location"] == reverse("partnership", args=[made.pk])
    assert (made.origin, made.snapshot) == ("plan", form.initial["snapshot"])


def test_its_aim_is_an_outcome_of_pupils_where_somebody_says_so(school_lead):
    for said, kept in (("unknown", None), ("true", True), ("false", False)):
        school_lead.post(reverse("partnership_new"), given(for_pupils=said, aim="Every pupil explains"))
        made = Partnership.objects.latest("pk")
        assert made.for_pupils is kept
    assert "An outcome of pupils" in school_lead.get(reverse("partnership", args=[made.pk])).content.decode()
    about = given(for_pupils="true")
    school_lead.post(reverse("partnership_edit", args=[made.pk]), about)
    made.refresh_from_db()
    assert made.for_pupils is True


def plan_of(lines: list[dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def kept(*_: object) -> dict[str, Any]:
        return {"lines": lines}

    return kept


def planned_three(school: str = "Cedar") -> list[dict[str, Any]]:
    line = {
        "subject": "reading",
        "provider_school": "Alder",
        "provider_stage": "year 6",
        "recipient_stage": "year 6",
        "kind": "learning threes",
        "hours_each": 9.0,
    }
    return [{**line, "recipient_school": one, "why": f"{one} gains."} for one in ("Birch", school, "Damson")]


def test_the_two_lines_of_a_planned_three_become_one_partnership(school_lead, people, monkeypatch):
    lines = planned_three()
    monkeypatch.setattr(from_plan, "kept_answer", plan_of(lines))
    offered = school_lead.get(reverse("partnership_new")).context["lines"]
    assert [why for why, _ in offered] == ["Birch gains. Cedar gains.", "Damson gains."]
    for asked in (offered[0][1], f"{reverse('partnership_new')}?line=1"):
        form = school_lead.get(asked).context["form"]
        assert form.initial["recipient_school"] == "Birch"
        assert (form.initial["second_school"], form.initial["second_department"]) == ("Cedar", "year 6")
        assert form.initial["for_pupils"] is True
        assert "Pupils’ results in reading" in form.initial["measure"]
    school_lead.post(reverse("partnership_new"), {**form.initial, "aim": "Read aloud", "for_pupils": "true"})
    made = Partnership.objects.get()
    assert [(one.school, one.department) for one in made.recipients.all()] == [
        ("Birch", "year 6"),
        ("Cedar", "year 6"),
    ]
    assert [why for why, _ in school_lead.get(reverse("partnership_new")).context["lines"]] == [
        "Damson gains."
    ]


def test_two_stages_of_one_school_make_no_three(school_lead, monkeypatch):
    monkeypatch.setattr(from_plan, "kept_answer", plan_of(planned_three("Birch")))
    form = school_lead.get(f"{reverse('partnership_new')}?line=0").context["form"]
    assert "second_school" not in form.initial


def test_lines_of_the_plan_are_offered_until_they_are_begun(school_lead, coach, trust_workspace):
    lines = make_plan(trust_workspace)["lines"]
    offered = school_lead.get(reverse("partnership_new")).context["lines"]
    assert [where for _, where in offered] == [address_of_line(line) for line in lines]
    partnership(line=line_key(lines[0]))
    assert len(school_lead.get(reverse("partnership_new")).context["lines"]) == len(lines) - 1
    # to a coach the other school is not named, so that a head begins it
    assert coach.get(reverse("partnership_new")).context["lines"] == []


def test_a_line_that_is_no_longer_in_the_plan_still_fills_the_form(school_lead):
    asked = {"line": "reading~Cedar~year 6~Damson~year 6", "kind": "learning threes", "hours": "9"}
    form = school_lead.get(reverse("partnership_new"), asked).context["form"]
    assert form.initial["provider_school"] == "Cedar"
    assert form.initial["kind"] == "learning three"
    assert kind_of("no such kind") == ""
    for line in ("nonsense", "9999"):
        form = school_lead.get(reverse("partnership_new"), {"line": line}).context["form"]
        assert form.initial["provider_school"] == "Alder"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"provider_school": "Cedar", "recipient_school": "Damson"}, "must be yours"),
        ({"ends": "2020-01-01"}, "before the first"),
        ({"hours": "0"}, "greater than or equal"),
        ({"provider_school": "Nowhere"}, "valid choice"),
        ({"aim": ""}, "required"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(school_lead, changes, said):
    answer = school_lead.post(reverse("partnership_new"), given(**changes))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Partnership.objects.exists()


def test_a_three_has_several_recipients(group_lead):
    about = given(kind="learning three", second_school="Cedar", third_school="Birch")
    group_lead.post(reverse("partnership_new"), about)
    assert Partnership.objects.get().recipient_schools == ["Birch", "Cedar"]


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


def test_who_declined_may_change_their_mind_while_the_place_is_open(people, coach, teacher, school_lead):
    made = coaching_of_cast()
    address = reverse("partnership", args=[made.pk])
    post(coach, "partnership_answer", made.pk, answer="declined")
    assert "only you are told so" in coach.get(address).content.decode()
    assert "only you are told so" not in school_lead.get(address).content.decode()
    post(coach, "partnership_answer", made.pk, answer="agreed")
    assert PRIVATE in coach.get(address).content.decode()
    post(coach, "partnership_answer", made.pk, answer="declined")
    take_part(made, people["school_lead"], "provider")
    assert post(coach, "partnership_answer", made.pk, answer="agreed").status_code == 403


def test_one_may_step_back_after_a_yes(people, coach):
    made = coaching_of_cast()
    post(coach, "partnership_answer", made.pk, answer="declined")
    assert Participant.objects.get(user=people["coach"]).answer == "declined"
    page = coach.get(reverse("partnership", args=[made.pk]))
    assert PRIVATE not in page.content.decode()


def test_a_line_manager_cannot_be_the_coach(people, school_lead, coach):
    head = Person.objects.create(name="Head", school="Alder", user=people["school_lead"])
    middle = Person.objects.create(name="Middle", school="Alder", line_manager=head, user=people["coach"])
    Person.objects.create(name="Teacher", school="Alder", line_manager=middle, user=people["teacher"])
    made = partnership("proposed", recipients=("Alder",))
    take_part(made, people["teacher"], "recipient")
    for one in ("coach", "school_lead"):  # directly, and further up
        answer = post(school_lead, "partnership_ask", made.pk, person=people[one].pk, side="provider")
        assert answer.status_code == 422
        assert "line manager" in answer.content.decode()
    assert post(coach, "partnership_answer", made.pk, answer="agreed", side="provider").status_code == 422
    assert made.participants.count() == 1


def test_who_is_coached_by_the_line_manager_is_refused_from_the_other_side_too(people, school_lead):
    boss = Person.objects.create(name="Boss", school="Alder", user=people["coach"])
    Person.objects.create(name="Teacher", school="Alder", line_manager=boss, user=people["teacher"])
    made = partnership("proposed", recipients=("Alder",))
    take_part(made, people["coach"], "provider")
    answer = post(school_lead, "partnership_ask", made.pk, person=people["teacher"].pk, side="recipient")
    assert answer.status_code == 422
    boss.line_manager = Person.objects.get(name="Teacher")  # a circle in the records does no harm
    boss.save()
    assert readers.manages(people["teacher"], people["coach"])
    assert not readers.manages(people["governor"], people["coach"])


def test_a_teacher_offers_to_take_an_open_place(people, teacher):
    made = partnership("proposed", provider="Birch", recipients=("Alder",))
    page = teacher.get(reverse("partnership", args=[made.pk])).content.decode()
    assert "I offer to take part (receives)" in page
    assert "(shares)" not in page
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="provider").status_code == 403
    post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient")
    assert Participant.objects.get().user == people["teacher"]


def test_nobody_joins_what_is_agreed_without_being_asked(teacher):
    made = partnership("agreed", recipients=("Alder",))
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient").status_code == 403
    made.state = "ended"
    made.save()
    assert post(teacher, "partnership_answer", made.pk, answer="agreed", side="recipient").status_code == 422


def test_a_person_is_asked_by_the_own_school_only(people, school_lead, appointed):
    made = partnership("proposed")
    nia = appointed("nia", Role.TEACHER, "Birch")
    answer = post(school_lead, "partnership_ask", made.pk, person=nia.pk, side="provider")
    assert answer.status_code == 422
    both = partnership("proposed", recipients=("Birch", "Alder"))
    head = appointed("lea", Role.GROUP_LEAD)
    client = Client()
    client.force_login(head)
    answer = post(client, "partnership_ask", both.pk, person=nia.pk, side="provider")
    assert "does not work in the school" in answer.content.decode()


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


def test_it_goes_from_state_to_state_in_order(owner, coach):
    made = partnership("proposed")
    assert post(owner, "partnership_state", made.pk, state="ended").status_code == 422
    for state in ("agreed", "running", "ended"):
        assert post(owner, "partnership_state", made.pk, state=state).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.closed) == ("ended", timezone.localdate())
    due = [(one.weeks, one.due) for one in made.follow_ups.all()]
    assert due == [(n, timezone.localdate() + datetime.timedelta(weeks=n)) for n in (6, 12)]
    assert post(owner, "partnership_state", made.pk, state="running").status_code == 422
    assert post(coach, "partnership_state", made.pk, state="running").status_code == 403


def test_nobody_agrees_for_another_school(people, school_lead, other_lead):
    made = partnership("proposed")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422
    take_part(made, people["coach"], "provider")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422
    assert post(other_lead, "partnership_state", made.pk, state="agreed").status_code == 302


def test_it_is_not_agreed_while_somebody_is_asked(people, school_lead):
    made = partnership("proposed")
    take_part(made, people["coach"], "provider", "asked")
    assert post(school_lead, "partnership_state", made.pk, state="agreed").status_code == 422


def test_what_is_agreed_can_be_changed_while_it_is_open(school_lead, teacher, coach):
    made = partnership("running", hours=12)
    address = reverse("partnership_edit", args=[made.pk])
    about = {"aim": "Another aim", "hours": "8", "starts": str(made.starts), "ends": str(made.ends)}
    assert school_lead.post(address, about).status_code == 302
    made.refresh_from_db()
    assert (made.aim, made.hours) == ("Another aim", 8)
    assert school_lead.post(address, {**about, "ends": "2000-01-01"}).status_code == 200
    assert teacher.post(address, about).status_code == 403
    assert coach.post(address, about).status_code == 403
    made.state = "stopped"
    made.save()
    assert school_lead.post(address, about).status_code == 403
    assert coach.get(reverse("partnership", args=[made.pk])).status_code == 404


def test_hours_are_counted_against_time_elapsed():
    made = partnership(starts=TODAY - datetime.timedelta(days=41), ends=TODAY + datetime.timedelta(days=42))
    visit(made, -7, hours=2.0)
    visit(made, -5, "missed", hours=9.0, reason="other")
    had = hours.hours_of(made, TODAY)
    assert (had.promised, had.delivered, had.by_now, had.percent) == (12.0, 2.0, 6.0, 17)
    assert had.is_behind(0.8)
    assert not had.is_behind(2 / 6)
    assert hours.hours_of(made, TODAY - datetime.timedelta(days=99)).by_now == 0
    assert hours.hours_of(made, TODAY + datetime.timedelta(days=99)).by_now == 12


def test_too_many_recipients_or_hours_are_too_much(people):
    known = hours.rules()
    first = partnership(recipients=("Birch", "Cedar"), hours=12)
    take_part(first, people["coach"], "provider")
    today = timezone.localdate()
    assert not loads.overloaded(loads.loads([readers.fresh(first)], today), known)
    second = partnership(recipients=("Damson",), hours=12)
    take_part(second, people["coach"], "provider")
    heavy = partnership(hours=40)
    take_part(heavy, people["teacher"], "provider")
    over = loads.overloaded(loads.loads(map(readers.fresh, (first, second, heavy)), today), known)
    assert [(one.user, one.recipients) for one in over] == [(people["coach"], 3), (people["teacher"], 1)]


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


def test_checks_after_the_end_are_made_once():
    made = partnership("ended")
    hours.make_follow_ups(made, (6, 12))
    hours.make_follow_ups(made, (6, 12))
    assert FollowUp.objects.count() == 2
    assert FollowUp.objects.first().due == made.ends + datetime.timedelta(weeks=6)


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


@pytest.mark.parametrize("number", ["9" * 5000, "99999999", "1" * 9, "٣", "²"])
def test_a_number_of_no_line_gives_the_blank_form(owner, number):
    answer = owner.get(reverse("partnership_new"), {"line": number})
    assert answer.status_code == 200
    assert not answer.context["from_plan"]
