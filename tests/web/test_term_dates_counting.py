"""Holidays ask for nothing: pages, programs, calendars and class checks count the same school days."""

from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.web.api_of_trust import program_of
from tests.web.partnerships_of_trust import coaching_of_cast, partnership, take_part, visit
from tests.web.term_dates_of_trust import closed
from tests.web.test_calendar import events, make_address
from tests.web.test_monday import sections
from upwards.web.partnerships import hours
from upwards.web.partnerships.attention import running
from upwards.web.people.models import Person
from upwards.web.rosters.picture import picture_of
from upwards.web.term_dates.calendars import Calendars, read_calendars
from upwards.web.term_dates.models import Closure

pytestmark = pytest.mark.django_db

NO_SCHOOL = "no school day of all its schools"
BEHIND = "Under 80% of their hours"
DAY = datetime.timedelta(days=1)
day = datetime.date.fromisoformat
CHRISTMAS = (day("2026-12-21"), day("2027-01-01"))


def test_a_partnership_across_christmas_is_not_behind_on_the_first_monday_back():
    """Ten hours over ten school days: 14 to 18 December and 4 to 8 January."""
    made = partnership(starts=day("2026-12-14"), ends=day("2027-01-08"), hours=10.0)
    known = Calendars({"": (CHRISTMAS,)})
    due = {
        date: hours.hours_of(made, day(date), known).by_now
        for date in ("2026-12-11", "2026-12-16", "2026-12-18", "2026-12-25", "2027-01-04", "2027-01-08")
    }
    assert due == pytest.approx(
        {
            "2026-12-11": 0,
            "2026-12-16": 3,
            "2026-12-18": 5,
            "2026-12-25": 5,
            "2027-01-04": 6,
            "2027-01-08": 10,
        }
    )
    without = hours.hours_of(made, day("2027-01-01"), Calendars()).by_now
    assert without == pytest.approx(10 * 15 / 20)


def test_between_two_schools_a_day_counts_only_if_both_are_open():
    made = partnership(starts=day("2026-12-14"), ends=day("2026-12-18"), hours=10.0)
    monday, tuesday, wednesday = ((day(f"2026-12-{one}"),) * 2 for one in (14, 15, 16))
    known = Calendars({"Alder": (monday,), "Birch": (tuesday,), "Cedar": (wednesday,)})
    due = [hours.hours_of(made, day(f"2026-12-{one}"), known).by_now for one in range(14, 19)]
    assert due == pytest.approx([0, 0, 10 / 3, 20 / 3, 10])


def test_what_ended_early_stops_asking_on_that_day():
    made = partnership("ended", starts=day("2026-12-14"), ends=day("2027-01-08"), closed=day("2026-12-28"))
    assert hours.hours_of(made, day("2027-02-01"), Calendars({"": (CHRISTMAS,)})).by_now == 6.0


def test_one_that_lies_in_a_holiday_is_shared_out_by_all_of_its_days():
    made = partnership(starts=CHRISTMAS[0], ends=CHRISTMAS[1], hours=12.0)
    assert hours.hours_of(made, day("2026-12-23"), Calendars({"": (CHRISTMAS,)})).by_now == 3.0


def test_page_programs_monday_and_sums_say_the_same_hours(people, owner, school_lead, governor, coach):
    """12 hours over 60 school days, 30 of them gone; two weeks of holidays leave 20 of 50."""
    made = coaching_of_cast()
    assert "1 of 6 hours due by now" in sections(school_lead)[BEHIND][0]
    closed(-20, -7, school="Birch")
    address = reverse("partnership", args=[made.pk])
    for client in (owner, school_lead, coach):
        assert "4.8 due by now" in client.get(address).content.decode()
    listed = owner.get(reverse("partnerships")).context["listed"]
    assert [one["hours"].by_now for one in listed] == pytest.approx([4.8])
    (told,) = program_of(people["owner"]).get("partnerships").json()["items"]
    assert told["hours_due_by_now"] == pytest.approx(4.8)
    assert "1 of 5 hours due by now" in sections(school_lead)[BEHIND][0]
    assert "1 hours given of 5 due by now" in sections(governor)["What people do together"][0]


def test_hours_that_are_enough_because_of_a_holiday_are_no_line_of_monday(school_lead):
    visit(made := partnership(), -30, hours=4.0)  # 80 % of 4.8 are 3.84
    assert BEHIND in sections(school_lead)
    closed(-20, -7)
    assert BEHIND not in sections(school_lead)
    closed(-6, 0, school="Cedar")  # not of this partnership
    had = hours.hours_of(made, timezone.localdate(), read_calendars())
    assert had.by_now == pytest.approx(4.8)


def test_attention_takes_no_hours_in_a_holiday():
    visit(partnership(starts=day("2026-12-14"), ends=day("2027-01-08"), hours=10.0), 0)
    closed_christmas()
    (alder, _) = running(day("2026-12-01"), day("2026-12-31"))
    assert alder.hours == pytest.approx(5.0)
    assert [one.hours for one in running(day("2027-01-01"), day("2027-03-31"))] == pytest.approx([5.0, 5.0])


def closed_christmas() -> None:
    Closure.objects.create(name="Christmas", first=CHRISTMAS[0], last=CHRISTMAS[1])


def test_the_check_that_falls_into_a_holiday_is_asked_afterwards(teacher, people):
    today = timezone.localdate()
    made = partnership("ended", closed=today - 42 * DAY)
    take_part(made, people["teacher"], "recipient")
    hours.make_follow_ups(made, (6,))
    asked = ["6 weeks after the end: does the practice live on?"]
    assert sections(teacher)["For you"] == asked
    holiday = closed(-3, 10, school="Birch")
    assert "For you" not in sections(teacher)
    first = read_calendars().of(["Birch"]).first_from(today)
    assert first > holiday.last
    page = teacher.get(reverse("partnership", args=[made.pk])).content.decode()
    assert f"6 weeks after the end ({first.day} {first:%B %Y})" in page
    (check,) = [one for one in events(make_address(teacher)) if "live on" in one["summary"]]
    assert str(first) in check["dtstart"]
    holiday.delete()
    assert sections(teacher)["For you"] == asked


def test_a_visit_missed_before_the_holidays_is_still_seen_after_them(school_lead):
    made = partnership()
    visit(made, -23, "missed", reason="no cover")
    title = "Visits due, and visits missed"
    assert title not in sections(school_lead)
    closed(-20, -7)
    assert "Missed on" in sections(school_lead)[title][0]


def test_the_next_visit_is_proposed_on_a_school_day(coach):
    made = coaching_of_cast()
    made.sessions.filter(outcome="planned").delete()
    closed(10, 20, school="Alder")
    after = read_calendars().of(["Alder"]).first_from(timezone.localdate() + 21 * DAY)
    plan = reverse("visit_plan", args=[made.pk])
    assert coach.get(plan).context["form"]["date"].value() == after
    assert coach.get(reverse("visit_log", args=[made.pk])).context["form"]["next_date"].value() == after
    given = {"hours": "1", "activity": "visit", "cover": "yes"}
    for date, warned in ((timezone.localdate() + 15 * DAY, True), (after, False)):
        page = coach.post(plan, {**given, "date": str(date)}, follow=True).content.decode()
        assert "The visit is planned." in page
        assert (NO_SCHOOL in page) == warned


def test_a_day_without_school_is_pointed_out_wherever_the_next_visit_is_given(coach):
    made = coaching_of_cast()
    (planned,) = made.sessions.filter(outcome="planned", date__gt=timezone.localdate())
    closed(10, 20, school="Alder")
    today, outside = (str(timezone.localdate() + step * DAY) for step in (0, 15))
    log, missed = reverse("visit_log", args=[made.pk]), reverse("visit_missed", args=[planned.pk])
    held = {"date": today, "hours": "1", "activity": "visit"}
    off = {"outcome": "missed", "reason": "no cover"}
    for address, given in ((log, held), (missed, off)):
        assert NO_SCHOOL not in coach.post(address, given, follow=True).content.decode()
        page = coach.post(address, {**given, "next_date": outside, "next_cover": "yes"}, follow=True)
        assert NO_SCHOOL in page.content.decode()


def test_classes_wait_longer_across_a_holiday_of_the_teachers_school(people):
    nia = Person.objects.create(
        name="Nia", school="Alder", user=people["teacher"], staff_code="T-Alder-1", joined=day("2020-09-01")
    )
    start = picture_of(nia, timezone.localdate()).imported
    assert start is not None
    late = start + 18 * DAY
    assert picture_of(nia, late).is_late
    for school in ("Birch", "Alder"):
        Closure.objects.create(name="Half-term", school=school, first=start + 2 * DAY, last=start + 8 * DAY)
        assert picture_of(nia, late).is_late == (school == "Birch")
    assert picture_of(nia, late).days_gone <= 9


@pytest.mark.parametrize("route", ["monday", "partnerships"])
def test_pages_ask_as_often_for_many_partnerships_and_holidays_as_for_few(owner, people, route):
    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            assert owner.get(reverse(route)).status_code == 200
        return len(found)

    def more(n: int) -> None:
        for number in range(n):
            made = partnership("ended" if number % 2 else "running")
            hours.make_follow_ups(made, (6,))
            closed(-60 + number, -50 + number, school=("Alder", "Birch", "")[number % 3])

    more(2)
    asked()
    few = asked()
    more(8)
    assert asked() == few
    token = program_of(people["owner"])
    with CaptureQueriesContext(connection) as first:
        assert len(token.get("partnerships").json()["items"]) == 10
    more(10)
    with CaptureQueriesContext(connection) as second:
        assert len(token.get("partnerships").json()["items"]) == 20
    assert len(second) <= len(first)  # the first use of a token is written down
