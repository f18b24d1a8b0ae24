"""The plan's page: limits in its address, and for each reader the lines of their schools."""

from __future__ import annotations

import html
import re

import pytest
from django.urls import reverse

from tests.web.initiatives_of_trust import joins, pilot, programme
from tests.web.partnerships_of_trust import coaching_of_cast, partnership
from tests.web.practices_of_trust import practice
from tests.web.reviews_of_trust import review_of_alder
from tests.web.test_answer_pages import finished, rows_of, text_of
from upwards.actions.make_plan import make_plan
from upwards.core.audience import ANOTHER_SCHOOL
from upwards.web.jobs.models import Job, State
from upwards.web.partnerships.from_plan import address_of_line, line_key
from upwards.web.practices.models import Use

pytestmark = pytest.mark.django_db


def plan(client, query: str = ""):
    return finished(client, reverse("plan") + query)


def test_a_lead_sees_lines_with_reasons_hours_and_who_stays_without(group_lead):
    text = text_of(plan(group_lead))
    assert re.search(r"with Alder's year 6 team \(network, 9 hours each\)", text)
    assert "Without a partner, and what stopped it" in text
    assert "Limits, and how much of them is used" in text


def proposals(answer) -> list[str]:
    found = re.findall(r'href="([^"]+[?]line=[^"]+)"', answer.content.decode())
    return [html.unescape(one) for one in found]


def test_each_line_leads_to_its_partnership_until_somebody_begins_it(group_lead, trust_workspace):
    lines = make_plan(trust_workspace)["lines"]
    found = proposals(plan(group_lead))
    assert found == [address_of_line(line) for line in lines]
    form = group_lead.get(found[0]).context["form"]
    assert form.initial["recipient_school"] == lines[0]["recipient_school"]
    partnership(line=line_key(lines[0]))
    assert len(proposals(plan(group_lead))) == len(lines) - 1


def test_a_lead_proposes_for_the_own_school_and_a_governor_nowhere(other_lead, governor, trust_workspace):
    lines = make_plan(trust_workspace)["lines"]
    own = [one for one in lines if "Birch" in (one["provider_school"], one["recipient_school"])]
    assert proposals(plan(other_lead)) == [address_of_line(line) for line in own]
    assert proposals(plan(governor)) == []


def test_a_school_s_page_says_what_it_works_on(school_lead, governor):
    made = coaching_of_cast()
    page = finished(school_lead, reverse("school", args=["Alder"])).content.decode()
    assert "What it is doing" in page
    assert reverse("partnership", args=[made.pk]) in page
    assert reverse("partnership_new") in page
    page = finished(governor, reverse("school", args=["Alder"])).content.decode()
    assert "Those who work in the schools see their partnerships here." in page
    assert reverse("partnership_new") not in page


def test_a_school_s_page_says_all_that_it_is_doing(people, school_lead, other_lead, teacher, governor):
    runs, other = pilot(title="Five questions"), pilot(school="Birch", title="Elsewhere")
    idea = pilot("idea", title="Only an idea")
    course, card = programme(title="Reading across"), practice(author=people["teacher"])
    taken = practice(school="Birch", author=people["teacher"], title="Taken up")
    Use.objects.create(practice=taken, school="Alder", manner="adopted")
    check = review_of_alder("planned")

    def seen(client) -> set[str]:
        page = finished(client, reverse("school", args=["Alder"])).content.decode()
        return set(re.findall(r'href="(/(?:innovation|programmes|practice|reviews)/[^"]+)"', page))

    pages = {reverse("pilot", args=[runs.pk]), reverse("practice_card", args=[card.pk])}
    courses, uses = {reverse("programme", args=[course.pk])}, {reverse("practice_card", args=[taken.pk])}
    assert seen(school_lead) == pages | courses | uses | {reverse("review", args=[check.pk])}
    assert seen(teacher) == pages | uses
    assert seen(governor) == pages | courses
    assert not {reverse("pilot", args=[one.pk]) for one in (other, idea)} & seen(school_lead)
    joins(course, people["teacher"])
    assert courses <= seen(teacher)  # asked live, though the page is kept


def test_limits_in_the_address_make_another_plan(group_lead):
    before, after = plan(group_lead), plan(group_lead, "?total_hours=18")
    assert "36 hours in all" in text_of(before)
    assert "36 hours in all" not in text_of(after)
    assert 'value="18"' in after.content.decode()


def test_money_is_counted_where_an_hour_has_its_cost(group_lead):
    answer = plan(group_lead, "?money=100000&cost_per_hour=40&format=csv&table=lines")
    assert rows_of(answer)[0][-1] == "money"
    assert all(float(row[-1]) > 0 for row in rows_of(answer)[1:])


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?total_hours=many", "Enter a number"),
        ("?total_hours=-3", "greater than or equal to 1"),
        ("?money=100", "Say what one hour costs"),
        ("?stage_order=year+6,+year+9", "There is no stage “year 9”"),
        ("?stage_order=year+6,+year+6", "named twice"),
        ("?asks=Nowhere+/+art+/+year+6", "Select a valid choice"),
    ],
)
def test_limits_that_cannot_be_are_told_at_their_field(group_lead, query, said):
    answer = plan(group_lead, query)
    assert said in text_of(answer)
    assert 'aria-invalid="true"' in answer.content.decode()


def test_a_team_that_asks_for_help_is_in_the_plan(group_lead):
    answer = plan(group_lead, "?asks=Damson+/+reading+/+year+6&stage_order=year+6")
    said = text_of(answer)
    assert "Damson" in said
    assert "asks for help" in said


def test_a_plan_that_fails_says_why_and_keeps_its_form(group_lead):
    plan(group_lead, "?total_hours=77")
    Job.objects.all().delete()
    job = {}

    def failing(question, arguments, progress=None):
        from upwards.core.errors import UserError

        job["asked"] = arguments
        raise UserError("No plan serves that many.")

    from upwards.web.pages import work

    original = work.compute
    work.compute = failing
    try:
        answer = plan(group_lead, "?total_hours=78")
    finally:
        work.compute = original
    assert Job.objects.get().state == State.FAILED
    assert "No plan serves that many." in text_of(answer)
    assert 'value="78"' in answer.content.decode()


def test_who_may_not_see_the_whole_plan_sees_the_lines_of_the_own_school_only(coach, governor, group_lead):
    whole = rows_of(plan(group_lead, "?format=csv&table=lines"))[1:]
    for reader in (coach, governor):
        rows = rows_of(plan(reader, "?format=csv&table=lines"))[1:]
        assert len(rows) == sum("Alder" in (row[0], row[3]) for row in whole)
        assert all({row[0], row[3]} <= {"Alder", ANOTHER_SCHOOL} and "Alder" in row for row in rows)
        page = text_of(plan(reader))
        assert "Your schools are in" in page
        assert "Limits, and how much" not in page
        assert "Birch" not in page.split("Teams without a partner")[1]
    assert '<form method="get"' not in plan(coach).content.decode()


def test_limits_given_by_who_may_not_change_the_plan_start_nothing(coach, governor, group_lead):
    plan(group_lead)
    Job.objects.all().delete()
    for reader in (coach, governor):
        answer = reader.get(reverse("plan"), {"total_hours": "11.5", "stage_order": "nowhere"})
        assert (answer.status_code, "Your schools are in" in text_of(answer)) == (200, True)
    assert not Job.objects.exists()


def test_who_has_no_line_is_told_so(appointed, client):
    from upwards.web.roles import Role

    client.force_login(appointed("gwen", Role.GOVERNOR, "Birch"))
    page = text_of(plan(client))
    assert "no partnership for your schools" in page
    assert "Damson" not in page


def test_who_may_not_see_the_plan_is_refused(teacher, researcher, reviewer, stranger):
    address = reverse("plan")
    assert [who.get(address).status_code for who in (teacher, researcher, reviewer)] == [403, 403, 403]
    assert stranger.get(address).status_code == 302
