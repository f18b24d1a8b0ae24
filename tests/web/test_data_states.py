"""What there is, what changed, what can be taken back and away, and what happens when a worker dies."""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.web.uploads_of_trust import (
    GOOD,
    checked,
    decided,
    files_in,
    imported,
    send,
    sent,
    work_off,
)
from upwards.actions.compare_snapshots import compare_snapshots, list_states
from upwards.actions.init_workspace import init_workspace
from upwards.web import answers
from upwards.web.data import views, work
from upwards.web.data.models import Step, Upload
from upwards.web.jobs.models import Job, State
from upwards.web.jobs.queue import BUG, run_job
from upwards.web.jobs.work_again import ATTEMPTS, put_back_lost
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
LATER = (
    "pupil,school,subject,stage,year,prior,score\n"
    "P1,Alder,mathematics,year 6,2024,99,109\n"
    "P7,Cedar,mathematics,year 6,2025,101,104\n"
)


@pytest.fixture(autouse=True)
def workspace(settings, tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "grove"
    init_workspace(folder, name="Grove Trust")
    settings.UPWARDS_WORKSPACE = folder
    monkeypatch.setattr(answers, "_MEMORY", answers._Memory())
    return folder


def text_of(client, route: str, **query: str) -> str:
    answer = client.get(reverse(route), query)
    if answer.status_code == 202:
        work_off()
        answer = client.get(reverse(route), query)
    assert answer.status_code == 200
    return answer.content.decode()


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


def test_coverage_comes_before_scores_and_hides_few(owner, governor):
    imported(owner, many())
    text = text_of(owner, "data_coverage")
    assert "Of 19 results, 100 % have a score" in text
    assert "Cedar" in text
    assert text.count("5 or fewer") >= 10  # Cedar, and one more school beside it
    assert "For fewer than 70 % it is known who taught" in text
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


# -- taking away ---------------------------------------------------------------------------------------


def csv_of(client, table: str = "results") -> str:
    answer = client.get(reverse("data_table_csv", args=[table]))
    assert answer.status_code == 200
    return b"".join(answer).decode("utf-8-sig")


def test_tables_are_taken_away_as_csv_under_pseudonyms(owner, workspace):
    imported(owner)
    assert "CSV" in text_of(owner, "data_tables")
    text = csv_of(owner)
    assert "Alder" in text
    assert "P1," not in text
    assert AuditEntry.objects.filter(what="exported", kind="table", object_id="results").count() == 1
    assert files_in(workspace) == []
    assert owner.head(reverse("data_table_csv", args=["results"])).status_code == 200


def test_a_large_table_is_sent_as_it_is_read(owner, workspace, monkeypatch):
    imported(owner)
    whole = csv_of(owner)
    monkeypatch.setattr(views, "IN_ONE_PIECE", 0)
    answer = owner.get(reverse("data_table_csv", args=["results"]))
    assert answer.streaming
    assert b"".join(answer).decode("utf-8-sig") == whole
    answer.close()
    assert files_in(workspace) == []


def test_a_reader_who_is_refused_leaves_no_file_behind(owner, workspace, monkeypatch):
    from django.core.exceptions import PermissionDenied

    def refused(*_, **__):
        raise PermissionDenied

    imported(owner)
    monkeypatch.setattr(views, "IN_ONE_PIECE", 0)
    monkeypatch.setattr(views, "record", refused)
    assert owner.get(reverse("data_table_csv", args=["results"])).status_code == 403
    assert files_in(workspace) == []


def test_few_results_are_not_counted(owner):
    imported(owner)
    assert "so few results that their counts are hidden" in text_of(owner, "data_coverage")


def test_a_researcher_s_table_has_codes_only(owner, researcher):
    imported(
        owner,
        GOOD.replace("score", "score,comment").replace("\n", ",words\n").replace("comment,words", "comment"),
    )
    theirs, ours = csv_of(researcher).splitlines(), csv_of(owner).splitlines()
    assert "comment" in ours[0]
    assert "comment" not in theirs[0]
    assert "Alder" not in "".join(theirs)
    schools = {line.split(",")[theirs[0].split(",").index("school")] for line in theirs[1:]}
    assert len(schools) == 2
    pupils = [{line.split(",")[0] for line in lines[1:]} for lines in (theirs, ours)]
    assert not pupils[0] & pupils[1]  # of no use beside the workspace's own pseudonyms


def test_who_may_export_for_one_school_gets_its_rows_only(owner, appointed, monkeypatch):
    from django.test import Client

    from upwards.web.roles import CAPABILITIES, Role

    # no role of one school exports today; the rows are narrowed all the same
    given = {**CAPABILITIES, "export_tables": CAPABILITIES["export_tables"] | {Role.GOVERNOR}}
    monkeypatch.setattr("upwards.web.access.CAPABILITIES", given)
    imported(owner)
    client = Client()
    client.force_login(appointed("rita", Role.GOVERNOR, "Birch"))
    assert len(csv_of(client).splitlines()) == 2
    upload = checked(owner, sent(owner, "group,name\nG1,Grove\n", "groups.csv", table="groups"))
    decided(owner, upload)
    assert client.get(reverse("data_table_csv", args=["groups"])).status_code == 422


def test_an_unknown_table_is_not_found(owner):
    assert owner.get(reverse("data_table_csv", args=["results"])).status_code == 404
    assert owner.get("/data/tables/../../secret.csv").status_code == 404


# -- workers that die ----------------------------------------------------------------------------------


def kill_and_restart(upload: Upload) -> None:
    """Leave the job as a killed worker leaves it, then start the next worker."""
    from django_tasks.base import TaskResultStatus
    from django_tasks_db.models import DBTaskResult

    DBTaskResult.objects.filter(status=TaskResultStatus.READY).update(status=TaskResultStatus.RUNNING)
    job = Job.objects.get(pk=upload.job_id)
    Job.objects.filter(pk=job.pk).update(state=State.RUNNING, attempts=job.attempts + 1)
    put_back_lost()


def uploading(owner, content: str = GOOD) -> Upload:
    send(owner, content)
    return Upload.objects.latest("made")


def test_a_job_killed_in_the_middle_is_done_by_the_next_worker(owner):
    upload = uploading(owner)
    kill_and_restart(upload)
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.MAPPING


def test_after_three_killed_workers_the_file_is_kept_and_can_be_tried_again(owner, workspace):
    upload = uploading(owner)
    for _ in range(ATTEMPTS):
        kill_and_restart(upload)
    kill_and_restart(upload)
    text = owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()
    assert "This was interrupted" in text
    assert "stopped 3 times" in text
    assert len(files_in(workspace)) == 1
    owner.post(reverse("data_again", args=[upload.pk]))
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.MAPPING


def test_an_import_killed_after_it_entered_is_found_there_and_not_doubled(owner, workspace, monkeypatch):
    upload = checked(owner, sent(owner, GOOD))
    move = Upload.move

    def die(self: Upload, from_: tuple[str, ...], to: Step, **values: object) -> bool:
        if to == Step.IMPORTED:
            raise KeyboardInterrupt
        return move(self, from_, to, **values)

    monkeypatch.setattr(Upload, "move", die)
    owner.post(reverse("data_decide", args=[upload.pk]), {"decision": "keep"})
    upload.refresh_from_db()
    with pytest.raises(KeyboardInterrupt):
        run_job.call(str(upload.job_id))
    monkeypatch.setattr(Upload, "move", move)
    assert len(list_states(workspace)) == 1
    assert len(files_in(workspace)) == 1
    kill_and_restart(upload)
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.IMPORTED
    assert list_states(workspace)[0]["tables"] == {"results": 3}
    assert files_in(workspace) == []


def test_a_bug_leaves_the_file_and_a_way_on(owner, workspace, monkeypatch):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("inside")

    monkeypatch.setattr(work, "check_upload", broken)
    upload = sent(owner, GOOD)
    text = owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()
    assert BUG in text
    decided(owner, upload, "reject")
    assert (upload.step, files_in(workspace)) == (Step.REJECTED, [])


def test_work_that_was_done_already_is_not_done_again(owner):
    upload = imported(owner)
    for name in ("look_at_upload", "check_an_upload", "import_upload"):
        getattr(work, name)({"upload": str(upload.pk)}, lambda *_: None)
    upload.refresh_from_db()
    assert upload.step == Step.IMPORTED


# -- files that nobody came back for -------------------------------------------------------------------


def test_a_failed_upload_is_kept_seven_days_and_then_removed(owner, workspace):
    upload = sent(owner, "no table", "a.csv")
    assert upload.step == Step.FAILED
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=6))
    owner.get(reverse("data"))
    work_off()
    assert len(files_in(workspace)) == 1
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=7, minutes=1))
    owner.get(reverse("data"))
    work_off()
    upload.refresh_from_db()
    assert (upload.step, upload.stored, files_in(workspace)) == (Step.EXPIRED, "", [])
    assert "within 7 days" in owner.get(reverse("data_uploaded", args=[upload.pk])).content.decode()


def test_files_without_a_row_and_of_ended_uploads_are_removed(owner, workspace):
    upload = imported(owner)
    folder = work.uploads_folder()
    orphan, fresh, left = folder / "orphan.csv", folder / "fresh.csv", folder / "left.csv"
    for path in (orphan, fresh, left):
        path.write_text("x")
    os.utime(orphan, (time.time() - 90_000,) * 2)
    Upload.objects.filter(pk=upload.pk).update(stored="left.csv")  # killed before it was removed
    assert work.remove_old_uploads({}, lambda *_: None) == 2
    assert files_in(workspace) == [fresh]


def test_sending_a_file_starts_the_clearing_away(owner, workspace):
    upload = sent(owner, "no table", "a.csv")
    Upload.objects.filter(pk=upload.pk).update(changed=timezone.now() - timedelta(days=8))
    sent(owner, GOOD)
    upload.refresh_from_db()
    assert upload.step == Step.EXPIRED
