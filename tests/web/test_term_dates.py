"""Term dates: read by everybody who enters, recorded by leads for the schools that they lead."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.web.api_of_trust import program_of
from tests.web.conftest import CAST
from tests.web.sharing_of_trust import birch_by_itself
from tests.web.term_dates_of_trust import closed
from upwards.web.people.terms import term_of
from upwards.web.term_dates.models import Closure
from upwards.web.term_dates.school_days import SchoolDays
from upwards.web.term_dates.seen import span_of
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db

CHRISTMAS = {"name": "Christmas", "school": "*", "first": "2026-12-21", "last": "2027-01-01"}
PAGE = "/term-dates/?year=2027"


def rows() -> list[tuple[str, str, str, str]]:
    held = Closure.objects.values_list("name", "school", "first", "last")
    return [(name, school, str(first), str(last)) for name, school, first, last in held]


def add(client, **given: str):
    return client.post(reverse("closure_add"), {**CHRISTMAS, **given})


def refused(client, **given: str) -> str:
    answer = add(client, **given)
    assert answer.status_code == 200
    assert not Closure.objects.exclude(name="Christmas").exists()
    return answer.content.decode()


@pytest.mark.parametrize("name", CAST)
def test_everybody_who_enters_reads_them(browser_of, owner, name):
    add(owner)
    add(owner, name="Training day", school="Birch", first="2027-01-04", last="")
    shown = browser_of(name).get(PAGE).content.decode()
    assert "Mon 21 Dec 2026" in shown
    assert "Training day" in shown
    # 261 Mondays to Fridays, ten of them in the holidays; Birch's own day is not everybody's.
    assert "2026/27 has 251 school days from 1 September to 31 August, before" in shown
    birch = browser_of(name).get(f"{PAGE}&school=Birch").content.decode()
    assert "Birch has 250 school days from 1 September to 31 August of 2026/27" in birch


@pytest.mark.parametrize("name", [*CAST, "stranger"])
def test_who_records_days_and_who_does_not(browser_of, name):
    answer = add(browser_of(name))
    expected = {"owner": 302, "group_lead": 302, "stranger": 302}  # a stranger is led to the sign-in page
    leads = {"school_lead": 200, "other_lead": 200}  # not for all schools
    assert answer.status_code == {**expected, **leads}.get(name, 403)
    assert Closure.objects.exists() == (name in ("owner", "group_lead"))


def test_without_dates_it_says_what_happens_and_what_to_do(owner, teacher):
    for_lead, for_staff = (one.get(reverse("term_dates")).content.decode() for one in (owner, teacher))
    for shown in (for_lead, for_staff):
        assert "every Monday to Friday counts as a school day" in shown
    assert "Begin with the holidays" in for_lead
    assert "Add days without school" in for_lead
    assert "A lead of your school or group records them" in for_staff
    assert "Add days" not in for_staff


def test_a_lead_adds_changes_and_removes_a_holiday_and_each_is_in_the_trail(group_lead, people):
    assert add(group_lead).headers["Location"] == PAGE
    row = Closure.objects.get()
    group_lead.post(reverse("closure_edit", args=[row.pk]), {**CHRISTMAS, "last": "2027-01-04"})
    assert rows() == [("Christmas", "", "2026-12-21", "2027-01-04")]
    remove = reverse("closure_remove", args=[row.pk])
    assert "11 days become school days again" in group_lead.get(remove).content.decode()
    assert rows()
    assert "“Christmas” is removed" in group_lead.post(remove, follow=True).content.decode()
    assert not rows()
    said = AuditEntry.objects.filter(kind="term_dates.closure").order_by("pk")
    assert [(one.who, one.what, one.detail) for one in said] == [
        (people["group_lead"], "created", ""),
        (people["group_lead"], "changed", "last"),
        (people["group_lead"], "deleted", ""),
    ]


def test_a_school_lead_records_the_own_school_only(school_lead, owner):
    assert "All schools" not in school_lead.get(reverse("closure_add")).content.decode()
    assert add(school_lead, school="Alder", name="Training day", last="2026-12-21").status_code == 302
    for school in ("*", "Birch"):
        assert "Select a valid choice" in add(school_lead, school=school, name="x").content.decode()
    add(owner)
    add(owner, school="Birch", name="Birch closes")
    page = school_lead.get(PAGE).content.decode()
    assert page.count(">Change<") == 1
    for row in Closure.objects.exclude(school="Alder"):
        for route in ("closure_edit", "closure_remove"):
            address = reverse(route, args=[row.pk])
            assert (school_lead.get(address).status_code, school_lead.post(address).status_code) == (404, 404)
    own = Closure.objects.get(school="Alder")
    moved = {**CHRISTMAS, "school": "Birch"}
    assert school_lead.post(reverse("closure_edit", args=[own.pk]), moved).status_code == 200
    assert len(rows()) == 3


def test_a_school_of_another_controller_records_its_own(people, group_lead, other_lead):
    birch_by_itself()
    assert add(other_lead, school="Birch").status_code == 302
    assert "Select a valid choice" in add(group_lead, school="Birch", name="x").content.decode()
    address = reverse("closure_edit", args=[Closure.objects.get().pk])
    assert (group_lead.get(address).status_code, other_lead.get(address).status_code) == (404, 200)


def test_a_single_day_needs_no_last_day(owner):
    add(owner, name="Bank holiday", first="2027-05-03", last="")
    assert rows() == [("Bank holiday", "", "2027-05-03", "2027-05-03")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"last": "2026-12-20"}, "The last day is before the first."),
        ({"last": "2027-03-01"}, "That is 71 days; at most 70 are taken at once"),
        ({"last": "2027-12-21"}, "That is 366 days"),
        ({"first": "2026-12-26", "last": "2026-12-27"}, "These days are a weekend"),
        ({"first": "1026-12-21", "last": "1027-01-01"}, "to 2100"),
        ({"first": "soon"}, "Enter a valid date."),
        ({"first": ""}, "This field is required."),
        ({"name": "\u202e \u0007"}, "This field is required."),
        ({"school": ""}, "This field is required."),
        ({"school": "Nowhere"}, "Select a valid choice"),
        ({"name": "x" * 81}, "at most 80 characters"),
    ],
)
def test_days_that_cannot_be_are_refused_with_the_reason(owner, given, said):
    assert said in refused(owner, **{"name": "Slip", **given})


def test_seventy_days_are_taken(owner):
    assert add(owner, first="2026-12-21", last="2027-02-28").status_code == 302


def test_days_recorded_already_are_refused_and_other_schools_days_are_not(owner):
    add(owner)
    said = refused(owner, name="Slip", first="2027-01-01", last="2027-01-08")
    assert "“Christmas” for all schools, 21 December 2026 to 1 January 2027, has some of these days" in said
    assert add(owner, name="Christmas", first="2027-01-02", last="2027-01-04").status_code == 302
    assert add(owner, name="Christmas", school="Alder").status_code == 302
    assert add(owner, name="Christmas", school="Birch").status_code == 302
    own = Closure.objects.get(school="Alder")
    same = {**CHRISTMAS, "school": "Alder"}
    assert owner.post(reverse("closure_edit", args=[own.pk]), same).status_code == 302


def test_the_database_refuses_days_the_wrong_way_round():
    day = datetime.date(2026, 12, 21)
    with pytest.raises(IntegrityError), transaction.atomic():
        Closure.objects.create(name="x", first=day, last=day - datetime.timedelta(days=1))


def test_what_a_name_holds_is_shown_as_text(owner):
    add(owner, name="<b>Christmas</b>")
    assert "&lt;b&gt;Christmas&lt;/b&gt;" in owner.get(PAGE).content.decode()


def test_last_years_dates_are_copied_52_weeks_on_and_only_once(owner):
    add(owner)
    add(owner, name="Training day", school="Birch", first="2027-01-04", last="")
    add(owner, name="Half-term", first="2027-10-25", last="2027-10-29")
    copy = reverse("term_dates_copy")
    answer = owner.post(copy, {"year": "2027"}, follow=True)
    assert "2 lines were copied from 2026/27, 52 weeks on" in answer.content.decode()
    assert rows()[2:] == [
        ("Half-term", "", "2027-10-25", "2027-10-29"),
        ("Christmas", "", "2027-12-20", "2027-12-31"),
        ("Training day", "Birch", "2028-01-03", "2028-01-03"),
    ]
    assert "Nothing was copied" in owner.post(copy, {"year": "2027"}, follow=True).content.decode()
    assert len(rows()) == 5


def test_the_first_days_of_september_are_copied_into_the_next_school_year_too(owner):
    add(owner, name="Training day", school="Birch", first="2026-09-01", last="")
    add(owner, name="Training days", school="Alder", first="2027-09-01", last="2027-09-02")
    for year in ("2027", "2028", "2027", "2028"):
        owner.post(reverse("term_dates_copy"), {"year": year})
    # Tuesday 1 September 2026; 52 weeks on is 31 August, and 2028 is a leap year.
    assert rows() == [
        ("Training day", "Birch", "2026-09-01", "2026-09-01"),
        ("Training days", "Alder", "2027-09-01", "2027-09-02"),
        ("Training day", "Birch", "2027-09-07", "2027-09-07"),
        ("Training day", "Birch", "2028-09-05", "2028-09-05"),
        ("Training days", "Alder", "2028-09-06", "2028-09-07"),
    ]


def test_what_is_copied_is_locked_so_that_two_presses_copy_it_once(owner):
    add(owner)
    with CaptureQueriesContext(connection) as asked:
        owner.post(reverse("term_dates_copy"), {"year": "2027"})
    said = [one["sql"] for one in asked.captured_queries]
    begun = next(n for n, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    read = next(sql for sql in said[begun:] if 'FROM "term_dates_closure"' in sql)
    assert "FOR UPDATE" in read or not connection.features.has_select_for_update


def test_copying_is_offered_only_of_a_year_with_days_that_one_may_change(owner, school_lead):
    add(owner)
    assert "Copy 2026/27 to 2027/28" in owner.get(PAGE).content.decode()
    for client, year in ((owner, "2028"), (school_lead, "2027")):
        page = client.get(reverse("term_dates"), {"year": year}).content.decode()
        assert "Copy 20" not in page
    assert ">Action<" not in school_lead.get(PAGE).content.decode()


def test_holidays_that_end_in_september_stand_in_both_school_years(owner):
    add(owner, name="Summer", first="2027-07-22", last="2027-09-03")
    for year, days in (("2027", 232), ("2028", 259)):
        page = owner.get(reverse("term_dates"), {"year": year}).content.decode()
        assert "Fri 3 Sep 2027" in page
        assert f"has {days} school days" in page


def test_a_school_lead_copies_the_own_school_s_only(owner, school_lead):
    add(owner)
    add(owner, name="Training day", school="Alder", first="2027-01-04", last="")
    school_lead.post(reverse("term_dates_copy"), {"year": "2027"})
    assert rows()[2:] == [("Training day", "Alder", "2028-01-03", "2028-01-03")]


def test_a_year_that_is_none_is_refused(owner):
    for year in ("", "x", "0", "99999", "-1"):
        assert owner.post(reverse("term_dates_copy"), {"year": year}).status_code == 422
        assert owner.get(reverse("term_dates"), {"year": year, "school": "Nowhere"}).status_code == 200


def test_the_year_of_today_stands_first(owner):
    this = term_of(timezone.localdate()).year
    closed(0, 3)
    shown = owner.get(reverse("term_dates")).content.decode()
    assert f'<option value="{this}" selected>' in shown
    assert f"{this - 1}/{this % 100:02d} has" in shown


def test_the_table_is_given_out_as_a_file(governor, owner):
    add(owner)
    text = governor.get(f"{PAGE}&format=csv").content.decode("utf-8-sig")
    assert text.splitlines()[1] == "Christmas,All schools,2026-12-21,2027-01-01,10"


def test_a_long_list_comes_in_pages_and_asks_the_database_no_oftener(owner):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert owner.get(PAGE).status_code == 200
        return len(found)

    add(owner)
    few = asked()
    for number in range(110):
        add_row(f"School {number:03d}")
    assert asked() <= few + 1
    page = owner.get(PAGE).content.decode()
    assert "Page 1 of 2" in page
    assert "School 105" in owner.get(f"{PAGE}&page=2").content.decode()


def add_row(school: str) -> None:
    day = datetime.date(2027, 2, 15)
    Closure.objects.create(name="Half-term", school=school, first=day, last=day)


def test_programs_read_them_and_a_narrowed_one_its_own_schools(people, owner):
    add(owner)
    for school in ("Alder", "Birch"):
        add(owner, name="Training day", school=school, first="2027-01-04", last="")
    found = program_of(people["teacher"]).get("term-dates").json()
    assert found["total"] == 3
    first = found["items"][0]
    assert {key: first[key] for key in CHRISTMAS} == {**CHRISTMAS, "school": ""}
    narrowed = program_of(people["owner"], schools=("Alder",)).get("term-dates").json()
    assert [one["school"] for one in narrowed["items"]] == ["", "Alder"]


def test_a_school_year_without_dates_has_its_mondays_to_fridays():
    assert SchoolDays().between(*span_of(2027)) == 261
