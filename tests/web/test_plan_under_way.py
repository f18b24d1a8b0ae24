"""What people do comes back: a plan beside the partnerships that run, and who reads of them there."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.web.partnerships_of_trust import partnership, visit
from tests.web.sharing_of_trust import birch_by_itself
from tests.web.test_answer_pages import finished, rows_of, text_of
from upwards.actions.make_plan import make_plan
from upwards.core.audience import ANOTHER_SCHOOL
from upwards.web.access import reader_for
from upwards.web.api import shapes
from upwards.web.api.shown import SHOWN
from upwards.web.partnerships.handover import hand_over
from upwards.web.partnerships.models import Partnership
from upwards.web.roles import Role

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
SAID = "2 partnerships are under way and hold 36 hours of the coming cycle; the plan adds none."
Lines = list[dict[str, Any]]


@pytest.fixture
def own_workspace(trust_workspace: Path, tmp_path: Path, settings: Any) -> Path:
    settings.UPWARDS_WORKSPACE = Path(shutil.copytree(trust_workspace, tmp_path / "own"))
    return Path(settings.UPWARDS_WORKSPACE)


def begin(line: dict[str, Any], state: str = "agreed", **other: Any) -> Partnership:
    """Make of a line what its form makes of it: a partnership of twelve weeks from today."""
    today = timezone.localdate()
    made = partnership(
        state, provider=line["provider_school"], recipients=(), provider_department=line["provider_stage"],
        kind=line["kind"], subject=line["subject"], hours=line["hours_each"],
        **{"starts": today, "ends": today + 84 * DAY} | other,
    )  # fmt: skip
    made.recipients.create(school=line["recipient_school"], department=line["recipient_stage"])
    return made


def planned(workspace: Path, **other: Any) -> Lines:
    return list(make_plan(workspace, **other)["lines"])


@pytest.fixture
def begun(own_workspace: Path) -> Lines:
    """All lines of the plan, agreed and given to the data."""
    lines = planned(own_workspace)
    for line in lines:
        begin(line)
    hand_over()
    return lines


def test_a_plan_made_again_holds_none_of_its_own_lines_and_no_more_than_is_left(own_workspace, begun):
    again = make_plan(own_workspace)
    assert again["lines"] == []
    assert again["under_way_text"] == SAID
    names = ("provider_school", "provider_stage", "recipient_school", "recipient_stage", "subject")
    assert [[one[n] for n in names] for one in again["under_way"]] == [
        [one[n] for n in names] for one in begun
    ]
    assert all((one["hours_each"], one["hours"]) == (9, 18) for one in again["under_way"])


def test_visits_that_took_place_leave_less_to_give(own_workspace, begun):
    visit(Partnership.objects.order_by("pk")[0], 0, hours=2)
    visit(Partnership.objects.order_by("pk")[1], 0, "missed", hours=3, reason="no cover")
    hand_over()
    assert [one["hours_each"] for one in make_plan(own_workspace)["under_way"]] == [7, 9]


@pytest.mark.parametrize(("state", "closed"), [("proposed", 0), ("stopped", 0), ("ended", 0)])
def test_what_is_only_proposed_or_over_holds_nothing(own_workspace, state, closed):
    lines, today = planned(own_workspace), timezone.localdate()
    begin(lines[0], state, closed=None if state == "proposed" else today)
    hand_over()
    again = make_plan(own_workspace)
    assert (again["lines"], again["under_way"], again["under_way_text"]) == (lines, [], "")


def test_the_day_after_its_end_a_pair_may_be_planned_again(own_workspace, begun):
    end = timezone.localdate() + 84 * DAY
    assert planned(own_workspace, today=end - DAY) == []
    assert planned(own_workspace, today=end) == begun


def test_the_page_is_of_its_day(group_lead, own_workspace, begun, monkeypatch):
    assert SAID in text_of(finished(group_lead, reverse("plan")))
    end = timezone.localdate() + 85 * DAY
    monkeypatch.setattr("upwards.web.answers.timezone.localdate", lambda: end)
    page = text_of(finished(group_lead, reverse("plan")))
    assert "under way and hold" not in page
    assert "36 hours in all" in page


def test_the_page_of_a_school_is_of_its_day_too(group_lead, own_workspace, begun, monkeypatch):
    address = reverse("school", args=[begun[0]["recipient_school"]])
    assert "The plan adds nobody here" in text_of(finished(group_lead, address))
    end = timezone.localdate() + 85 * DAY
    monkeypatch.setattr("upwards.web.answers.timezone.localdate", lambda: end)
    assert "The plan adds nobody here" not in text_of(finished(group_lead, address))


def test_limits_that_are_asked_for_are_met_beside_what_is_under_way(own_workspace):
    first, second = planned(own_workspace)
    begin(first)
    hand_over()
    assert planned(own_workspace) == [second]
    # 45 hours less a fifth for the top are 36: 18 are held, so 18 are left.
    assert planned(own_workspace, total_hours=45) == [second]
    assert planned(own_workspace, total_hours=44) == []


def under_way(client: Client) -> list[list[str]]:
    return rows_of(finished(client, f"{reverse('plan')}?format=csv&table=under-way"))


def test_a_group_lead_reads_what_is_under_way_with_its_hours(group_lead, begun):
    page = text_of(finished(group_lead, reverse("plan")))
    assert SAID in page
    assert "Nothing is added to what is under way" in page
    head, *rows = under_way(group_lead)
    assert head[-3:] == ["hours each left", "of both, in the cycle", "last day"]
    assert [(row[0], row[3]) for row in rows] == [
        (one["recipient_school"], one["provider_school"]) for one in begun
    ]
    assert {row[-3] for row in rows} == {"9.0"}


def elsewhere(**other: Any) -> None:
    """Birch gives to Cedar."""
    today = timezone.localdate()
    partnership(provider="Birch", recipients=("Cedar",), starts=today, ends=today + 84 * DAY, **other)
    hand_over()


def test_heads_read_of_their_own_schools_alone(group_lead, school_lead, other_lead, begun):
    page = text_of(finished(other_lead, reverse("plan")))
    assert "Partnerships under way" not in page
    assert "under way and hold" not in page
    elsewhere()
    assert len(under_way(group_lead)[1:]) == 3
    for client, n, school, hours in ((school_lead, 2, "Alder", "9.0"), (other_lead, 1, "Birch", "12.0")):
        rows = under_way(client)[1:]
        assert len(rows) == n
        assert all(school in (row[0], row[3]) and row[-3] == hours for row in rows)
    assert "1 partnership is under way and holds 24 hours" in text_of(finished(other_lead, reverse("plan")))


def test_colleagues_read_neither_hours_nor_with_whom(coach, begun):
    page = text_of(finished(coach, reverse("plan")))
    assert "2 partnerships are under way; the plan adds none." in page
    head, *rows = under_way(coach)
    assert (len(head), len(rows)) == (6, 2)
    assert {row[0] for row in rows} == {ANOTHER_SCHOOL}


def test_a_school_of_another_controller_is_not_named_to_the_group(group_lead, own_workspace):
    birch_by_itself()
    elsewhere()
    (row,) = under_way(group_lead)[1:]
    assert (row[0], row[3]) == ("Cedar", ANOTHER_SCHOOL)
    section = text_of(finished(group_lead, reverse("plan"))).split("Under way")[1]
    assert "Birch" not in section.split("Who works with whom")[0]
    partnership(provider="Birch", recipients=("Birch",), ends=timezone.localdate() + 84 * DAY)
    hand_over()
    assert [row[3] for row in under_way(group_lead)[1:]] == [ANOTHER_SCHOOL]


def test_who_sees_no_partnerships_reads_nothing_of_them_off_a_plan(governor, appointed, begun):
    trustee = Client()
    trustee.force_login(appointed("tina", Role.GOVERNOR, ""))
    for client in (governor, trustee):
        page = text_of(finished(client, reverse("plan")))
        assert "nder way" not in page
        answer = finished(client, f"{reverse('plan')}?format=xlsx")
        assert answer.status_code == 200
        assert client.get(f"{reverse('plan')}?format=csv&table=under-way").status_code == 404


def test_the_limits_say_to_who_does_not_see_all_what_the_plan_s_own_lines_use(
    group_lead, school_lead, appointed, begun
):
    trustee, everywhere = Client(), Client()
    trustee.force_login(appointed("tina", Role.GOVERNOR, ""))
    everywhere.force_login(appointed("cora", Role.COACH, ""))  # sees that they are, and no hours
    said = {}
    readers = {"lead": group_lead, "head": school_lead, "trustee": trustee, "coach": everywhere}
    for name, client in readers.items():
        rows = rows_of(finished(client, f"{reverse('plan')}?format=csv&table=limits"))
        said[name] = {row[0]: row[3:] for row in rows[1:]}["total hours"]
    assert said == {"lead": ["36.0", ""], "head": ["0.0", ""], "trustee": ["0.0", ""], "coach": ["0.0", ""]}


def test_how_much_more_would_do_is_for_who_leads_all_schools(own_workspace, people, group_lead, school_lead):
    """The one who gives is known: from what is missing anybody could count what is promised elsewhere."""
    first, second = planned(own_workspace)
    begin({**first, "hours_each": 25.0})
    hand_over()
    said = "those who could help have no hours left"
    for address in (reverse("plan"), reverse("school", args=[second["recipient_school"]])):
        assert f"{said} (4 more each would do)." in text_of(finished(group_lead, address))
        page = text_of(finished(school_lead, address))
        assert f"{said}." in page
        assert "4 more each" not in page
    for name, told in (("group_lead", True), ("school_lead", False)):
        shown = SHOWN["plan"](reader_for(people[name]), make_plan(own_workspace))
        assert ("4 more each" in str(shown["unserved"])) == told


def test_a_program_reads_what_its_page_shows(own_workspace, people, begun):
    found = make_plan(own_workspace)
    shown = {}
    for name in ("group_lead", "governor", "coach"):
        shown[name] = shapes.Plan.model_validate({**SHOWN["plan"](reader_for(people[name]), found)})
    assert (len(shown["group_lead"].under_way), shown["group_lead"].under_way_text) == (2, SAID)
    assert (shown["governor"].under_way, shown["governor"].under_way_text) == ([], "")
    assert {one.hours for one in shown["coach"].under_way} == {None}
    assert "36 hours" not in shown["coach"].under_way_text
    narrowed = reader_for(people["group_lead"]).narrowed(frozenset({"see_plan"}), None)
    assert SHOWN["plan"](narrowed, found)["under_way"] == []


def test_the_command_prints_the_same(own_workspace, begun, capsys):
    from upwards.cli.plan_command import plan

    plan(own_workspace)
    said = capsys.readouterr().out
    assert SAID in " ".join(said.split())
    assert "Under way:" in said
