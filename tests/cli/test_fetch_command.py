"""`upwards fetch` as a person runs it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import read_all
from tests.sources.publisher import CSV, Publisher, open_publisher, status, whole

KS2 = "performance-tables/2018-2019/england_ks2final.csv"


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Publisher]:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.chdir(tmp_path)
    with open_publisher() as opened:
        lines = (
            f'[[dataset]]\nname = "{name}"\naddress = "{opened.address}/{name}.csv"'
            for name in ("ks2_schools", "ks2_dictionary", "ks2_trusts")
        )
        Path("own.toml").write_text("\n".join(lines))
        yield opened


ASK = ("fetch", "england", "--years", "2019", "--only", "ks2", "--addresses", "own.toml")


def test_a_fetch_says_what_became_of_each_file(run: Any, publisher: Publisher) -> None:
    publisher.at("/ks2_schools.csv", whole())
    said = run(*ASK, "--to", "here")
    assert said.code == 0
    assert "2 files for here: 1 fetched, 1 left out." in said.out
    assert KS2 in said.out
    assert "Open Government Licence" in said.out
    assert (Path("here") / KS2).read_bytes() == CSV


def test_a_file_that_fails_ends_with_two_and_says_why(run: Any, publisher: Publisher) -> None:
    publisher.at("/ks2_schools.csv", status(404))
    said = run(*ASK)
    assert said.code == 2
    assert f"Failed: {KS2}. 127.0.0.1 has no such file (status 404)." in said.out
    assert "addresses were written down without opening them" in said.out
    assert "\x1b" not in said.out


def test_what_does_not_exist_is_no_failure(run: Any, publisher: Publisher) -> None:
    said = run("fetch", "england", "--years", "2020", "--only", "ks2,ks4")
    assert said.code == 0
    assert "Not published: Key stage 2 2020. No tests were taken in 2020 and 2021" in said.out
    assert "Not published: Key stage 4 2020." in said.out


def test_a_list_names_addresses_and_asks_nobody(run: Any, publisher: Publisher) -> None:
    said = run(*ASK, "--list")
    assert said.code == 0
    assert f"{publisher.address}/ks2_schools.csv" in said.out
    assert not publisher.visits


def test_json_and_csv_hold_every_file(run: Any, publisher: Publisher) -> None:
    publisher.at("/ks2_schools.csv", whole())
    said = run(*ASK, "--format", "json")
    assert said.json["schema"] == "upwards.fetch/1"
    assert [row["status"] for row in said.json["files"]] == ["fetched", "left out"]
    said = run(*ASK, "--format", "csv")
    assert said.out.splitlines()[1].startswith(f"{KS2},Key stage 2 results of schools,ks2,2019")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--years", "2019-2017"), "Write 2017-2019"),
        (("--years", "2019", "--only", "ks3"), "did you mean 'ks4' or 'ks2'"),
        ((), "Name the years"),
        (("--years", "2019", "--addresses", "none.toml"), "There is no file 'none.toml'"),
    ],
)
def test_mistakes_are_told(run: Any, publisher: Publisher, arguments: tuple[str, ...], words: str) -> None:
    said = run("fetch", "england", *arguments)
    assert said.code == 2
    assert words in said.err


def test_on_a_terminal_the_progress_is_shown(publisher: Publisher) -> None:
    publisher.at("/ks2_schools.csv", whole())
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "upwards", *ASK]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, env=environment) as process:
        os.close(follower)
        out, _ = process.communicate(timeout=60)
        seen = read_all(leader)
    assert process.returncode == 0
    assert b"england_ks2final.csv" in seen
    assert b"\x1b" not in out


def test_help_does_not_load_the_network() -> None:
    code = "import sys; sys.argv = ['upwards', 'fetch', '--help']\n"
    code += "try:\n import upwards.cli; upwards.cli.main()\n"
    code += "except SystemExit: print('loaded', *[m for m in ('rich', 'httpx') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded"
