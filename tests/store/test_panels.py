from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.store.published import Published, figures, publish, snapshot_of
from upwards.core.catalogue import UnknownMeasure
from upwards.core.errors import UserError
from upwards.core.panel import SchoolPanel
from upwards.store.panels import (
    list_measures,
    read_finance_panel,
    read_group_panel,
    read_panel,
)
from upwards.store.snapshots import Snapshot
from upwards.store.workspace import Workspace


def held(workspace: Workspace, *files: Published) -> Snapshot:
    publish(workspace, *files)
    return snapshot_of(workspace)


def file(place: str, rows: pl.DataFrame, period: str = "2019-08-31") -> Published:
    return Published(place, period, {"school_measures": rows})


def continued(*pairs: tuple[str, str]) -> Published:
    rows = pl.DataFrame(pairs, schema=["school", "successor"], orient="row")
    return Published("links.csv", "2025-04-22", {"successions": rows.with_columns(kind=pl.lit("continues"))})


def cell(panel: SchoolPanel, school: str, year: int) -> dict[str, object]:
    where = panel.school.tolist().index(school), panel.years.index(year)
    return {
        name: getattr(panel, name)[where].item()
        for name in ("value", "lower", "n", "missing", "code", "source")
    }


def test_figures_stand_where_their_school_and_year_say(workspace: Workspace) -> None:
    rows = figures(
        {"school": "2", "year": 2018, "value": 1.5},
        {"school": "1", "year": 2019, "value": -0.5, "lower": -1.0, "upper": 0.0, "level": 0.95, "n": 30},
        {"school": "2", "year": 2019, "value_missing": "suppressed"},
    )
    panel = read_panel(held(workspace, file("a.csv", rows)), "progress")
    assert panel.school.tolist() == ["1", "2"]
    assert panel.years == (2018, 2019)
    np.testing.assert_array_equal(panel.value, [[np.nan, -0.5], [1.5, np.nan]])
    np.testing.assert_array_equal(panel.upper, [[np.nan, 0.0], [np.nan, np.nan]])
    np.testing.assert_array_equal(panel.n, [[np.nan, 30], [np.nan, np.nan]])
    assert panel.missing.tolist() == [["no row", ""], ["", "suppressed"]]
    assert panel.source.tolist() == [["", "a.csv"], ["a.csv", ""]]
    assert panel.level == 0.95
    assert not panel.value.flags.writeable


def test_a_row_with_an_interval_is_preferred_then_one_with_pupils_then_the_newer_file(
    workspace: Workspace,
) -> None:
    plain = [{"school": s, "year": 2019, "value": 1.0} for s in "123"]
    counted = [{"school": s, "year": 2019, "value": 1.0, "n": 20} for s in "12"]
    ranged = [{"school": "1", "year": 2019, "value": 1.0, "lower": 0.0, "upper": 2.0}]
    snapshot = held(
        workspace,
        file("newest.csv", figures(*plain), "2023-08-31"),
        file("new.csv", figures(*plain), "2022-08-31"),
        file("counted.csv", figures(*counted), "2021-08-31"),
        file("ranged.csv", figures(*ranged), "2019-08-31"),
    )
    panel = read_panel(snapshot, "progress")
    assert [cell(panel, s, 2019)["source"] for s in "123"] == ["ranged.csv", "counted.csv", "newest.csv"]
    # The number of pupils comes from the file that has it.
    assert cell(panel, "1", 2019)["n"] == 20
    assert panel.n_conflicts == 0


def test_files_that_differ_beyond_rounding_are_counted(workspace: Workspace) -> None:
    one = figures(
        {"school": "1", "year": 2019, "value": 0.46},
        {"school": "2", "year": 2019, "value": 0.71},
        {"school": "3", "year": 2019, "value_missing": "suppressed"},
    )
    two = figures(
        {"school": "1", "year": 2019, "value": 0.5},
        {"school": "2", "year": 2019, "value": 0.9},
        {"school": "3", "year": 2019, "value": 0.1},
    )
    panel = read_panel(held(workspace, file("a.csv", one), file("b.csv", two)), "progress")
    assert panel.n_conflicts == 1
    assert cell(panel, "3", 2019)["value"] == 0.1


def test_a_converted_school_is_one_row(workspace: Workspace) -> None:
    rows = figures(
        {"school": "10", "year": 2018, "value": 1.0, "n": 11},
        {"school": "20", "year": 2019, "value": 2.0, "n": 12},
    )
    panel = read_panel(held(workspace, file("a.csv", rows), continued(("10", "20"))), "progress")
    assert panel.school.tolist() == ["20"]
    assert panel.code.tolist() == [["10", "20"]]
    np.testing.assert_array_equal(panel.value, [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("old", "new", "taken", "n_double"),
    [(1.0, 2.0, "20", 1), (1.0, None, "10", 0), (None, 2.0, "20", 0), (None, None, "20", 0)],
)
def test_of_two_codes_in_one_year_the_later_counts_unless_only_one_has_a_value(
    workspace: Workspace, old: float | None, new: float | None, taken: str, n_double: int
) -> None:
    rows = figures(
        {"school": "10", "year": 2019, "value": old, "lower": 0.0, "upper": 2.0, "n": 5},
        {"school": "20", "year": 2019, "value": new},
    )
    panel = read_panel(held(workspace, file("a.csv", rows), continued(("10", "20"))), "progress")
    assert cell(panel, "20", 2019)["code"] == taken
    assert panel.n_double_codes == n_double
    # Pupils of the one code are never taken for the other's.
    assert cell(panel, "20", 2019)["n"] == pytest.approx(5 if taken == "10" else np.nan, nan_ok=True)


def test_pupil_groups_stages_and_years_are_kept_apart(workspace: Workspace) -> None:
    rows = figures(
        {"school": "1", "year": 2018, "value": 1.0, "stage": "KS2"},
        {"school": "1", "year": 2019, "value": 2.0, "stage": "KS2"},
        {"school": "1", "year": 2019, "value": 3.0, "stage": "KS2", "pupil_group": "disadvantaged"},
        {"school": "1", "year": 2019, "value": 4.0, "stage": "KS4"},
    )
    snapshot = held(workspace, file("a.csv", rows))
    with pytest.raises(UserError, match="more than one stage: KS2, KS4"):
        read_panel(snapshot, "progress")
    assert read_panel(snapshot, "progress", stage="KS2").value.tolist() == [[1.0, 2.0]]
    assert read_panel(snapshot, "progress", stage="KS2", years=[2019]).value.tolist() == [[2.0]]
    poor = read_panel(snapshot, "progress", pupil_group="disadvantaged")
    assert (poor.value.tolist(), poor.pupil_group) == ([[3.0]], "disadvantaged")
    empty = read_panel(snapshot, "progress", stage="KS2", years=[2012, 2013])
    assert (empty.value.shape, empty.years) == ((0, 2), (2012, 2013))


def test_an_unknown_measure_names_its_near_misses(workspace: Workspace) -> None:
    snapshot = held(workspace, file("a.csv", figures({"school": "1", "year": 2019, "value": 1.0})))
    with pytest.raises(UnknownMeasure, match="did you mean 'progress'"):
        read_panel(snapshot, "progres")


def test_intervals_of_two_levels_are_not_mixed(workspace: Workspace) -> None:
    rows = figures(
        {"school": "1", "year": 2018, "value": 1.0, "lower": 0.0, "upper": 2.0, "level": 0.95},
        {"school": "1", "year": 2019, "value": 1.0, "lower": 0.0, "upper": 2.0, "level": 0.9},
    )
    snapshot = held(workspace, file("a.csv", rows))
    with pytest.raises(UserError, match=r"2 levels: 0\.9, 0\.95"):
        read_panel(snapshot, "progress")
    assert read_panel(snapshot, "progress", years=[2019]).level == 0.9


def test_money_stands_in_a_panel_too(workspace: Workspace) -> None:
    money = pl.DataFrame(
        {
            "school": ["1", "1", "2"],
            "year": [2017, 2018, 2018],
            "item": "balance",
            "amount": [5.0, -3.0, None],
        },
    ).with_columns(amount_missing=pl.Series([None, None, "not available"], dtype=pl.String))
    snapshot = held(workspace, Published("cfr.csv", "2018-08-31", {"finances": money}))
    panel = read_finance_panel(snapshot, "balance")
    np.testing.assert_array_equal(panel.value, [[5.0, -3.0], [np.nan, np.nan]])
    assert panel.missing.tolist() == [["", ""], ["no row", "not available"]]
    assert np.isnan(panel.lower).all()
    with pytest.raises(UnknownMeasure, match="finances hold: balance"):
        read_finance_panel(snapshot, "income")


def test_figures_of_groups_have_a_panel_of_their_own(workspace: Workspace) -> None:
    figure = {"year": [2023, 2023], "measure": ["progress"] * 2, "value": [0.1, None]}
    groups = pl.DataFrame({"group": ["b", "a"], **figure, "n_schools": [3, 4], "n": [300, 400]})
    snapshot = held(workspace, Published("trusts.csv", "2023-08-31", {"group_measures": groups}))
    panel = read_group_panel(snapshot, "progress", 2023)
    assert panel.group.tolist() == ["a", "b"]
    np.testing.assert_array_equal(panel.value, [np.nan, 0.1])
    assert (panel.n_schools.tolist(), panel.n.tolist()) == ([4.0, 3.0], [400.0, 300.0])
    assert (panel.missing.tolist(), panel.source.tolist()) == (["blank", ""], ["", "trusts.csv"])
    assert read_group_panel(snapshot, "progress", 2019).group.shape == (0,)


def test_what_is_held_is_listed(workspace: Workspace) -> None:
    rows = figures(
        {"school": "1", "year": 2018, "value": 1.0, "stage": "KS2"},
        {"school": "1", "year": 2019, "stage": "KS2"},
        {"school": "2", "year": 2019, "value": 3.0, "pupil_group": "boys"},
    )
    snapshot = held(workspace, file("a.csv", rows), continued(("1", "2")))
    said = [
        (m.table, m.measure, m.pupil_group, m.stage, m.years, m.n_values) for m in list_measures(snapshot)
    ]
    assert said == [
        ("school_measures", "progress", "", "KS2", (2018,), 1),
        ("school_measures", "progress", "boys", "", (2019,), 1),
    ]


def test_the_number_of_schools_in_a_year_does_not_depend_on_the_date_of_the_register(tmp_path: Path) -> None:
    rows = figures(
        *({"school": str(s), "year": y, "value": 1.0} for s, y in [(10, 2018), (11, 2018), (20, 2019)]),
        {"school": "30", "year": 2018, "value": 2.0},
    )
    counts = []
    for name, listed in {"none": [], "today": ["20"], "then": ["10", "11", "30"], "later": ["99"]}.items():
        workspace = Workspace.create(tmp_path / name / "group")
        register = Published("r.csv", "2022-04-25", {"schools": pl.DataFrame({"school": listed})})
        files = [file("a.csv", rows), continued(("10", "20")), *([register] if listed else [])]
        panel = read_panel(held(workspace, *files), "progress")
        counts.append((~np.isnan(panel.value)).sum(axis=0).tolist())
    assert counts == [[3, 1]] * 4
