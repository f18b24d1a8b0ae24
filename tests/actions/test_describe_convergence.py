"""Is the gap closing and is the top rising: from imported figures to a kept answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.measures.group_of_schools import take_in
from tests.measures.systems_of_schools import YEARS, Floats, autoregressive, publish
from upwards.actions import describe_convergence as action
from upwards.actions.describe_convergence import describe_convergence
from upwards.actions.init_workspace import init_workspace
from upwards.core.catalogue import UnknownMeasure
from upwards.core.errors import EmptyData, UserError
from upwards.measures.breaks import AcrossBreak
from upwards.measures.convergence_by import UnknownGrouping

MEASURE = "ks2.reading_progress"
SCHOOLS = 400


def rows_of(
    value: Floats,
    n: Floats,
    *,
    measure: str = MEASURE,
    pupil_group: str | None = None,
    years: tuple[int, ...] = YEARS,
) -> pl.DataFrame:
    school, t = np.nonzero(np.isfinite(value))
    return pl.DataFrame(
        {
            "school": [f"{100000 + i}" for i in school],
            "year": [years[j] for j in t],
            "measure": measure,
            "stage": "KS2",
            "pupil_group": pl.Series([pupil_group] * len(school), dtype=pl.String),
            "value": value[school, t].round(1),
            "unit": "scaled score points",
            "n": n[school, t].round().astype(int),
            "source": "made up for a test",
        }
    )


def schools() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "school": [f"{100000 + i}" for i in range(SCHOOLS)],
            "name": [f"School {i}" for i in range(SCHOOLS)],
            "area": [f"Area {i % 8}" for i in range(SCHOOLS)],
            "region": ["East" if i % 8 < 5 else "West" for i in range(SCHOOLS)],
        }
    )


def trusts() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "school": [f"{100000 + i}" for i in range(60)],
            "group": [f"T{i // 6}" for i in range(60)],
            "seen": pl.Series(["2019-06-01"] * 60).str.to_date(),
        }
    )


def trust_names() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "group": [f"T{i}" for i in range(10)],
            "name": [f"Trust {i}" for i in range(10)],
            "kind": "Multi-academy trust",
        }
    )


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(1)
    one = publish(rng, autoregressive(rng, SCHOOLS) * np.linspace(1.2, 0.7, 4))
    n = 36 / one.variance
    poorer = one.value - 2 + rng.standard_normal(one.value.shape)
    percent = 50 + autoregressive(rng, SCHOOLS, sd=10) * np.linspace(1.2, 0.6, 4) + 8 * np.arange(4)
    expected = publish(rng, percent, pupil_sd=48)
    writing = one.value + 1
    tables = [
        rows_of(one.value, n),
        rows_of(poorer, (n / 4).clip(3), pupil_group="disadvantaged"),
        rows_of(expected.value.clip(0, 100), 48**2 / expected.variance, measure="ks2.reading_expected"),
        rows_of(writing, n, measure="ks2.writing_progress"),
    ]
    folder = init_workspace(tmp_path_factory.mktemp("record") / "england", name="England").folder
    take_in(pl.concat(tables), folder, table="school_measures")
    take_in(schools(), folder, table="schools")
    take_in(trust_names(), folder, table="groups")
    take_in(trusts(), folder, table="memberships")
    return folder


def first(workspace: Path, **asked: Any) -> dict[str, Any]:
    answer: dict[str, Any] = describe_convergence(workspace, **{"measure": MEASURE, **asked})
    return answer


def test_a_system_that_narrows_is_seen_and_no_rise_of_the_top_is_claimed(workspace: Path) -> None:
    answer = first(workspace, years="2016-2019")
    assert answer["schema"] == "upwards.convergence/1"
    assert answer["norm_referenced"]
    (only,) = answer["answers"]
    assert only["state"] == "narrowing"
    assert only["p_narrowing"] > 0.99
    assert only["spread"][0]["sd"] > only["spread"][3]["sd"]
    assert "a rise of the top cannot be told" in only["text"]
    assert answer["settings"]["convergence.certainty"]["value"] == 0.975
    assert answer["origin"]["period"] == ["2015/16", "2016/17", "2017/18", "2018/19"]
    assert answer["origin"]["source"]
    json.dumps(answer, allow_nan=False)


def test_where_the_mean_is_free_the_top_can_rise(workspace: Path) -> None:
    answer = first(workspace, measure="ks2.reading_expected")
    assert answer["answers"][0]["state"] == "converging upwards"
    assert answer["answers"][0]["p_state"] > 0.97
    assert answer["levels"][3]["top"]["lower"] > answer["levels"][0]["top"]["upper"]


@pytest.mark.parametrize(
    ("by", "word", "n_groups"),
    [("region", "regions", 2), ("authority", "authorities", 8), ("trust", "trusts", 10)],
)
def test_groups_are_compared_with_each_other_then_inside(
    workspace: Path, by: str, word: str, n_groups: int
) -> None:
    answers = first(workspace, by=by)["answers"]
    assert (answers[0]["group"], answers[0]["units"]) == (None, word)
    assert len(answers) == n_groups + 1
    assert {a["by"] for a in answers} == {by}
    if by == "trust":
        assert answers[1]["name"] == "Trust 0"
        assert answers[1]["borrowed"]


def test_schools_have_their_paths_beside_the_system(workspace: Path) -> None:
    answer = first(workspace, by="school")
    assert answer["answers"][0]["by"] == "school"
    assert len(answer["units"]) == answer["answers"][0]["n_units"]
    assert set(answer["units"][0]) == {"school", "level", "trend", "forecast"}


def test_the_gap_of_disadvantaged_pupils_is_followed(workspace: Path) -> None:
    answer = first(workspace, by="gap")
    (only,) = answer["answers"]
    assert only["by"] == "gap"
    assert only["mean"][0]["mean"] < -1


def test_a_measure_without_both_groups_of_pupils_has_no_gap(workspace: Path) -> None:
    with pytest.raises(EmptyData, match="not held for disadvantaged pupils apart"):
        first(workspace, measure="ks2.reading_expected", by="gap")


def test_a_comparison_across_a_break_is_refused(workspace: Path) -> None:
    with pytest.raises(AcrossBreak, match="2016-2017 or 2018-2019"):
        first(workspace, measure="ks2.writing_progress", years="2016-2019")
    answer = first(workspace, measure="ks2.writing_progress")
    assert answer["answers"][0]["years"] == [2018, 2019]
    assert answer["answers"][0]["state"] == "cannot be told"
    assert any("another definition: 2016-2017" in note for note in answer["notes"])


def test_years_without_figures_are_named(workspace: Path) -> None:
    answer = first(workspace, years=[2016, 2017, 2018, 2019, 2020])
    assert answer["answers"][0]["years"] == [2016, 2017, 2018, 2019]
    assert any("2020" in note and "COVID" in note for note in answer["notes"])


def test_an_answer_is_computed_once(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = first(workspace, seed=7)

    def fail(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr(action, "_follow", fail)
    assert first(workspace, seed=7) == before


def test_what_does_not_exist_is_refused_with_near_misses(workspace: Path) -> None:
    with pytest.raises(UnknownGrouping, match="did you mean 'region'"):
        first(workspace, by="regions")
    with pytest.raises(UnknownMeasure, match="ks2.reading_progress"):
        first(workspace, measure="ks2.reading_progres")


def test_settings_of_the_workspace_decide(tmp_path: Path) -> None:
    folder = init_workspace(tmp_path / "small", name="Small").folder
    rng = np.random.default_rng(2)
    one = publish(rng, autoregressive(rng, 60) * np.linspace(1.5, 0.4, 4), missing=0)
    take_in(rows_of(one.value, 36 / one.variance), folder, table="school_measures")
    assert first(folder)["answers"][0]["state"] == "cannot be told"
    with (folder / "upwards.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings]\nconvergence.min_units = 50\n")
    assert first(folder)["answers"][0]["state"] == "narrowing"
    with pytest.raises(UserError):
        first(folder, by="region")
