"""England's trusts, from the published files themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from upwards.actions import compare_groups as module
from upwards.actions.compare_groups import compare_groups
from upwards.actions.import_release import import_release
from upwards.actions.init_workspace import init_workspace
from upwards.core.academic_year import UnclearYear
from upwards.core.errors import EmptyData, UserError


@pytest.fixture(scope="module")
def workspace(england: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("england") / "workspace"
    init_workspace(folder)
    parts = ("gias/2019-06-01", "gias/2022-07", "gias/2022-04-25", "gias/2025-04-22")
    import_release([*(england / part for part in parts), england / "performance-tables"], workspace=folder)
    return folder


@pytest.fixture(scope="module")
def answer(workspace: Path) -> dict[str, Any]:
    return compare_groups(workspace, year=2019)


@pytest.fixture(scope="module")
def latest(workspace: Path) -> dict[str, Any]:
    return compare_groups(workspace)


def test_the_departments_count_of_2019_is_reproduced(answer: dict[str, Any]) -> None:
    # 297 trusts and 1,788 schools: DfE, Multi-academy trust performance measures at key stage 2, 2018/19
    assert answer["n_eligible"] == pytest.approx(297, rel=0.02)
    assert answer["n_schools"] == pytest.approx(1788, rel=0.03)
    assert len(answer["groups"]) == answer["n_eligible"]
    assert sum(group["n_schools"] for group in answer["groups"]) == answer["n_schools"]
    left_out = answer["eligible"]["ks2"]["left_out"]
    assert answer["n_schools"] + sum(left_out.values()) == 7259  # all academies of the register


def test_earlier_years_fall_short_because_the_register_lists_those_of_2019(answer: dict[str, Any]) -> None:
    counts = {(one["stage"], one["year"]): one for one in answer["counts"]}
    of_year = [counts["ks2", year] for year in (2016, 2017, 2018, 2019)]
    short = [one["ours"]["groups"] / one["official"]["groups"] for one in of_year]
    assert short == sorted(short)
    assert short[0] < 0.9 < short[2] + 0.01
    assert [counts["ks4", year]["official"]["groups"] for year in (2017, 2018)] == [62, 85]
    for year in (2016, 2017, 2018):
        assert any("before then are absent" in cause for cause in counts["ks2", year]["causes"])


def test_areas_without_data_say_so(answer: dict[str, Any]) -> None:
    finance = {group["areas"]["finance"]["status"] for group in answer["groups"]}
    inadequate = {group["areas"]["inadequate"]["status"] for group in answer["groups"]}
    assert finance == inadequate == {"not held"}
    for group in answer["groups"]:
        for area in group["areas"].values():
            assert (area["value"] is None) == (area["status"] != "measured")


def test_no_trust_is_ranked_and_the_wrongly_named_are_foretold(answer: dict[str, Any]) -> None:
    names = [group["name"].casefold() for group in answer["groups"]]
    assert names == sorted(names)
    assert 0 < answer["expected_wrong"] < 0.1 * len(answer["high_performing"])
    assert all(row["p_high"] >= 0.9 for row in answer["high_performing"])


def test_the_departments_own_trust_figures_of_2023_agree_with_its_rule(latest: dict[str, Any]) -> None:
    assert (latest["year"], latest["stage"]) == (2023, "ks4")
    areas = [group["areas"]["ks4_progress"] for group in latest["groups"]]
    both = [area for area in areas if area["status"] == "measured" and area["official_basis"] == "published"]
    assert len(both) > 190
    ours, theirs = (np.array([area[key] for area in both]) for key in ("value", "official"))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.9
    assert np.abs(ours).mean() < np.abs(theirs).mean()  # shrunken
    apart = next(note for note in latest["notes"] if note.startswith("ks4_progress:"))
    assert float(apart.split(" apart")[0].split()[-1]) < 0.05


def test_the_same_question_is_answered_from_what_is_kept(
    workspace: Path, answer: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "read_record", lambda *_: pytest.fail("computed again"))
    assert compare_groups(workspace, year=2019) == answer


def test_given_and_asked_travel_times_are_their_own_questions(
    workspace: Path, answer: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schools = [school["school"] for school in answer["groups"][0]["schools"][:2]]
    path = tmp_path / "times.csv"
    path.write_text(f"from,to,minutes\n{schools[0]},{schools[1]},0.5\n", encoding="utf-8")
    given = compare_groups(workspace, year=2019, travel_times=path)["groups"][0]["schools"][:2]
    assert [(school["minutes"], school["minutes_basis"]) for school in given] == [(0.5, "given")] * 2
    asked = {}

    def ask(url: str, groups: Any) -> Any:
        asked[url] = len(groups)
        return module.read_travel_times(path)

    monkeypatch.setattr(module, "ask_osrm", ask)
    said: list[str] = []
    compare_groups(workspace, year=2019, osrm="http://localhost:5000", say=said.append)
    assert said == ["Coordinates of trusts' schools are sent to http://localhost:5000."]
    with pytest.raises(UserError, match="nothing was sent"):
        compare_groups(workspace, year=2019, osrm="file:///etc/hosts", say=said.append)
    assert len(said) == 1
    assert asked == {"http://localhost:5000": 1422}


def test_a_year_without_tests_and_a_workspace_without_figures_are_told(
    workspace: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"full years\. No tests were held in 2021 \(COVID-19\)\. Choose"):
        compare_groups(workspace, year=2021)
    for year in (-1, 0, 20190):
        with pytest.raises(UnclearYear, match="is not an academic year"):
            compare_groups(workspace, year=year)
    with pytest.raises(UnclearYear, match="has not begun"):
        compare_groups(workspace, year=2099)
    init_workspace(tmp_path / "empty")
    with pytest.raises(EmptyData):
        compare_groups(tmp_path / "empty")
