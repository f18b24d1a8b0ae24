"""Programs of the cast: what they ask by token."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from django.test import Client
from django.utils import timezone

from upwards.web.accounts.models import User
from upwards.web.jobs.models import OPEN, Job, State
from upwards.web.jobs.queue import run_job
from upwards.web.tokens.models import Token
from upwards.web.tokens.scopes import Scope

READS = [one.value for one in Scope]


def token_for(user: User, *scopes: str, schools: tuple[str, ...] = (), days: int = 30) -> tuple[Token, str]:
    ends = timezone.localdate() + datetime.timedelta(days=days)
    return Token.make(
        user, title="dashboard", scopes=list(scopes or READS), schools=list(schools), expires=ends
    )


class Program:
    """Asks with one token."""

    def __init__(self, secret: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str, query: Mapping[str, Any] | None = None, **headers: str) -> Any:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.get(f"/api/v1/{path}", query or {}, headers=sent)

    def post(self, path: str, data: Any = None) -> Any:
        return self.client.post(f"/api/v1/{path}", data or {}, headers=self.headers)

    def finished(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Ask as a program does that waits for what is computed."""
        for _ in range(6):
            answer = self.get(path, query)
            if answer.status_code != 202 or Job.objects.filter(state=State.FAILED).exists():
                return answer
            for job in Job.objects.filter(state__in=OPEN):
                run_job.call(str(job.pk))
        raise AssertionError(f"{path} is never done")


def program_of(user: User, *scopes: str, schools: tuple[str, ...] = ()) -> Program:
    return Program(token_for(user, *scopes, schools=schools)[1])
