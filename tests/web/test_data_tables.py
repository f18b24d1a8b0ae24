"""Taking the standard tables away, whole or under codes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.web.sheets import sheets_of
from tests.web.uploads_of_trust import (
    GOOD,
    checked,
    decided,
    files_in,
    imported,
    sent,
    text_of,
)
from upwards.web import table_files
from upwards.web.data import table_views
from upwards.web.trail.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("workspace")]


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
    monkeypatch.setattr(table_views, "IN_ONE_PIECE", 0)
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
    monkeypatch.setattr(table_views, "IN_ONE_PIECE", 0)
    monkeypatch.setattr(table_views, "record", refused)
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


def test_a_table_is_taken_away_as_a_workbook_too(owner, workspace):
    imported(owner)
    assert "XLSX" in text_of(owner, "data_tables")
    answer = owner.get(reverse("data_table_xlsx", args=["results"]))
    (sheet,) = [one for one in sheets_of(answer) if one[0][0] != "Group"]
    lines = csv_of(owner).splitlines()
    assert sheet[0] == lines[0].split(",")
    assert len(sheet) == len(lines)
    assert AuditEntry.objects.filter(what="exported", object_id="results").count() == 2
    assert files_in(workspace) == []
    assert owner.head(reverse("data_table_xlsx", args=["results"])).status_code == 200
    assert owner.get(reverse("data_table_xlsx", args=["rosters"])).status_code == 404


def test_what_is_too_long_for_a_workbook_is_given_out_as_csv_only(owner, monkeypatch):
    imported(owner)
    for module in (table_files, table_views):
        monkeypatch.setattr(module, "MOST_SHEET_ROWS", 1)
    assert "too long for XLSX" in text_of(owner, "data_tables")
    answer = owner.get(reverse("data_table_xlsx", args=["results"]))
    assert answer.status_code == 422
    assert "Take it as CSV" in answer.content.decode()


def test_a_column_is_numbers_only_where_each_cell_is_one():
    assert table_views._values(["1", "", "-2.5"]) == [1.0, None, -2.5]
    assert table_views._values(["007", "1", ""]) == ["007", "1", None]
