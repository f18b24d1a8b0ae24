"""A lead brings a file in: sends it, checks its columns, sees its problems, decides, sees the outcome."""

from __future__ import annotations

import stat

import pytest
from django.test import Client
from django.urls import reverse

from tests.web.uploads_of_trust import (
    GOOD,
    MESSY,
    checked,
    decided,
    files_in,
    form_of,
    imported,
    parquet,
    send,
    sent,
    work_off,
    workbook,
)
from upwards.actions.compare_snapshots import list_sources, list_states
from upwards.web.data.models import Step, Upload
from upwards.web.jobs.models import Job
from upwards.web.trail.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]


def page(client: Client, route: str, upload: Upload) -> str:
    return client.get(reverse(route, args=[upload.pk])).content.decode()


def test_a_clean_file_goes_from_the_browser_into_the_workspace(owner, workspace):
    upload = sent(owner, GOOD, licence="our own records")
    assert upload.step == Step.MAPPING
    assert owner.get(reverse("data_uploaded", args=[upload.pk])).status_code == 302
    assert "Check the columns" in page(owner, "data_mapping", upload)
    checked(owner, upload)
    assert "3 rows in = 3 that can be used + 0 that cannot" in page(owner, "data_uploaded", upload)
    assert list_states(workspace) == []
    decided(owner, upload)
    assert upload.step == Step.IMPORTED
    assert "3 rows in = 3 kept + 0 left out" in page(owner, "data_uploaded", upload)
    assert list_states(workspace)[0]["id"] == upload.snapshot
    assert list_sources(workspace)[0]["file"] == "results 2024.csv"


def test_the_file_lies_under_a_secret_name_for_its_owner_only_and_goes_once_imported(owner, workspace):
    upload = checked(owner, sent(owner, GOOD))
    (path,) = files_in(workspace)
    assert "results" not in path.name
    assert len(path.stem) == 48
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    decided(owner, upload)
    assert files_in(workspace) == []
    assert not upload.has_file


def test_a_workbook_and_a_parquet_file_are_read_like_the_csv(owner, workspace):
    for content, name in (
        (workbook(), "r.xlsx"),
        (parquet(), "r.parquet"),
        (GOOD.replace(",", "\t"), "r.tsv"),
    ):
        upload = checked(owner, sent(owner, content, name))
        assert (upload.report["n_in"], upload.report["n_kept"]) == (3, 3)


def test_problems_stand_by_row_with_a_remedy_and_the_rows_add_up(owner):
    upload = checked(owner, sent(owner, MESSY), constant_prior_source="reading age")
    report = upload.report
    assert report["n_in"] == report["n_kept"] + sum(report["rejected"].values())
    assert report["rejected"]
    text = page(owner, "data_uploaded", upload)
    assert "Keep the" in text
    assert "What to do" in text
    assert ">4<" in text  # the row of the score that is a word
    assert "ninety" not in text  # a score is never shown
    decided(owner, upload)
    said = page(owner, "data_uploaded", upload)
    assert f"{report['n_in']} rows in = {report['n_kept']} kept" in said


def test_a_heading_can_be_corrected(owner):
    upload = sent(owner, GOOD.replace("score", "Outcome X").replace("subject", "S"))
    given = form_of(owner, upload)
    headings = {heading: place for place, heading in enumerate(upload.headings)}
    assert "Please look at this" in page(owner, "data_mapping", upload)
    changes = {
        f"use_{headings['S']}": "subject",
        f"use_{headings['Outcome X']}": "score",
        "scale_score": "number",
    }
    assert given[f"use_{headings['school']}"] == "school"
    checked(owner, upload, **changes)
    assert upload.report["n_kept"] == 3
    assert 'score = "Outcome X"' in upload.mapping


def test_two_headings_for_one_column_are_refused_in_words(owner):
    upload = sent(owner, GOOD)
    given = {**form_of(owner, upload), "use_0": "score"}
    answer = owner.post(reverse("data_mapping", args=[upload.pk]), given)
    assert answer.status_code == 422
    assert "are both to be score" in answer.content.decode()


def test_a_column_that_is_needed_and_given_nowhere_is_named(owner):
    upload = sent(owner, GOOD)
    given = {**form_of(owner, upload), "use_1": "leave out"}
    answer = owner.post(reverse("data_mapping", args=[upload.pk]), given)
    assert answer.status_code == 422
    assert "gives no school" in answer.content.decode()
    assert upload.stored not in answer.content.decode()


def test_one_value_for_all_rows_can_be_given(owner):
    upload = sent(owner, GOOD.replace(",2024", "").replace("year,", "", 1), "marks.csv")
    upload = checked(owner, upload, constant_year="2024")
    assert upload.report["n_kept"] == 3
    bad = owner.post(
        reverse("data_mapping", args=[upload.pk]), {**form_of(owner, upload), "constant_prior_date": "soon"}
    )
    assert "has to be a day" in bad.content.decode()


def test_scores_in_columns_become_rows_with_subject_and_year(owner):
    wide = "UPN,School,Maths 2023,Reading 2023\nA,Alder,100,101\nB,Alder,102,103\n"
    upload = sent(owner, wide, "wide.csv")
    given = form_of(owner, upload)
    place = upload.headings.index("Maths 2023")
    assert (given[f"subject_{place}"], str(given[f"year_{place}"])) == ("mathematics", "2023")
    upload = checked(owner, upload, **{f"subject_{place}": "algebra"})
    assert upload.report["n_kept"] == 4
    assert 'subject = "algebra"' in upload.mapping


def test_the_mapping_can_be_given_as_text_and_mistakes_in_it_are_named(owner):
    upload = sent(owner, GOOD)
    address = reverse("data_mapping_text", args=[upload.pk])
    wrong = owner.post(address, {"text": 'table = "results"\n[columns]\nscor = "score"'})
    assert wrong.status_code == 422
    assert "did you mean" in wrong.content.decode()
    assert owner.post(address, {"text": "not toml"}).status_code == 422
    assert owner.post(address, {"text": ""}).status_code == 422
    assert owner.post(address, {"text": upload.mapping}).status_code == 302
    work_off()
    upload.refresh_from_db()
    assert upload.step == Step.CHECKED


def test_a_refused_file_leaves_nothing(owner, workspace):
    upload = decided(owner, checked(owner, sent(owner, GOOD)), "reject")
    assert upload.step == Step.REJECTED
    assert files_in(workspace) == []
    assert upload.report is None
    assert list_states(workspace) == []
    assert "Nothing of it was kept" in page(owner, "data_uploaded", upload)


def test_rows_held_already_are_told_and_can_be_replaced(owner, workspace):
    imported(owner)
    upload = checked(owner, sent(owner, GOOD.replace("104", "105")))
    decided(owner, upload)
    assert upload.step == Step.CHECKED
    assert "held already" in page(owner, "data_uploaded", upload)
    decided(owner, upload, replace_held="on")
    assert upload.step == Step.IMPORTED
    assert upload.report["n_replaced"] == 3
    assert "made place" in page(owner, "data_uploaded", upload)


def test_the_same_file_again_changes_nothing(owner, workspace):
    first = imported(owner)
    again = imported(owner)
    assert again.snapshot == first.snapshot
    assert again.report["n_kept"] == 3


def test_a_sheet_can_be_named_after_the_workbook_was_refused(owner):
    import io

    import polars as pl
    from xlsxwriter import Workbook

    target = io.BytesIO()
    with Workbook(target) as book:
        for sheet in ("One", "Two"):
            pl.read_csv(io.StringIO(GOOD), infer_schema=False).write_excel(book, worksheet=sheet)
    upload = sent(owner, target.getvalue(), "two.xlsx")
    assert upload.step == Step.FAILED
    text = page(owner, "data_uploaded", upload)
    assert "several sheets" in text
    assert "two.xlsx" in text
    owner.post(reverse("data_again", args=[upload.pk]), {"sheet": "Two"})
    work_off()
    upload.refresh_from_db()
    assert (upload.step, upload.sheet) == (Step.MAPPING, "Two")


def test_uploads_of_others_do_not_exist(owner, group_lead, school_lead):
    upload = sent(owner, GOOD)
    for route in ("data_uploaded", "data_mapping"):
        assert group_lead.get(reverse(route, args=[upload.pk])).status_code == 404
        assert school_lead.get(reverse(route, args=[upload.pk])).status_code == 403
    for route in ("data_decide", "data_again", "data_mapping_text"):
        assert group_lead.post(reverse(route, args=[upload.pk])).status_code == 404
    assert "results 2024" not in group_lead.get(reverse("data"), follow=True).content.decode()
    assert "results 2024" in owner.get(reverse("data")).content.decode()
    assert group_lead.get(reverse("job", args=[upload.job.pk])).content.decode().count("results 2024") == 0


@pytest.mark.parametrize("who", ["school_lead", "governor", "researcher", "teacher", "reviewer"])
def test_only_the_group_s_leads_bring_data_in(who, browser_of, workspace):
    assert send(browser_of(who), GOOD).status_code == 403
    assert not Upload.objects.exists()
    assert files_in(workspace) == []


def test_a_form_without_its_token_keeps_no_file(people, workspace):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["owner"])
    assert send(client, GOOD).status_code == 403
    assert files_in(workspace) == []


def test_a_form_without_a_file_or_kind_is_told(owner, workspace):
    assert "No file came" in owner.post(reverse("data_upload"), {"table": "results"}).content.decode()
    assert send(owner, GOOD, table="secrets").status_code == 422
    assert files_in(workspace) == []


def test_while_a_job_is_at_work_the_page_waits_without_javascript(owner):
    answer = send(owner, GOOD)
    waiting = owner.get(answer.headers["Location"])
    assert waiting.status_code == 202
    assert 'http-equiv="refresh"' in waiting.content.decode()


def test_steps_out_of_turn_change_nothing(owner):
    upload = sent(owner, GOOD)
    decided(owner, upload)  # not checked yet
    assert upload.step == Step.MAPPING
    decided(owner, imported(owner, GOOD.replace("P1", "P9")), "reject")
    assert Upload.objects.filter(step=Step.IMPORTED).count() == 1
    done = Upload.objects.get(step=Step.IMPORTED)
    assert owner.get(reverse("data_mapping", args=[done.pk])).status_code == 302
    assert owner.post(reverse("data_mapping_text", args=[done.pk]), {"text": "x"}).status_code == 302


def test_every_step_is_in_the_trail_without_a_name_of_a_file(owner, people):
    imported(owner)
    entries = AuditEntry.objects.filter(kind="data.upload")
    assert {one.what for one in entries} == {"created", "changed"}
    assert {one.who for one in entries} == {people["owner"]}
    assert not any("results 2024" in one.detail for one in entries)


def test_jobs_carry_nothing_of_the_file(owner):
    imported(owner)
    said = " ".join(f"{job.arguments} {job.message} {job.result}" for job in Job.objects.all())
    assert "results 2024" not in said
    assert "Alder" not in said
