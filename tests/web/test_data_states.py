"""What there is, what changed, and what can be taken back."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.web.uploads_of_trust import (
    GOOD,
    LATER,
    checked,
    decided,
    imported,
    sent,
    text_of,
    work_off,
)
from upwards.actions.compare_snapshots import compare_snapshots, list_states
from upwards.web import answers
from upwards.web.data import work
from upwards.web.data.models import Upload
from upwards.web.trail.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]


# -- the first run -------------------------------------------------------------------------------------


def test_an_empty_workspace_leads_its_owner_from_name_to_picture(owner, people):
    assert owner.get(reverse("data")).headers["Location"] == reverse("data_start")
    text = text_of(owner, "data_start")
    assert "Who are you?" in text
    assert "Five steps" in text
    owner.post(reverse("data_start"), {"name": "Ola Nordmann"})
    people["owner"].refresh_from_db()
    assert people["owner"].name == "Ola Nordmann"
    assert owner.post(reverse("data_start"), {"name": ""}).status_code == 200
    sent(owner, GOOD)
    assert "Go on with it" in text_of(owner, "data_start")
    decided(owner, checked(owner, Upload.objects.get()))
    text = text_of(owner, "data_start")
    assert reverse("data_coverage") in text
    assert "Every figure here rests on the state of" in text_of(owner, "data")


def test_who_cannot_bring_data_in_is_told_who_does(governor):
    assert "The group's lead brings them in" in text_of(governor, "data").replace("&#x27;", "'")
    for route in ("data_coverage", "data_sources", "data_snapshots"):
        assert governor.get(reverse(route)).status_code == 200


# -- coverage ------------------------------------------------------------------------------------------


def many(n: int = 8) -> str:
    rows = [
        f"P{i},{school},art,year 6,2024,{90 + i},{95 + i}" for school in ("Alder", "Birch") for i in range(n)
    ]
    few = [f"Q{i},Cedar,art,year 6,2024,90,95" for i in range(3)]
    return "pupil,school,subject,stage,year,prior,score\n" + "\n".join(
        line.replace("P", f"P{place}") for place, line in enumerate([*rows, *few])
    )


def test_nearly_all_is_not_called_all():
    """As on every other page, whose figures the reader compares."""
    from upwards.web.data.views import _share

    assert (_share(3, 3), _share(2999, 3000), _share(0, 0)) == ("100%", "over 99%", "none")


def test_coverage_comes_before_scores_and_hides_few(owner, governor):
    imported(owner, many())
    text = text_of(owner, "data_coverage")
    assert "Of 19 results, 100% have a score" in text
    assert "Cedar" in text
    assert text.count("5 or fewer") >= 10  # Cedar, and one more school beside it
    assert "For fewer than 70% it is known who taught" in text
    of_governor = text_of(governor, "data_coverage")
    assert "Alder" in of_governor
    assert "Birch" not in of_governor


def test_a_researcher_sees_no_school_by_name(owner, researcher):
    imported(owner, many())
    assert "Birch" not in text_of(researcher, "data_coverage")
    after = list_states(answers.settings.UPWARDS_WORKSPACE)[0]["id"]
    text = text_of(researcher, "data_changes", before="", after=after)
    assert "Birch" not in text
    assert "Schools added: 3" in text


# -- states --------------------------------------------------------------------------------------------


def test_what_changed_between_two_states(owner, school_lead, workspace, people):
    first = imported(owner)
    second = imported(owner, LATER, "later.csv", replace_held="on")
    found = compare_snapshots(workspace, before=first.snapshot, after=second.snapshot)
    (table,) = found["tables"]
    assert (table["rows_before"], table["rows_after"]) == (3, 4)
    assert (table["added"], table["removed"], table["changed"]) == (1, 0, 1)
    assert (table["schools_added"], table["years_added"]) == (["Cedar"], [2025])
    backwards = compare_snapshots(workspace, before=second.snapshot, after=first.snapshot)
    assert backwards["tables"][0]["schools_removed"] == ["Cedar"]
    assert [one["file"] for one in backwards["files_removed"]] == ["later.csv"]
    text = text_of(school_lead, "data_changes", before=first.snapshot, after=second.snapshot)
    assert "Schools added: Cedar" in text
    assert "Added: later.csv" in text
    listed = text_of(school_lead, "data_snapshots")
    assert "later.csv" in listed
    assert people["owner"].name in listed
    same = text_of(owner, "data_changes", before=first.snapshot, after=first.snapshot)
    assert "The tables are the same" in same


def test_who_did_it_is_for_leads(owner, governor, people):
    imported(owner)
    assert f"<td>{people['owner'].name}</td>" not in text_of(governor, "data_snapshots")


def test_unknown_states_are_not_found(owner):
    assert owner.get(reverse("data_changes")).status_code == 302
    first = imported(owner)
    for query in ({"after": "no"}, {"before": "../x", "after": first.snapshot}, {}):
        assert owner.get(reverse("data_changes"), query).status_code == 404


def test_sources_stand_with_date_licence_and_hash(owner, governor):
    upload = decided(owner, checked(owner, sent(owner, GOOD, licence="our own <records>")))
    text = text_of(governor, "data_sources")
    assert upload.sha256 in text
    assert "our own &lt;records&gt;" in text
    assert "results 2024.csv" in text


# -- taking back ---------------------------------------------------------------------------------------


def test_a_whole_import_is_taken_back_after_asking(owner, workspace):
    first, second = imported(owner), imported(owner, LATER, "later.csv", replace_held="on")
    text = text_of(owner, "data_undo")
    assert "later.csv" in text
    answer = owner.post(reverse("data_undo"), {"snapshot": second.snapshot})
    work_off()
    assert owner.get(answer.headers["Location"]).headers["Location"] == reverse("data_snapshots")
    standing = {one["id"]: one["standing"] for one in list_states(workspace)}
    assert standing == {first.snapshot: "current", second.snapshot: "undone"}
    assert AuditEntry.objects.filter(kind="import", detail="undone").count() == 1
    owner.post(reverse("data_undo"), {"snapshot": first.snapshot})
    work_off()
    assert "nothing to undo" in text_of(owner, "data_undo")


def test_an_old_page_does_not_undo_what_came_later(owner, workspace):
    first = imported(owner)
    second = imported(owner, LATER, "later.csv", replace_held="on")
    owner.post(reverse("data_undo"), {"snapshot": first.snapshot})
    work_off()
    assert list_states(workspace)[0]["id"] == second.snapshot
    assert list_states(workspace)[0]["standing"] == "current"


def test_undoing_twice_undoes_once(owner, workspace):
    first = imported(owner)
    second = imported(owner, LATER, "later.csv", replace_held="on")
    for _ in range(2):
        work.undo_import({"snapshot": second.snapshot}, lambda *_: None)
    assert [one["standing"] for one in list_states(workspace)] == ["undone", "current"]
    assert first.snapshot == list_states(workspace)[1]["id"]


@pytest.mark.parametrize("who", ["school_lead", "governor", "researcher"])
def test_others_do_not_undo(who, browser_of, owner, workspace):
    upload = imported(owner)
    assert browser_of(who).post(reverse("data_undo"), {"snapshot": upload.snapshot}).status_code == 403
