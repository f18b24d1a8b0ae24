"""Downloads from a server on this machine that breaks off, lies, hides and sends too much."""

from __future__ import annotations

import datetime
import email.utils
import gzip
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sources.publisher import CSV, Publisher, cut, open_publisher, ranges, redirect, status, whole
from upwards.sources.download_limits import DownloadFailed, Limits, NotThere, TooLarge, Unreachable, host
from upwards.sources.downloads import Download, Held, download
from upwards.sources.web_answers import MOST_REDIRECTS, Again, open_client, unreachable

LIMITS = Limits(
    connect_seconds=2,
    read_seconds=5,
    file_seconds=60,
    attempts=3,
    wait_seconds=10,
    max_bytes=1_000_000,
    max_ratio=200,
)


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "*")
    with open_publisher() as opened:
        yield opened


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "england_ks2final.csv.part"


def get(address: str, part: Path, limits: Limits = LIMITS, **options: Any) -> Download:
    pauses: list[float] = options.pop("pauses", [])
    with open_client(limits) as client:
        return download(client, address, part, limits=limits, sleep=pauses.append, **options)


def test_a_file_arrives_whole_with_what_the_server_said_of_it(publisher: Publisher, part: Path) -> None:
    modified = "Wed, 11 Mar 2020 10:00:00 GMT"
    address = publisher.at("/a.csv", whole(ETag='"one"', Last_Modified=modified))
    steps: list[tuple[int, int | None]] = []
    got = get(address, part, progress=lambda done, total: steps.append((done, total)))
    assert got == Download(part, Held('"one"', modified))
    assert part.read_bytes() == CSV
    assert steps[0] == (0, len(CSV))
    assert steps[-1] == (len(CSV), len(CSV))


def test_redirects_are_followed(publisher: Publisher, part: Path) -> None:
    publisher.at("/b/c.csv", whole())
    address = publisher.at("/a.csv", redirect("/b/old.csv"))
    publisher.at("/b/old.csv", redirect("c.csv"))
    assert get(address, part).part == part
    assert part.read_bytes() == CSV


def test_redirects_in_a_circle_end(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", redirect("/a.csv"))
    with pytest.raises(DownloadFailed, match="redirects more than 10 times"):
        get(address, part)
    assert publisher.count("/a.csv") == MOST_REDIRECTS + 1


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://example.org/a", "data:,x"])
def test_a_redirect_leads_only_to_a_web_server(publisher: Publisher, part: Path, to: str) -> None:
    address = publisher.at("/a.csv", redirect(to))
    with pytest.raises(DownloadFailed, match="A redirect from 127.0.0.1 does not lead to a web server"):
        get(address, part)
    assert not part.exists()


@pytest.mark.parametrize("to", ["", "//", "http:///", "http://[", "http://\xff\x1b/"])
def test_a_redirect_that_makes_no_sense_ends(publisher: Publisher, part: Path, to: str) -> None:
    with pytest.raises(DownloadFailed) as told:
        get(publisher.at("/a.csv", redirect(to)), part)
    assert str(told.value).isprintable()


def test_a_redirect_from_https_to_http_is_refused(part: Path) -> None:
    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": "http://example.org/a.csv"})

    with (
        httpx.Client(transport=httpx.MockTransport(answered)) as client,
        pytest.raises(DownloadFailed, match="from https to http"),
    ):
        download(client, "https://example.org/a.csv", part, limits=LIMITS)


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "/etc/passwd", "https://", "http://[", "https://a/\x00", "javascript:1"]
)
def test_only_web_addresses_are_asked(address: str, part: Path) -> None:
    with pytest.raises(DownloadFailed, match="The address does not lead to a web server"):
        get(address, part)


@pytest.mark.parametrize("code", [404, 410])
def test_what_is_not_there_is_told_at_once(publisher: Publisher, part: Path, code: int) -> None:
    address = publisher.at("/a.csv", status(code))
    with pytest.raises(NotThere, match=f"127.0.0.1 has no such file .status {code}.") as told:
        get(address, part)
    assert publisher.count("/a.csv") == 1
    assert str(told.value).isprintable()


def test_a_refusal_is_not_tried_again(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(403))
    with pytest.raises(DownloadFailed, match="refuses the file .status 403."):
        get(address, part)
    assert publisher.count("/a.csv") == 1


def test_a_service_out_of_order_is_asked_again_with_longer_pauses(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(503), status(500), whole())
    pauses: list[float] = []
    get(address, part, pauses=pauses)
    assert part.read_bytes() == CSV
    assert pauses == [1.0, 2.0]


def test_a_service_that_stays_out_of_order_fails(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(503))
    with pytest.raises(DownloadFailed, match="in 3 attempts: it answered with status 503"):
        get(address, part)
    assert publisher.count("/a.csv") == 3


def test_a_pause_that_the_server_asks_for_is_kept(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(429, Retry_After=7), whole())
    pauses: list[float] = []
    get(address, part, pauses=pauses)
    assert pauses == [7.0]


def test_a_pause_until_a_time_is_kept(publisher: Publisher, part: Path) -> None:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=8)
    when = email.utils.format_datetime(later, usegmt=True)
    pauses: list[float] = []
    get(publisher.at("/a.csv", status(503, Retry_After=when), whole()), part, pauses=pauses)
    assert 4 < pauses[0] <= 8


@pytest.mark.parametrize("asked", ["soon", "-5", "9" * 5000, "Mon, 99 Foo", ""])
def test_a_pause_that_makes_no_sense_is_ours(publisher: Publisher, part: Path, asked: str) -> None:
    pauses: list[float] = []
    get(publisher.at("/a.csv", status(429, Retry_After=asked), whole()), part, pauses=pauses)
    assert pauses == [1.0]


def test_a_pause_that_is_too_long_is_not_waited_for(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(429, Retry_After=86400), whole())
    with pytest.raises(DownloadFailed, match="asks to wait 86,400 seconds"):
        get(address, part)


def test_pauses_of_our_own_are_bounded(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(503), status(503), status(503), whole())
    pauses: list[float] = []
    get(address, part, replace(LIMITS, attempts=4, wait_seconds=1.5), pauses=pauses)
    assert pauses == [1.0, 1.5, 1.5]


def test_a_file_cut_short_is_gone_on_with(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", cut(ETag='"one"'), ranges())
    get(address, part)
    assert part.read_bytes() == CSV
    assert publisher.visits[1][1]["range"] == "bytes=20000-"
    assert publisher.visits[1][1]["if-range"] == '"one"'


def test_an_interrupted_run_is_gone_on_with_by_the_next(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", cut(ETag='"one"'), ranges())
    with pytest.raises(DownloadFailed, match="the connection broke off. What has arrived is kept"):
        get(address, part, replace(LIMITS, attempts=1))
    assert part.read_bytes() == CSV[:20000]
    got = get(address, part)
    assert got.held.etag == '"one"'
    assert part.read_bytes() == CSV


def test_a_file_that_changed_in_between_is_begun_anew(publisher: Publisher, part: Path) -> None:
    other = CSV.replace(b"0.5", b"0.7")
    address = publisher.at("/a.csv", cut(ETag='"one"'), ranges(other, '"two"'))
    get(address, part)
    assert part.read_bytes() == other


def test_a_server_that_ignores_ranges_sends_all_again(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", cut(ETag='"one"'), whole(ETag='"one"'))
    get(address, part)
    assert part.read_bytes() == CSV


@pytest.mark.parametrize("etag", ['W/"one"', ""])
def test_without_a_proof_that_it_is_the_same_a_file_is_begun_anew(
    publisher: Publisher, part: Path, etag: str
) -> None:
    address = publisher.at("/a.csv", cut(ETag=etag), whole())
    get(address, part)
    assert part.read_bytes() == CSV
    assert "range" not in publisher.visits[1][1]


@pytest.mark.parametrize("said", ["bytes 5-9/10", "bytes 20000-", "words", f"bytes {'9' * 30}-1/2"])
def test_a_range_that_does_not_fit_is_not_taken(publisher: Publisher, part: Path, said: str) -> None:
    address = publisher.at(
        "/a.csv", cut(ETag='"one"'), lambda v: v.send(b"x", 206, Content_Range=said), whole()
    )
    get(address, part)
    assert part.read_bytes() == CSV


def test_a_range_that_nobody_asked_for_is_not_taken(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", lambda v: v.send(b"x", 206, Content_Range="bytes 0-0/1"), whole())
    get(address, part)
    assert part.read_bytes() == CSV


def test_a_part_that_was_whole_already_is_fetched_anew(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", status(416), whole())
    part.write_bytes(CSV)
    notes = part.with_name(part.name + ".json")
    notes.write_text(json.dumps({"address": address, "validator": '"one"'}))
    pauses: list[float] = []
    get(address, part, pauses=pauses)
    assert part.read_bytes() == CSV
    assert pauses == [0.0]


@pytest.mark.parametrize("notes", ["", "{}", "[]", '{"address": "other", "validator": "x"}', None])
def test_a_part_of_something_else_is_not_gone_on_with(
    publisher: Publisher, part: Path, notes: str | None
) -> None:
    part.write_bytes(b"something else")
    if notes is not None:
        part.with_name(part.name + ".json").write_text(notes)
    get(publisher.at("/a.csv", ranges()), part)
    assert part.read_bytes() == CSV


def test_a_part_that_is_a_link_is_not_written_through(
    publisher: Publisher, part: Path, tmp_path: Path
) -> None:
    address = publisher.at("/a.csv", ranges())
    other = tmp_path / "precious"
    other.write_bytes(b"mine")
    part.symlink_to(other)
    part.with_name(part.name + ".json").write_text(json.dumps({"address": address, "validator": '"one"'}))
    get(address, part)
    assert other.read_bytes() == b"mine"
    assert not part.is_symlink()


def test_what_is_held_is_not_sent_again(publisher: Publisher, part: Path) -> None:
    got = get(publisher.at("/a.csv", ranges()), part, held=Held('"one"', "Wed, 11 Mar 2020 10:00:00 GMT"))
    assert got.part is None
    assert got.held.etag == '"one"'
    assert not part.exists()
    assert publisher.visits[0][1]["if-modified-since"] == "Wed, 11 Mar 2020 10:00:00 GMT"


def test_headers_that_cannot_be_sent_back_are_not_kept(publisher: Publisher, part: Path) -> None:
    assert get(publisher.at("/a.csv", whole(ETag='"\xe9\x1b"')), part).held == Held()


def test_a_slow_server_is_not_waited_for(publisher: Publisher, part: Path) -> None:
    released = threading.Event()

    def slow(visit: Any) -> None:
        visit.head(200, Content_Length=len(CSV))
        visit.body(CSV[:100])
        released.wait(5)
        visit.hang_up()

    address = publisher.at("/a.csv", slow)
    with pytest.raises(DownloadFailed, match="in 2 attempts: it took too long to answer"):
        get(address, part, replace(LIMITS, read_seconds=0.1, attempts=2))
    released.set()


def test_a_server_that_drips_is_stopped(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", whole(ETag='"one"'))
    with pytest.raises(DownloadFailed, match="still sending after fetch.file_seconds"):
        get(address, part, replace(LIMITS, file_seconds=-1))


def test_a_file_that_says_it_is_too_large_is_not_begun(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", whole())
    with pytest.raises(TooLarge, match="larger than fetch.max_bytes .1,000 bytes."):
        get(address, part, replace(LIMITS, max_bytes=1000))
    assert not part.exists()


def chunked(body: bytes, **headers: str) -> Any:
    def answer(visit: Any) -> None:
        visit.head(200, Transfer_Encoding="chunked", **headers)
        for start in range(0, len(body), 5000):
            piece = body[start : start + 5000]
            visit.body(b"%x\r\n%s\r\n" % (len(piece), piece))
        visit.body(b"0\r\n\r\n")

    return answer


def test_a_file_that_grows_too_large_is_stopped(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", chunked(CSV))
    with pytest.raises(TooLarge):
        get(address, part, replace(LIMITS, max_bytes=20000))
    assert not part.exists()


def test_a_size_that_the_server_does_not_say_is_not_known(publisher: Publisher, part: Path) -> None:
    steps: list[int | None] = []
    get(publisher.at("/a.csv", chunked(CSV)), part, progress=lambda done, total: steps.append(total))
    assert set(steps) == {None}
    assert part.read_bytes() == CSV


def test_a_packed_answer_is_unpacked_within_the_limit(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", whole(gzip.compress(CSV), Content_Encoding="gzip"))
    get(address, part)
    assert part.read_bytes() == CSV
    bomb = publisher.at("/b.csv", whole(gzip.compress(b"0" * 5_000_000), Content_Encoding="gzip"))
    with pytest.raises(TooLarge):
        get(bomb, part)


def test_a_packed_answer_that_is_damaged_is_asked_for_again(publisher: Publisher, part: Path) -> None:
    address = publisher.at("/a.csv", whole(b"not packed", Content_Encoding="gzip"), whole())
    get(address, part)
    assert part.read_bytes() == CSV


def test_nobody_listening_is_told_after_all_attempts(part: Path) -> None:
    with open_publisher() as gone:
        address = gone.address
    with pytest.raises(Unreachable, match="in 3 attempts: it could not be reached. Nothing has arrived; run"):
        get(f"{address}/a.csv", part)


def test_where_another_server_is_redirected_to_that_is_gone_the_first_may_be_asked_again(
    publisher: Publisher, part: Path
) -> None:
    address = publisher.at("/a.csv", status(302, Location="http://localhost:9/a.csv"))
    with pytest.raises(DownloadFailed, match="it could not be reached") as error:
        get(address, part)
    assert not isinstance(error.value, Unreachable)


def test_a_connection_that_takes_too_long_is_none() -> None:
    error = httpx.ConnectTimeout("slow", request=httpx.Request("GET", "https://example.org/a"))
    again = unreachable(error, "https://example.org/a")
    assert isinstance(again, Again)
    assert not again.is_reached


def test_a_certificate_that_is_not_trusted_is_no_matter_of_trying_again() -> None:
    error = httpx.ConnectError("no")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    told = unreachable(error, "https://example.org/a")
    assert not isinstance(told, Again)
    assert "SSL_CERT_FILE" in str(told)


def test_an_answer_shorter_than_it_says_is_not_whole(part: Path) -> None:
    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b"URN,"), headers={"Content-Length": "9"})

    with (
        httpx.Client(transport=httpx.MockTransport(answered)) as client,
        pytest.raises(DownloadFailed, match="the file was cut short"),
    ):
        download(client, "https://example.org/a.csv", part, limits=replace(LIMITS, attempts=1))


def test_without_attempts_nothing_is_asked(publisher: Publisher, part: Path) -> None:
    with pytest.raises(DownloadFailed, match="fetch.attempts is 0"):
        get(publisher.at("/a.csv", whole()), part, replace(LIMITS, attempts=0))
    assert not publisher.visits


@pytest.mark.parametrize("address", ["http://[", "nothing", "https://a\u202eb/c", "http://x\x1b[31m/"])
def test_a_servers_name_is_safe_to_print(address: str) -> None:
    assert host(address).isprintable()
