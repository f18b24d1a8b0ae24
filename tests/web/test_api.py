"""The interface for programs: who enters, what is given, and in which form."""

from __future__ import annotations

import datetime
import logging

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from tests.web.api_of_trust import Program, program_of, token_for
from tests.web.routes import ROUTES
from upwards.web.accounts.models import Appointment
from upwards.web.api.api import VERSION, addresses, api, description, operations
from upwards.web.api.entering import ProgramToken
from upwards.web.api.operations import scope_of
from upwards.web.roles import CAPABILITIES
from upwards.web.tokens.models import Token
from upwards.web.trail.models import AuditEntry

pytestmark = pytest.mark.django_db
GETS = [f"{path}" for path, methods in description()["paths"].items() if "get" in methods and "{" not in path]


def problem_of(answer, status: int) -> dict:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    said = answer.json()
    assert (said["status"], said["type"]) == (status, "about:blank")
    assert said["title"]
    assert said["detail"]
    return said


def test_every_operation_says_by_which_capability_it_opens():
    assert operations()
    for path, one in operations():
        (entrance,) = one.auth_callbacks
        assert isinstance(entrance, ProgramToken), path
        assert entrance.capability in CAPABILITIES
        assert one.openapi_extra["x-scope"] == scope_of(entrance.capability)
        assert entrance.capability == "enter" or scope_of(entrance.capability), path


def test_every_operation_has_one_flat_name_and_an_address_of_ours():
    names = [pattern.name for pattern in addresses()]
    assert len(names) == len(set(names))
    assert set(names) <= set(ROUTES)
    for pattern in addresses():
        assert pattern.callback.upwards_access.startswith("capability ")
        assert (pattern.callback.login_required, pattern.callback.csrf_exempt) == (False, True)


@pytest.mark.parametrize("path", GETS)
def test_a_stranger_and_a_session_get_nothing(path, stranger, owner):
    for browser in (stranger, owner):
        answer = browser.get(path)
        problem_of(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("sent", ["Bearer", "Bearer x", "Basic eDp5", "Bearer upw_" + "A" * 43, "upw_", ""])
def test_what_is_no_token_is_refused(sent, stranger):
    problem_of(stranger.get("/api/v1/token", headers={"Authorization": sent}), 401)


def test_a_token_in_the_address_is_no_token(people, stranger):
    _, secret = token_for(people["owner"])
    for name in ("token", "access_token", "authorization"):
        problem_of(stranger.get("/api/v1/token", {name: secret}), 401)


def test_a_token_tells_what_it_opens(people):
    found = program_of(people["teacher"], "read:figures").get("token").json()
    assert found["schools"] == ["Alder"]
    assert found["scopes"] == ["read:figures"]
    assert found["capabilities"] == ["enter", "see_figures"]
    assert found["group"] == "Orchard Trust"


def test_a_scope_that_is_missing_and_a_role_that_is_missing_are_both_refused(people):
    problem_of(program_of(people["owner"], "read:data").get("answers/value-added"), 403)
    problem_of(program_of(people["teacher"]).get("answers/coverage"), 403)
    problem_of(program_of(people["researcher"]).get("schools"), 403)


def test_a_session_beside_a_token_adds_nothing(people, owner):
    _, secret = token_for(people["teacher"])
    answer = owner.get("/api/v1/token", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json()["schools"] == ["Alder"]


def test_the_end_of_a_role_is_the_end_of_the_token_s_reach(people):
    program = program_of(people["teacher"])
    assert program.get("schools").status_code == 200
    Appointment.objects.get(user=people["teacher"]).end()
    problem_of(program.get("schools"), 403)


@pytest.mark.parametrize("how", ["revoked", "expired", "inactive"])
def test_a_token_that_ended_is_refused(how, people):
    token, secret = token_for(people["owner"])
    if how == "revoked":
        token.revoke()
    elif how == "expired":
        token.expires = timezone.localdate() - datetime.timedelta(days=1)
        token.save()
    else:
        people["owner"].is_active = False
        people["owner"].save()
    problem_of(Program(secret).get("token"), 401)


def test_a_token_works_on_its_last_day(people):
    token, secret = token_for(people["owner"])
    token.expires = timezone.localdate()
    token.save()
    assert Program(secret).get("token").status_code == 200


def test_the_day_of_use_is_kept_once(people):
    token, secret = token_for(people["owner"])
    for _ in range(3):
        Program(secret).get("token")
    token.refresh_from_db()
    assert token.last_used == timezone.localdate()
    said = AuditEntry.objects.filter(kind="tokens.token", object_id=token.pk, what="did")
    assert [one.who for one in said] == [people["owner"]]


def test_a_token_is_asked_no_more_often_than_the_setting_says(people, monkeypatch):
    monkeypatch.setattr("upwards.web.api.entering.most_a_minute", lambda: 2)
    program = program_of(people["owner"])
    assert [program.get("token").status_code for _ in range(2)] == [200, 200]
    answer = program.get("token")
    problem_of(answer, 429)
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    assert program_of(people["owner"]).get("token").status_code == 200


def test_uses_of_a_minute_are_counted_in_one_step_of_the_database(people):
    token, _ = token_for(people["owner"])
    stale = Token.objects.get(pk=token.pk)  # another process, which read the row before
    assert [token.count_use(7), stale.count_use(7), token.count_use(7)] == [1, 2, 3]
    assert stale.count_use(8) == 1
    with CaptureQueriesContext(connection) as asked:
        token.count_use(8)
    (update,) = [one["sql"] for one in asked.captured_queries if one["sql"].startswith("UPDATE")]
    assert '"asked" + 1' in update
    stale.revoke()
    token.refresh_from_db()
    assert (token.minute, token.asked) == (8, 2)


def test_what_is_unchanged_is_not_sent_again(people):
    program = program_of(people["owner"])
    first = program.get("schools")
    etag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    again = program.get("schools", If_None_Match=etag)
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert program.get("schools", If_None_Match='"other"').status_code == 200
    teacher = program_of(people["teacher"])
    assert teacher.get("schools", If_None_Match=etag).status_code == 200


def test_a_list_comes_in_pages_that_lead_to_each_other(people):
    program = program_of(people["owner"])
    answer = program.get("schools", {"limit": 3})
    assert [one["name"] for one in answer.json()["items"]] == ["Alder", "Birch", "Cedar"]
    assert answer.json()["total"] == 4
    assert '</api/v1/schools?limit=3&page=2>; rel="next"' in answer.headers["Link"]
    assert "prev" not in answer.headers["Link"]
    last = program.get("schools", {"limit": 3, "page": 2})
    assert [one["name"] for one in last.json()["items"]] == ["Damson"]
    assert 'rel="prev"' in last.headers["Link"]
    assert "next" not in last.headers["Link"]
    assert program.get("schools", {"page": 9}).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "where"),
    [({"page": 0}, "query.page"), ({"limit": "many"}, "query.limit"), ({"limit": 201}, "query.limit")],
)
def test_a_wrong_parameter_is_told_without_repeating_it(query, where, people):
    said = problem_of(program_of(people["owner"]).get("schools", query), 422)
    assert [one["where"] for one in said["errors"]] == [where]
    assert "many" not in str(said)


def test_an_unknown_parameter_is_refused_with_the_nearest_name(people):
    said = problem_of(program_of(people["owner"]).get("schools", {"pgae": 1}), 422)
    assert "did you mean 'page'" in said["errors"][0]["said"]


def test_another_way_of_asking_is_refused_with_those_there_are(people):
    answer = program_of(people["owner"]).post("schools")
    problem_of(answer, 405)
    assert answer.headers["Allow"] == "GET"


def test_head_is_answered_as_get_without_its_body(people):
    program = program_of(people["owner"])
    answer = program.client.head("/api/v1/schools", headers=program.headers)
    assert (answer.status_code, answer.content, bool(answer.headers["ETag"])) == (200, b"", True)


@pytest.mark.parametrize(
    "path", ["nothing", "schools/", "../", "answers/", "v2/schools", "jobs/not-a-number"]
)
def test_an_address_that_is_none_is_a_problem_too(path, people, stranger):
    problem_of(program_of(people["owner"]).get(path), 404)
    problem_of(stranger.get(f"/api/{path}"), 404)


def test_a_fault_of_ours_tells_nothing_of_itself(people, monkeypatch, caplog):
    def break_down(_reader):
        raise ZeroDivisionError("pupil P1")

    monkeypatch.setattr("upwards.web.api.holdings_of.seen_schools", break_down)
    with caplog.at_level(logging.ERROR, "upwards.web.api"):
        answer = program_of(people["owner"]).get("schools")
    problem_of(answer, 500)
    assert b"P1" not in answer.content
    ours = [one for one in caplog.records if one.name == "upwards.web.api"]
    assert [one.exc_info[0] for one in ours] == [ZeroDivisionError]


def test_a_request_that_is_malformed_is_a_problem(people, monkeypatch):
    def suspect(*_):
        raise SuspiciousOperation("no")

    monkeypatch.setattr("upwards.web.api.entering.Token.find_open", suspect)
    problem_of(program_of(people["owner"]).get("schools"), 400)


def test_the_token_is_in_no_log(people, caplog):
    _, secret = token_for(people["owner"])
    with caplog.at_level(logging.DEBUG):
        Program(secret).get("schools", {"nothing": "x"})
        Program(secret + "x").get("schools")
    assert caplog.records
    assert not [one for one in caplog.records if secret in str(vars(one)) or secret[:12] in str(vars(one))]


def test_the_description_is_open_and_holds_no_data(stranger, people):
    answer = stranger.get("/api/v1/openapi.json")
    said = answer.json()
    assert (answer.status_code, said["openapi"], said["info"]["version"]) == (200, "3.1.0", VERSION)
    assert "Alder" not in answer.content.decode()
    for methods in said["paths"].values():
        for one in methods.values():
            assert {"401", "403", "404", "422", "429", "500"} <= set(one["responses"])
            assert one["security"] == [{"ProgramToken": []}]
            assert one["summary"]


def test_no_page_of_ninja_s_is_served(stranger):
    problem_of(stranger.get("/api/v1/docs"), 404)
    assert api.docs_url is None
    names = {pattern for pattern in get_resolver().reverse_dict if isinstance(pattern, str)}
    assert not names & {"openapi-json", "openapi-view", "api-root"}


def test_only_the_hash_of_a_token_is_kept(people):
    token, secret = token_for(people["owner"])
    row = Token.objects.filter(pk=token.pk).values().get()
    assert secret not in str(row)
    assert secret.startswith(row["prefix"])
    assert reverse("api-token") == "/api/v1/token"
