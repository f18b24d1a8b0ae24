"""Readers of mixed pages at a steady rate, one of whom logs visits: a program of its own, only on loopback.

JSON in and out.

Arrivals are open-loop: a request begins when its time has come, whether or not earlier ones were answered,
and its time counts from then, so that waiting counts too.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import random
import re
import sys
import time
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import quote

import httpx

MOST_SECONDS = 900
MOST_RATE = 200
TIMEOUT = 30.0
# Well under what the server keeps, as browsers do.
KEEP_ALIVE = 1.5
WARM_SECONDS = 600
# What draws charts takes memory for its first few hundred; memory is looked at after that.
WARM_SCHOOLS = 60
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
CHART = re.compile(r'(?:src|srcset)="(/chart/[^" ]+)')
REMEMBERED = 400

# What is asked for, and how often; {school}, {partnership} and the like are chosen anew each time.
MIX: dict[str, float] = {
    "/monday/": 12,
    "/where-are-we/": 6,
    "/where-are-we/?subject=reading": 2,
    "/where-are-we/?school={school}": 2,
    "/spread/": 5,
    "/who-knows-how/": 5,
    "/plan/": 5,
    "/schools/": 4,
    "/schools/?q=1": 3,
    "/schools/{school}/": 16,
    "/convergence/": 4,
    "/groups/": 4,
    "/groups/?group={group}": 2,
    "/people/": 3,
    "/partnerships/": 5,
    "/partnerships/{partnership}/": 5,
    "/partnerships/{coached}/log/": 1,
    "/practice/": 3,
    "/programmes/": 1,
    "/health/": 1,
    "/my-classes/": 2,
    "/data/": 2,
    "/data/coverage/": 1,
    "/settings/": 1,
    "/where-are-we/?format=csv&table=added": 2,
    "/spread/?format=csv": 1,
    "/groups/?format=csv&table=groups": 1,
    "/who-knows-how/?format=xlsx": 0.5,
    "chart": 14,
}
# What is written: visits, by those who may open the form, on one of the last days.
WRITTEN = "/partnerships/{coached}/log/"
VISIT = {"hours": "1.5", "activity": "visit", "note": "Two pupils explained the method to each other."}
DAYS = 30
GOOD = frozenset({200, 302, 304})


@dataclass
class Reader:
    """One signed-in browser.

    Attributes
    ----------
    allowed
        Entries of the mix that this reader may ask for.
    charts
        Addresses of charts seen on pages, oldest first.
    tags
        ETags by address, as a browser keeps them.
    """

    role: str
    client: httpx.AsyncClient
    allowed: list[str] = field(default_factory=list)
    charts: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    tags: OrderedDict[str, str] = field(default_factory=OrderedDict)

    async def log(self, path: str, days_ago: int) -> httpx.Response:
        token = self.client.cookies.get("csrftoken") or ""
        day = datetime.date.today() - datetime.timedelta(days=days_ago)
        said = {"csrfmiddlewaretoken": token, "date": f"{day}", **VISIT}
        headers = {"Referer": str(self.client.base_url)}
        return await self.client.post(path, data=said, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        headers = {"If-None-Match": self.tags[path]} if path in self.tags else {}
        answer = await self.client.get(path, headers=headers)
        if "etag" in answer.headers:
            self.tags[path] = answer.headers["etag"]
            while len(self.tags) > REMEMBERED:
                self.tags.popitem(last=False)
        if answer.headers.get("content-type", "").startswith("text/html"):
            self.charts.extend(unescape(one) for one in CHART.findall(answer.text))
        return answer


@dataclass
class Count:
    """What became of the requests."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    visits: int = 0
    most_open: int = 0
    open: int = 0


async def sign_in(address: str, email: str, role: str, password: str) -> Reader:
    limits = httpx.Limits(max_connections=None, keepalive_expiry=KEEP_ALIVE)
    client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT, limits=limits, trust_env=False)
    form = await client.get("/account/login/")
    token = TOKEN.search(form.text)
    assert token is not None, "no form to sign in"
    said = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
    answer = await client.post("/account/login/", data=said, headers={"Referer": address})
    assert answer.status_code == 302, f"{role} cannot sign in: {answer.status_code}"
    return Reader(role, client)


def filled(entry: str, given: dict[str, Any], chance: random.Random) -> str:
    return entry.format(
        school=quote(chance.choice(given["schools"])),
        partnership=chance.choice(given["partnerships"]),
        coached=chance.choice(given["coached"]),
        group=quote(chance.choice(given["groups"])),
    )


async def warm(reader: Reader, given: dict[str, Any], chance: random.Random) -> None:
    """Open each page until its figures are computed, and learn which pages this reader may open."""
    end = time.monotonic() + WARM_SECONDS
    for entry in (one for one in MIX if one != "chart"):
        path = filled(entry, given, chance)
        answer = await reader.get(path)
        while answer.status_code == 202 and time.monotonic() < end:
            await asyncio.sleep(0.5)
            answer = await reader.get(path)
        if answer.status_code == 200:
            reader.allowed.append(entry)
    if "/schools/{school}/" in reader.allowed:
        for school in chance.sample(given["schools"], k=WARM_SCHOOLS):
            await reader.get(f"/schools/{quote(school)}/")
    for path in list(reader.charts):
        await reader.get(path)
    reader.tags.clear()


async def ask(reader: Reader, entry: str, path: str, due: float, count: Count) -> None:
    count.open += 1
    count.most_open = max(count.most_open, count.open)
    try:
        days_ago = round(1000 * due) % DAYS
        answer = await (reader.log(path, days_ago) if entry == WRITTEN else reader.get(path))
        count.visits += entry == WRITTEN and answer.status_code == 302
        count.statuses[str(answer.status_code)] += 1
        if answer.status_code not in GOOD and not (answer.status_code == 404 and "{" in entry):
            count.errors[f"{answer.status_code} {entry} {reader.role}"] += 1
    except httpx.HTTPError as error:
        count.errors[f"{type(error).__name__} {entry}"] += 1
    finally:
        count.open -= 1
        count.seconds.setdefault(entry, []).append(time.perf_counter() - due)


async def run(given: dict[str, Any]) -> dict[str, Any]:
    rate, seconds = min(given["rate"], MOST_RATE), min(given["seconds"], MOST_SECONDS)
    chance, count = random.Random(given["seed"]), Count()
    readers = [
        await sign_in(given["address"], email, role, given["password"])
        for email, role in given["accounts"].items()
    ]
    for reader in readers:
        await warm(reader, given, chance)
    print("warm", flush=True)
    sys.stdin.readline()  # the word to begin
    tasks: set[asyncio.Task[None]] = set()
    began = due = time.perf_counter()
    while due < began + seconds:
        reader = chance.choice(readers)
        entry = chance.choices(
            [*reader.allowed, "chart"], [*(MIX[one] for one in reader.allowed), MIX["chart"]]
        )[0]
        if entry == "chart" and not reader.charts:
            continue
        path = chance.choice(reader.charts) if entry == "chart" else filled(entry, given, chance)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(ask(reader, entry, path, due, count))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        due += chance.expovariate(rate)
    if tasks:
        await asyncio.wait(tasks, timeout=TIMEOUT + 5)
    for reader in readers:
        await reader.client.aclose()
    return {**summary(count, time.perf_counter() - began), "visits_logged": count.visits}


def summary(count: Count, seconds: float) -> dict[str, Any]:
    everything = sorted(one for found in count.seconds.values() for one in found)
    return {
        "requests": len(everything),
        "seconds": round(seconds, 1),
        "per_second": round(len(everything) / seconds, 1),
        "errors": dict(count.errors),
        "n_errors": sum(count.errors.values()),
        "statuses": dict(sorted(count.statuses.items())),
        "most_open_at_once": count.most_open,
        "milliseconds": percentiles(everything),
        "by_page": {
            entry: {"n": len(found), **percentiles(sorted(found))}
            for entry, found in sorted(count.seconds.items())
        },
    }


def percentiles(found: list[float]) -> dict[str, int]:
    """Return milliseconds at some percentiles of sorted seconds."""
    if not found:
        return {}
    places = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99, "most": 1.0}
    return {
        name: round(1000 * found[min(int(at * len(found)), len(found) - 1)]) for name, at in places.items()
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))), flush=True)
