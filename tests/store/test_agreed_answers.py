"""Kept answers that name a team by agreement go when the agreement does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from upwards.actions.forget_unagreed import forget_unagreed
from upwards.actions.init_workspace import init_workspace
from upwards.store import agreed_answers

HILL, PARK = ("Hill", "reading", "3"), ("Park", "reading", "3")


@pytest.fixture
def keep(tmp_path: Path):
    init_workspace(tmp_path / "group", name="Group")

    def put(name: str, text: str) -> Path:
        path = tmp_path / "group" / "answers" / "state" / name / "answer.json"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return path

    return put


def test_only_answers_that_rest_on_an_agreement_that_is_over_go(keep, tmp_path):
    plain = keep("plain", json.dumps({"teams": []}))
    stands = keep("stands", json.dumps({"by_agreement": [HILL]}))
    both = keep("both", json.dumps({"by_agreement": [HILL, PARK]}))
    damaged = keep("damaged", '{"by_agreement": [[')
    assert forget_unagreed(tmp_path / "group", agreed=frozenset({HILL})) == 2
    assert [path.exists() for path in (plain, stands, both, damaged)] == [True, True, False, False]


def test_one_that_another_run_removes_meanwhile_is_passed_over(keep, tmp_path, monkeypatch):
    keep("gone", json.dumps({"by_agreement": [HILL]}))

    def missing(path: Path) -> bytes:
        raise FileNotFoundError(path)

    monkeypatch.setattr(agreed_answers, "read_file", missing)
    assert forget_unagreed(tmp_path / "group", agreed=frozenset()) == 0
