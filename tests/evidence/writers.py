"""People who write at the same time, each noting what the server said was done."""

from __future__ import annotations

import datetime
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape

import httpx

from tests.evidence.served_group import PASSWORD

HOURS = 40
DAYS = 30
PUPILS = 40
FIRST_YEAR = 1950
PAUSE = 0.05
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
JOB = re.compile(r"/jobs/([0-9a-f-]{36})/")
TEXT = re.compile(r'<textarea name="text"[^>]*>(.*?)</textarea>', re.DOTALL)


@dataclass
class Notes:
    """What was acknowledged.

    Attributes
    ----------
    visits, jobs, uploads, imported
        Notes of visits, ids of jobs and of uploads, years of uploads said to be imported.
    setting
        The last value said to be kept; `tried` every value that was sent, in order.
    n_settings
        How many changes were acknowledged.
    refused
        Answers that were neither done nor a loss of the connection, for the report.
    """

    visits: list[str] = field(default_factory=list)
    jobs: set[str] = field(default_factory=set)
    uploads: list[str] = field(default_factory=list)
    imported: list[int] = field(default_factory=list)
    setting: float | None = None
    n_settings: int = 0
    tried: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    lost_answers: int = 0

    @property
    def n(self) -> int:
        return len(self.visits) + len(self.jobs) + len(self.uploads) + len(self.imported) + self.n_settings


class Browser(httpx.Client):
    """Somebody signed in, who survives a server that is away."""

    @classmethod
    def signed_in(cls, address: str, email: str) -> Browser:
        browser = cls(base_url=address, timeout=30, trust_env=False)
        found = TOKEN.search(browser.get("/account/login/").text)
        assert found is not None
        said = {"csrfmiddlewaretoken": found[1], "login": email, "password": PASSWORD}
        assert browser.post("/account/login/", data=said).status_code == 302
        return browser

    def send_form(
        self, path: str, data: dict[str, str], files: dict[str, tuple[str, bytes]] | None = None
    ) -> httpx.Response:
        token = self.cookies.get("csrftoken") or ""
        return self.post(path, data={"csrfmiddlewaretoken": token, **data}, files=files)


class Writers:
    """Four of them, each in a thread, until they are told to stop."""

    def __init__(self, address: str, who: dict[str, str], partnerships: list[int], of: list[str]) -> None:
        self.notes, self.stop = Notes(), threading.Event()
        self.schools, self.partnerships = of, partnerships
        steps: list[tuple[str, Callable[[Browser, int], None]]] = [
            ("coach", self.log_visit),
            ("owner", self.change_setting),
            ("group_lead", self.ask_for_job),
            ("owner", self.go_on_with_upload),
        ]
        self.upload: tuple[str, int] | None = None
        self.threads = [
            threading.Thread(target=self._again, args=(Browser.signed_in(address, who[role]), step))
            for role, step in steps
        ]

    @contextmanager
    def at_work(self) -> Iterator[Notes]:
        for thread in self.threads:
            thread.start()
        try:
            yield self.notes
        finally:
            self.stop.set()
            for thread in self.threads:
                thread.join()

    def _again(self, browser: Browser, step: Callable[[Browser, int], None]) -> None:
        number = 0
        while not self.stop.is_set():
            try:
                step(browser, number)
            except httpx.HTTPError:  # killed under our hands: nothing was acknowledged
                self.notes.lost_answers += 1
            number += 1
            time.sleep(PAUSE)
        browser.close()

    def log_visit(self, browser: Browser, number: int) -> None:
        day = datetime.date.today() - datetime.timedelta(days=number % DAYS)
        said = {"date": f"{day}", "hours": f"{0.25 * (1 + number % HOURS)}", "activity": "visit"}
        note = f"visit {number}"
        one = self.partnerships[number % len(self.partnerships)]
        answer = browser.send_form(f"/partnerships/{one}/log/", {**said, "note": note})
        if answer.status_code == 302:
            self.notes.visits.append(note)
        else:
            self._refused("visit", answer)

    def change_setting(self, browser: Browser, number: int) -> None:
        value = round(0.05 + (number % 9000) * 1e-4, 4)
        self.notes.tried.append(value)
        said = {"value": f"{value}", "reason": f"change {number}", "source": "a test"}
        answer = browser.send_form("/settings/top_share/", said)
        if answer.status_code == 302:
            self.notes.setting = value
            self.notes.n_settings += 1
        else:
            self._refused("setting", answer)
        time.sleep(10 * PAUSE)

    def ask_for_job(self, browser: Browser, number: int) -> None:
        answer = browser.get(f"/plan/?total_hours={50 + number % 500}")
        found = JOB.search(answer.text)
        if answer.status_code == 202 and found is not None:
            self.notes.jobs.add(found[1])
        elif answer.status_code not in (200, 422):
            self._refused("job", answer)
        time.sleep(4 * PAUSE)

    def go_on_with_upload(self, browser: Browser, number: int) -> None:
        """Take the next step of an upload, whatever the last kill left of it."""
        if self.upload is None:
            self._send_file(browser, len(self.notes.uploads))
            return
        path, year = self.upload
        answer = browser.get(path)
        if answer.status_code == 302:
            text = TEXT.search(browser.get(f"{path}columns/").text)
            if text is not None:
                browser.send_form(f"{path}columns/text/", {"text": unescape(text[1]).lstrip("\n")})
        elif "<h1>Imported</h1>" in answer.text:
            self.notes.imported.append(year)
            self.upload = None
        elif 'value="keep"' in answer.text:
            browser.send_form(f"{path}decide/", {"decision": "keep", "replace_held": "on"})
        elif answer.status_code == 200:
            self.notes.refused.append(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split())[:300])
            browser.send_form(f"{path}again/", {"sheet": ""})
        time.sleep(2 * PAUSE)

    def _send_file(self, browser: Browser, number: int) -> None:
        year = FIRST_YEAR + number % 70
        rows = [
            f"P{number}-{one},{self.schools[one % len(self.schools)]},reading,{year},{100 + one}"
            for one in range(PUPILS)
        ]
        content = "\n".join(["pupil,school,subject,year,score", *rows, ""]).encode()
        file = (f"upload-{number}.csv", content)
        answer = browser.send_form("/data/upload/", {"table": "results"}, {"file": file})
        if answer.status_code == 302:
            path = httpx.URL(answer.headers["Location"]).path
            self.notes.uploads.append(path.strip("/").rpartition("/")[2])
            self.upload = (path, year)
        else:
            self._refused("upload", answer)

    def _refused(self, what: str, answer: httpx.Response) -> None:
        self.notes.refused.append(f"{what}: {answer.status_code}")
