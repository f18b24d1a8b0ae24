"""`upwards groups`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the action: what it was asked, and one trust."""
    import upwards.actions.compare_groups as module

    area = {
        "value": 1.2, "lower": 0.7, "upper": 1.7, "p_high": 0.97, "official": 1.5, "official_lower": 1.1,
        "official_upper": 1.9, "official_basis": "recomputed", "status": "measured", "unit": "points",
        "n_schools": 4, "own_value": 1.3, "own_lower": 1.0, "own_upper": 1.6,
    }  # fmt: skip
    none = {**dict.fromkeys(area), "status": "not published", "unit": "share", "n_schools": 0}
    trust = {"group": "500", "name": "A Trust"}
    found: dict[str, Any] = {
        "schema": "upwards.groups/1",
        "year": 2019,
        "counts": [],
        "text": ["1 group with 4 schools is compared."],
        "notes": ["A note."],
        "high_performing": [{**trust, "area": "ks2_maths_progress", "p_high": 0.97}],
        "groups": [{**trust, "areas": {"ks2_maths_progress": area, "finance": none}}],
    }

    def compare(folder: Path | None, **asked: Any) -> dict[str, Any]:
        asked.pop("say")("Coordinates are sent.")
        return {**found, "asked": {key: str(value) for key, value in asked.items()}}

    monkeypatch.setattr(module, "compare_groups", compare)
    return found


def test_words_come_first_and_only_the_named_are_tabled(run: Any, answer: dict[str, Any]) -> None:
    said = run("groups", "--year", 2019)
    assert said.code == 0
    assert said.out.index("1 group with 4 schools") < said.out.index("A Trust")
    assert "Note: A note." in said.out
    assert "finance" not in said.out.split("P(high)")[1]


def test_csv_has_every_trust_and_area(run: Any, answer: dict[str, Any]) -> None:
    lines = run("groups", "--format", "csv").out.splitlines()
    assert lines[0].startswith("group,name,n_schools,area,value,lower,upper,p_high,official")
    assert len(lines) == 3
    assert "not published" in lines[2]


def test_json_is_whole_and_options_reach_the_action(run: Any, answer: dict[str, Any]) -> None:
    asked = ("--year", 2018, "--rule", "own", "--stage", "any", "--osrm", "http://localhost:5000")
    said = run("groups", *asked, "--format", "json")
    assert said.json["asked"] == {
        "year": "2018", "rule": "own", "stage": "any", "travel_times": "None", "osrm": "http://localhost:5000",
    }  # fmt: skip
    assert "Coordinates are sent." in said.err


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("--year", "-1"), "is not an academic year"),
        (("--year", 20190), "is not an academic year"),
        (("--year", 2019, "--osrm", "localhost:5000"), "is not the address of a server"),
    ],
)
def test_a_year_or_an_address_that_is_none_ends_in_a_sentence(
    run: Any, asked: tuple[Any, ...], told: str
) -> None:
    said = run("groups", *asked)
    assert said.code == 2
    assert told in said.err
    assert "Coordinates" not in said.err
