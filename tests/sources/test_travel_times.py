"""Travel times from a file, and from an OSRM server on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from upwards.sources.errors import MissingFile, UnreadableFile
from upwards.sources.travel_times import UnusableServer, ask_osrm, read_travel_times


def test_a_table_of_times_is_read_and_a_blank_time_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("from,to,minutes,road\n100000, 100001,12.5,A1\n100001,100002,,\n", encoding="utf-8")
    times = read_travel_times(path)
    assert times.start.tolist() == ["100000", "100001"]
    assert times.end.tolist() == ["100001", "100002"]
    assert times.minutes[0] == 12.5
    assert np.isnan(times.minutes[1])
    assert (times.source, len(times.sha256)) == ("times.csv", 64)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"from,to\n1,2\n", "has no column 'minutes'; it has from, to"),
        (b"from,to,minutes\n1,2,5\n1,3,soon\n", "line 3, column 'minutes': 'soon'"),
        (b"from,to,minutes\n1,2,-5\n", "line 2, column 'minutes'"),
        (b"", "cannot be read as CSV"),
        (b"from,to,minutes\n1,\xff\xfe,5\n", "cannot be read as CSV"),
        (b"from,to,minutes\n", "headings and no rows"),
        (
            b"from,to,minutes\n1,2,5\n2,1,9\n1,2,\n1,2,50\n",
            "lines 2 and 5: from 1 to 2 takes 5 minutes and 50",
        ),
    ],
)
def test_a_file_that_is_no_table_of_times_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "times.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=said.replace("'", ".")):
        read_travel_times(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"no file nowhere\.csv"):
        read_travel_times(tmp_path / "nowhere.csv")


class Roads(BaseHTTPRequestHandler):
    """Answers like OSRM: a second for every unit of longitude and of latitude between two places."""

    asked: list[str] = []
    instead: bytes | None = None

    def do_GET(self) -> None:  # noqa: N802
        self.asked.append(self.path)
        parts = urlsplit(self.path)
        places = np.array(
            [[float(x) for x in one.split(",")] for one in parts.path.split("/")[-1].split(";")]
        )
        query = parse_qs(parts.query)
        chosen = [
            [int(i) for i in query[name][0].split(";")] if name in query else list(range(len(places)))
            for name in ("sources", "destinations")
        ]
        seconds: Any = np.abs(places[chosen[0], None, :] - places[None, chosen[1], :]).sum(axis=2) * 60
        rows = [[None if second >= 6e5 else second for second in row] for row in seconds.tolist()]
        body = self.instead or json.dumps({"code": "Ok", "durations": rows}).encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def roads(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Roads, "asked", [])
    monkeypatch.setattr(Roads, "instead", None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Roads)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def group(n: int, first: int = 0) -> tuple[Any, Any, Any]:
    return np.array([f"{first + i}" for i in range(n)]), np.full(n, 52.0), np.arange(n, dtype=float)


def test_a_server_is_asked_once_for_each_group_and_never_across_groups(roads: str) -> None:
    codes, north, east = group(3)
    times = ask_osrm(roads + "/", [(codes, north, east), group(2, first=10), group(1, first=20)])
    assert len(Roads.asked) == 2
    found = dict(
        zip(zip(times.start.tolist(), times.end.tolist(), strict=True), times.minutes.tolist(), strict=True)
    )
    assert found["0", "2"] == 2
    assert found["10", "11"] == 1
    assert ("0", "10") not in found
    assert "OSRM server" in times.source


def test_schools_without_coordinates_are_not_sent(roads: str) -> None:
    codes, north, east = group(3)
    north[1] = np.nan
    times = ask_osrm(roads, [(codes, north, east)])
    assert set(times.start.tolist()) == {"0", "2"}
    assert Roads.asked[0].startswith("/table/v1/driving/0.00000,52.00000;2.00000,52.00000?")


def test_a_large_group_is_asked_in_parts_and_no_pair_is_lost(roads: str) -> None:
    codes, north, east = group(130)
    times = ask_osrm(roads, [(codes, north, east)])
    assert len(Roads.asked) == 9
    assert all(len(path.split("driving/")[1].split("?")[0].split(";")) <= 100 for path in Roads.asked)
    assert len(times.minutes) == 130 * 130
    assert times.minutes == pytest.approx(np.abs(times.start.astype(int) - times.end.astype(int)))


def test_no_way_between_two_schools_is_unknown(roads: str) -> None:
    codes, north, east = group(2)
    times = ask_osrm(roads, [(codes, north, east * 2e4)])
    assert np.isnan(times.minutes).sum() == 2


@pytest.mark.parametrize(
    "body", [b"<html>", b'{"code": "InvalidUrl"}', b'{"durations": [[1]]}', b'{"durations": 3}']
)
def test_what_answers_otherwise_is_told(roads: str, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Roads, "instead", body)
    with pytest.raises(UnusableServer, match="answer"):
        ask_osrm(roads, [group(2)])


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(UnusableServer, match="could not be asked"):
        ask_osrm("http://127.0.0.1:9", [group(2)])


@pytest.mark.parametrize(
    "url", ["file:///etc/hosts", "ftp://nowhere", "http://[", "nowhere", "localhost:5000", "http://", ""]
)
def test_what_is_no_address_is_told_before_anything_is_sent(url: str) -> None:
    with pytest.raises(UnusableServer, match="nothing was sent"):
        ask_osrm(url, [group(2)])


def test_nobody_to_ask_for_asks_nothing(roads: str) -> None:
    assert len(ask_osrm(roads, []).minutes) == 0
    assert Roads.asked == []
