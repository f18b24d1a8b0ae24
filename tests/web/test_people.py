"""People: leads see and change their schools, colleagues see what is offered, and nobody sees a score."""

from __future__ import annotations

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import coaching_of_cast
from upwards.web.people.models import Agreement, ClassCheck, Person, TermHours, Training, Wish
from upwards.web.roles import Role
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def nia(people) -> Person:
    """The teacher of Alder, linked to their sign-in."""
    return Person.objects.create(
        name="Nia Teacher",
        school="Alder",
        subjects="mathematics, reading",
        user=people["teacher"],
        staff_code="T9",
    )


@pytest.fixture
def birch(db) -> Person:
    return Person.objects.create(name="Bo of Birch", school="Birch", subjects="reading")


def wish(person: Person, direction: str, topic: str, **rest: object) -> Wish:
    return Wish.objects.create(
        person=person, direction=direction, topic=topic, **{"accepted": timezone.now(), **rest}
    )


def page(client, route: str, *arguments: object, **query: str) -> str:
    answer = client.get(reverse(route, args=arguments), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def names(client, **query: str) -> list[str]:
    answer = client.get(reverse("people"), query)
    return [row["person"].name for row in answer.context["rows"]]


def test_a_lead_lists_the_own_school_and_a_group_lead_all(nia, birch, school_lead, group_lead):
    assert names(school_lead) == ["Nia Teacher"]
    assert names(group_lead) == ["Nia Teacher", "Bo of Birch"]


def test_who_offers_something_is_found_by_the_whole_group(nia, birch, teacher):
    assert names(teacher) == ["Nia Teacher"]
    wish(birch, "share", "phonics")
    assert names(teacher) == ["Nia Teacher", "Bo of Birch"]
    seen = page(teacher, "person", birch.pk)
    assert "phonics" in seen
    assert "Line manager" not in seen


def test_what_is_asked_for_is_seen_by_the_person_and_their_leads_only(
    nia, coach, teacher, school_lead, other_lead
):
    wish(nia, "help", "fractions")
    wish(nia, "share", "phonics")
    assert "fractions" in page(school_lead, "person", nia.pk)
    assert "fractions" in page(teacher, "person", nia.pk)
    for colleague in (coach, other_lead):
        seen = page(colleague, "person", nia.pk)
        assert "phonics" in seen
        assert "fractions" not in seen
        assert "fractions" not in page(colleague, "people")
    assert names(school_lead, what="asks") == ["Nia Teacher"]
    assert names(coach, what="asks") == ["Nia Teacher"]  # no such choice: the filter is not followed


def test_the_filters_are_kept_in_the_address(nia, birch, group_lead):
    Training.objects.create(
        person=birch, standing="expert", provider="Institute", day=datetime.date(2025, 1, 1)
    )
    assert names(group_lead, q="bo") == ["Bo of Birch"]
    assert names(group_lead, school="Alder") == ["Nia Teacher"]
    assert names(group_lead, subject="math") == ["Nia Teacher"]
    assert names(group_lead, what="coaches") == ["Bo of Birch"]
    assert names(group_lead, what="unlinked") == ["Bo of Birch"]
    assert names(group_lead, what="shares") == []
    birch.left = timezone.localdate() - datetime.timedelta(days=1)
    birch.save()
    assert names(group_lead) == ["Nia Teacher"]
    assert names(group_lead, what="left") == ["Bo of Birch"]
    assert "Nobody fits" in page(group_lead, "people", q="nobody at all")
    assert 'value="bo"' in page(group_lead, "people", q="bo")


def test_a_list_without_people_says_what_to_do_next(school_lead, teacher):
    assert "Add the first person" in page(school_lead, "people")
    assert "A lead of your school adds people" in page(teacher, "people")


def test_a_lead_adds_a_person_and_the_trail_says_who(people, school_lead):
    given = {"name": "Ola", "school": "Alder", "subjects": "reading", "joined": "2026-09-01"}
    answer = school_lead.post(reverse("person_add"), given)
    ola = Person.objects.get(name="Ola")
    assert answer.headers["Location"] == reverse("person", args=[ola.pk])
    entry = AuditEntry.objects.get(kind="people.person", what="created")
    assert (entry.who, entry.object_id) == (people["school_lead"], str(ola.pk))


def test_a_lead_cannot_put_a_person_into_another_school(school_lead):
    given = {"name": "Ola", "school": "Birch", "joined": "2026-09-01"}
    assert "valid choice" in school_lead.post(reverse("person_add"), given).content.decode()
    assert not Person.objects.exists()


@pytest.mark.parametrize("year", ["0026", "1850", "9999"])
def test_a_year_that_is_a_slip_of_the_hand_is_asked_for_again(nia, school_lead, year):
    """A browser's calendar takes 26 for the year 26."""
    given = {"name": "Ola", "school": "Alder", "joined": f"{year}-09-01"}
    assert "with four digits" in school_lead.post(reverse("person_add"), given).content.decode()
    training = {"standing": "trained", "provider": "Institute", "day": f"{year}-09-01"}
    page = school_lead.post(reverse("training_add", args=[nia.pk]), training).content.decode()
    assert "with four digits" in page
    assert 'type="date"' in page


def test_a_lead_of_a_school_puts_nobody_into_the_whole_group(nia, school_lead):
    given = {"name": "Nia", "school": "", "joined": "2026-09-01"}
    for address in (reverse("person_add"), reverse("person_edit", args=[nia.pk])):
        assert "This field is required" in school_lead.post(address, given).content.decode()
    assert not Person.objects.filter(school="").exists()


def test_a_change_is_written_down_by_name_of_field(nia, school_lead):
    given = {
        "name": nia.name,
        "school": "Alder",
        "subjects": "art",
        "joined": "2026-09-01",
        "staff_code": "T9",
    }
    assert school_lead.post(reverse("person_edit", args=[nia.pk]), given).status_code == 302
    entry = AuditEntry.objects.get(kind="people.person", what="changed")
    assert "subjects" in entry.detail
    assert "art" not in entry.detail


def test_one_code_is_one_person_and_days_are_in_order(nia, school_lead):
    given = {
        "name": "Ola",
        "school": "Alder",
        "joined": "2026-09-01",
        "left": "2026-08-01",
        "staff_code": " T9 ",
    }
    said = school_lead.post(reverse("person_add"), given).content.decode()
    assert "One code is one person" in said
    assert "before the first" in said


def test_a_lead_of_another_school_and_colleagues_change_nothing(nia, other_lead, coach, teacher, governor):
    for route in ("person_edit", "training_add", "term_hours"):
        address = reverse(route, args=[nia.pk])
        assert other_lead.post(address, {}).status_code == 404
        assert [one.post(address, {}).status_code for one in (coach, teacher, governor)] == [403] * 3
    wish(nia, "share", "phonics")  # found by the whole group, led by their school alone
    assert other_lead.post(reverse("person_edit", args=[nia.pk]), {}).status_code == 403


def test_a_training_that_is_over_makes_nobody_a_coach(nia, school_lead, coach):
    today, day = timezone.localdate(), datetime.timedelta(days=1)
    held = Training.objects.create(
        person=nia, standing="expert", provider="Institute", day=today - 9 * day, ends=today
    )
    assert names(coach, what="coaches") == ["Nia Teacher"]
    assert "accredited as an expert coach" in page(coach, "people")
    for first, last in ((today - 9 * day, today - day), (today + day, None)):
        held.day, held.ends = first, last
        held.save()
        assert names(coach, what="coaches") == []
        assert "accredited as an expert coach" not in page(coach, "people")
        assert "Accredited as an expert coach" not in page(coach, "person", nia.pk)
        assert "Accredited as an expert coach" in page(school_lead, "person", nia.pk)


def test_training_is_added_and_removed(nia, school_lead, coach, other_lead):
    address = reverse("training_add", args=[nia.pk])
    wrong = {"standing": "other", "provider": "A house", "day": "2026-05-01", "ends": "2026-04-01"}
    said = school_lead.post(address, wrong).content.decode()
    assert "Say what the training is called" in said
    assert "before the date" in said
    assert school_lead.post(address, {**wrong, "standing": "expert", "ends": ""}).status_code == 302
    assert "Accredited as an expert coach" in page(coach, "person", nia.pk)
    remove = reverse("training_remove", args=[Training.objects.get().pk])
    assert coach.post(remove).status_code == 403
    assert other_lead.post(remove).status_code == 404
    assert school_lead.post(remove).status_code == 302
    assert not Training.objects.exists()


def test_hours_of_a_term_said_again_take_the_place_of_those_before(nia, school_lead, teacher):
    address = reverse("term_hours", args=[nia.pk])
    for hours in ("12", "15.5"):
        assert school_lead.post(address, {"year": "2027", "term": "1", "hours": hours}).status_code == 302
    assert [(str(one), float(one.hours)) for one in TermHours.objects.all()] == [("Autumn 2026/27", 15.5)]
    assert "15.5 hours" in page(teacher, "person", nia.pk)
    assert school_lead.post(address, {"year": "2027", "term": "1", "hours": "-1"}).status_code == 200


def test_somebody_volunteers_and_takes_it_back(nia, teacher):
    address = reverse("wish_add", args=[nia.pk])
    assert "I can share" in page(teacher, "wish_add", nia.pk, what="share")
    assert "few words" in teacher.post(address, {"direction": "share", "topic": "x "}).content.decode()
    teacher.post(address, {"direction": "share", "topic": "routines"})
    said = Wish.objects.get()
    assert said.is_open
    assert str(said) == "I can share routines"
    teacher.post(reverse("wish_answer", args=[said.pk]), {"answer": "end"})
    said.refresh_from_db()
    assert not said.is_open


def test_a_head_proposes_and_only_the_person_accepts(nia, school_lead, teacher, coach):
    school_lead.post(reverse("wish_add", args=[nia.pk]), {"direction": "share", "topic": "routines"})
    proposed = Wish.objects.get()
    assert proposed.is_proposed
    assert "routines" not in page(coach, "person", nia.pk)
    assert "nothing follows from declining" in page(teacher, "person", nia.pk)
    answer = reverse("wish_answer", args=[proposed.pk])
    assert school_lead.post(answer, {"answer": "accept"}).status_code == 403
    assert coach.post(answer, {"answer": "end"}).status_code == 403
    assert teacher.post(answer, {"answer": "accept"}).status_code == 302
    assert "routines" in page(coach, "person", nia.pk)


@pytest.mark.parametrize(
    ("direction", "said"),
    [("share", "Colleagues can see"), ("give", "Colleagues can see")]
    + [(one, "Only leads see what you ask for") for one in ("help", "receive")],
)
def test_who_accepts_is_told_who_sees_it(nia, teacher, direction, said):
    proposed = wish(nia, direction, "fractions", accepted=None)
    answer = reverse("wish_answer", args=[proposed.pk])
    assert said in teacher.post(answer, {"answer": "accept"}, follow=True).content.decode()


def test_a_proposal_is_declined(nia, school_lead, teacher):
    declined = wish(nia, "help", "fractions", accepted=None)
    teacher.post(reverse("wish_answer", args=[declined.pk]), {"answer": "decline"})
    assert "fractions" not in page(school_lead, "person", nia.pk)


def test_nobody_speaks_for_a_colleague(nia, coach, other_lead, teacher):
    for client in (coach, other_lead):
        assert client.post(reverse("wish_add", args=[nia.pk]), {}).status_code == 403
    assert teacher.get(reverse("wish_add", args=[0])).status_code == 403
    assert teacher.post(reverse("wish_answer", args=[0])).status_code == 404


def test_my_own_page_leads_to_the_own_row_or_says_what_to_do(nia, teacher, governor):
    assert teacher.get(reverse("own_person")).headers["Location"] == reverse("person", args=[nia.pk])
    assert "not linked" in page(governor, "own_person").replace("Nobody has linked", "not linked")


def test_somebody_sees_the_own_row_whatever_the_role(nia, people, governor):
    nia.user = people["governor"]
    nia.save()
    assert "I can share" in page(governor, "person", nia.pk)


def test_reading_a_person_is_written_down(nia, people, coach):
    page(coach, "person", nia.pk)
    entry = AuditEntry.objects.get(kind="people.person", what="read")
    assert (entry.who, entry.object_id) == (people["coach"], str(nia.pk))


def test_a_bad_id_is_no_page(school_lead, teacher):
    assert school_lead.get(reverse("person", args=[999])).status_code == 404
    assert teacher.get(reverse("person", args=[999])).status_code == 404


def test_a_sign_in_of_another_school_is_not_offered(people, school_lead, appointed):
    appointed("zoe", Role.TEACHER, "Birch")
    shown = page(school_lead, "person_add")
    assert "Teacher" in shown
    assert "Zoe" not in shown


def test_names_are_escaped(nia, school_lead):
    nia.name = "<script>alert(1)</script>"
    nia.save()
    assert "<script>alert" not in page(school_lead, "people")


def test_many_people_come_in_pages(db, group_lead):
    for number in range(51):
        Person.objects.create(name=f"Person {number:02d}", school="Alder")
    assert len(names(group_lead)) == 50
    assert names(group_lead, page="2", q="Person") == ["Person 50"]


def test_a_linked_sign_in_stays_when_a_lead_saves(nia, people, school_lead):
    nia.user = people["other_lead"]  # works in Birch now, and is not offered anew
    nia.save()
    given = {"name": nia.name, "school": "Alder", "joined": "2026-09-01", "user": people["other_lead"].pk}
    assert school_lead.post(reverse("person_edit", args=[nia.pk]), given).status_code == 302
    nia.refresh_from_db()
    assert nia.user == people["other_lead"]


def change(client, person: Person, **given: object):
    kept = {"name": person.name, "school": person.school, "joined": "2026-09-01", "subjects": person.subjects}
    kept |= {"staff_code": person.staff_code, "user": person.user_id or ""}
    kept |= {"line_manager": person.line_manager_id or "", **given}
    return client.post(reverse("person_edit", args=[person.pk]), kept)


@pytest.mark.parametrize("name", ["school_lead", "group_lead"])
def test_a_lead_cannot_act_as_a_person_who_signs_in(nia, people, browser_of, name):
    for user in (people[name].pk, people["coach"].pk, ""):
        change(browser_of(name), nia, user=user, staff_code="T1")
        nia.refresh_from_db()
        assert (nia.user, nia.staff_code) == (people["teacher"], "T9")


@pytest.mark.parametrize("name", ["school_lead", "owner"])
def test_nobody_links_themselves_or_sets_their_own_code(people, browser_of, name):
    free = Person.objects.create(name="Free", school="Alder", staff_code="T1")
    assert "valid choice" in change(browser_of(name), free, user=people[name].pk).content.decode()
    own = Person.objects.create(name="Own", school="Alder", user=people[name])
    change(browser_of(name), own, staff_code="T2", user="")
    own.refresh_from_db()
    assert (own.user, own.staff_code) == (people[name], "")


def test_an_owner_links_anew_and_what_the_earlier_one_said_falls_away(nia, people, owner):
    team = {"school": "Alder", "subject": "reading"}
    given = Agreement.objects.create(person=nia, stage="year 6", **team)
    ClassCheck.objects.create(person=nia, year=2024, class_name="9X", verdict="mine", **team)
    assert change(owner, nia, staff_code="T8").status_code == 302
    assert ClassCheck.objects.exists()
    assert change(owner, nia, user=people["coach"].pk).status_code == 302
    nia.refresh_from_db()
    given.refresh_from_db()
    assert nia.user == people["coach"]
    assert given.withdrawn is not None
    assert not ClassCheck.objects.exists()


def test_a_manager_of_another_school_stays_when_a_lead_saves(nia, birch, school_lead):
    nia.line_manager = birch
    nia.save()
    assert change(school_lead, nia).status_code == 302
    nia.refresh_from_db()
    assert nia.line_manager == birch


def test_the_line_is_not_lifted_while_two_of_it_work_together(nia, people, school_lead, owner):
    top = Person.objects.create(name="Top", school="Alder", user=people["coach"])
    middle = Person.objects.create(name="Middle", school="Alder", line_manager=top)
    nia.line_manager = middle
    nia.save()
    made = coaching_of_cast()
    assert "line of management" in change(school_lead, nia, line_manager="").content.decode()
    assert "line of management" in change(school_lead, middle, line_manager="").content.decode()
    assert "line of management" in change(owner, nia, user="").content.decode()
    assert "line of management" in change(owner, top, user="").content.decode()
    assert change(school_lead, nia, subjects="art").status_code == 302
    made.state = "ended"
    made.save()
    assert change(school_lead, nia, line_manager="").status_code == 302
