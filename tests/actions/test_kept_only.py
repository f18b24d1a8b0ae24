"""Asking only for what is kept."""

from __future__ import annotations

import pytest

from upwards.actions.describe_workspace import describe_workspace, workspace_state
from upwards.actions.erase import erase
from upwards.actions.import_data import import_data
from upwards.actions.init_workspace import init_workspace
from upwards.actions.measure_workspace import open_workspace
from upwards.actions.workspace_answer import NotYetComputed, answer_once, kept_only

ROWS = "pupil,school,subject,year,score\nP1,Hill,reading,2024,10\nP2,Park,reading,2024,12\n"


@pytest.fixture
def workspace(tmp_path):
    file = tmp_path / "results.csv"
    file.write_text(ROWS, encoding="utf-8")
    init_workspace(tmp_path / "trust", name="Five Rivers")
    import_data([file], as_table="results", workspace=tmp_path / "trust", accept_doubts=True)
    return tmp_path / "trust"


def test_what_is_not_kept_is_not_computed(workspace):
    opened = open_workspace(workspace)
    with kept_only(), pytest.raises(NotYetComputed, match="'sum' is not computed yet"):
        answer_once(opened, "sum", {}, lambda: pytest.fail("it was computed"))


def test_what_is_kept_is_given(workspace):
    opened = open_workspace(workspace)
    answer_once(opened, "sum", {}, lambda: {"sum": 3})
    with kept_only():
        assert answer_once(opened, "sum", {}, lambda: pytest.fail("it was computed")) == {"sum": 3}


def test_afterwards_answers_are_computed_again(workspace):
    with pytest.raises(RuntimeError), kept_only():
        raise RuntimeError
    assert answer_once(open_workspace(workspace), "sum", {}, lambda: {"sum": 3}) == {"sum": 3}


def test_a_workspace_says_what_it_holds(workspace):
    said = describe_workspace(workspace)
    assert (said["name"], said["schools"]) == ("Five Rivers", ["Hill", "Park"])
    assert said["tables"]["results"] == 2
    assert [(one["file"], one["table"], one["rows"]) for one in said["sources"]] == [
        ("results.csv", "results", 2)
    ]


def test_its_state_changes_with_a_threshold_and_with_data(workspace, tmp_path):
    states = {workspace_state(workspace)}
    with (workspace / "upwards.toml").open("a", encoding="utf-8") as file:
        file.write("\n[settings]\nbright_spot.size = 0.2\n")
    states.add(workspace_state(workspace))
    more = tmp_path / "more.csv"
    more.write_text(ROWS.replace("2024", "2023"), encoding="utf-8")
    import_data([more], as_table="results", workspace=workspace, accept_doubts=True)
    assert len(states | {workspace_state(workspace)}) == 3


def test_its_state_changes_with_an_erasure_so_that_no_remembered_answer_survives_it(workspace):
    before = workspace_state(workspace)
    assert workspace_state(workspace) == before
    erase(pupil="P1", workspace=workspace)
    assert workspace_state(workspace) != before


def test_an_empty_workspace_says_so(tmp_path):
    init_workspace(tmp_path / "trust", name="Five Rivers")
    assert describe_workspace(tmp_path / "trust")["snapshot"] is None
