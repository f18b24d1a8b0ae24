"""A file whose rows were replaced can be brought back."""

from __future__ import annotations

from pathlib import Path

from upwards.actions.import_data import import_data
from upwards.actions.init_workspace import init_workspace
from upwards.store.tables import read_table
from upwards.store.workspace import Workspace

HEAD = "pupil,subject,year,score,school\n"


def test_a_file_that_was_replaced_can_be_imported_again(tmp_path: Path) -> None:
    folder = init_workspace(tmp_path / "w", name="W").folder
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text(HEAD + "a,maths,2019,10,Hill\nb,maths,2019,11,Hill\n")
    second.write_text(HEAD + "a,maths,2019,20,Hill\nb,maths,2019,21,Hill\n")
    for path in (first, second, first):
        report = import_data(
            [path], as_table="results", workspace=folder, replace_held=True, accept_doubts=True
        )
        assert not report.unchanged
    scores = read_table(Workspace.open(folder), "results").collect()["score"]
    assert sorted(scores) == [10, 11]
    again = import_data([first], as_table="results", workspace=folder, accept_doubts=True)
    assert again.unchanged == ("first.csv",)
