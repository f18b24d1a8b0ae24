"""Whatever a program sends, nothing breaks and every answer is as its description says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tests.web.api_of_trust import program_of, token_for
from tests.web.partnerships_of_trust import coaching_of_cast
from upwards.web.api.api import description

pytestmark = pytest.mark.django_db
SCHEMA = schemathesis.openapi.from_dict(description())
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
STEADY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
HOSTILE = (
    "\x00", "%00", "‮", "'; DROP TABLE tokens_token; --", "<script>alert(1)</script>", "../../etc/passwd",
    "=cmd|'/C calc'!A1", "{{7*7}}", "${jndi:ldap://x}", "A" * 5000, "-1", "1e309", "NaN", "9" * 40, "null",
    "\ud7ff", "Alder\r\nSet-Cookie: a=b",
)  # fmt: skip


@pytest.fixture(autouse=True)
def in_this_process(installation) -> Iterator[None]:
    """Ask the application itself; as in Django's own client, no question ends the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    SCHEMA.app = get_wsgi_application()
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(params=["owner", "teacher", "stranger"])
def headers(request, people) -> dict[str, str]:
    if request.param == "stranger":
        return {}
    coaching_of_cast("running")
    return {"Authorization": f"Bearer {token_for(people[request.param])[1]}"}


def sent(operation: Any, mode: GenerationMode, then: Callable[[Any], None], *, cases: int) -> None:
    """Send some cases of an operation, always the same ones."""

    @settings(STEADY, max_examples=cases)
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        then(case)

    send()


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_answer_is_as_its_description_says(label, headers):
    def check(case: Any) -> None:
        case.headers = {}
        answer = case.call(app=SCHEMA.app, headers=headers)
        case.validate_response(answer, checks=CHECKS, headers=headers)
        assert headers or answer.status_code in (401, 404)  # 404: the address is none

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        sent(OPERATIONS[label], mode, check, cases=3 if headers else 1)


@pytest.mark.parametrize("label", OPERATIONS)
def test_another_method_is_refused_as_described(label, people):
    operation = OPERATIONS[label]
    path = operation.path.replace("{name}", "Alder").replace(
        "{job_id}", "0" * 8 + "-0000-4000-8000-" + "0" * 12
    )
    program = program_of(people["owner"])
    for method in ("put", "patch", "delete", "options", "trace"):
        answer = program.client.generic(method.upper(), path, headers=program.headers)
        assert (answer.status_code, answer.headers["Allow"]) == (405, operation.method.upper())


@pytest.mark.parametrize("label", [one for one in OPERATIONS if one.startswith("GET")])
def test_hostile_parameters_do_no_harm(label, people):
    operation = OPERATIONS[label]
    program = program_of(people["owner"])
    names = [one.name for one in operation.query] or ["schools"]
    for value in HOSTILE:
        path = operation.path.replace("{name}", value).replace("{job_id}", value)
        place = quote(path.removeprefix("/api/v1/"))
        for asked in (dict.fromkeys(names, value), {value[:50]: value}):
            assert 200 <= program.get(place, asked).status_code < 500


def test_hostile_headers_do_no_harm(people):
    program = program_of(people["owner"])
    for sign in HOSTILE:
        value = sign.encode().decode("latin-1")  # as a server hands it on
        for name in (
            "If-None-Match",
            "Accept",
            "Range",
            "X-Forwarded-For",
            "Cookie",
            "X-HTTP-Method-Override",
        ):
            assert program.get("schools", {}, **{name: value}).status_code in (200, 304)
        answer = program.client.get("/api/v1/schools", headers={"Authorization": f"Bearer {value}"})
        assert answer.status_code == 401
