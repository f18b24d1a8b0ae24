"""`upwards convergence` on a workspace: words first, then the table; JSON and CSV whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from tests.actions.test_describe_convergence import SCHOOLS, rows_of, schools
from tests.cli.conftest import Run
from tests.measures.group_of_schools import take_in
from tests.measures.systems_of_schools import autoregressive, publish


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from upwards.actions.init_workspace import init_workspace

    rng = np.random.default_rng(1)
    one = publish(rng, autoregressive(rng, SCHOOLS) * np.linspace(1.2, 0.7, 4))
    folder = init_workspace(tmp_path_factory.mktemp("record") / "england", name="England").folder
    take_in(rows_of(one.value, 36 / one.variance), folder, table="school_measures")
    take_in(schools(), folder, table="schools")
    return folder


ASKED = ("convergence", "--measure", "ks2.reading_progress", "--years", "2016-2019", "--by", "region")


def test_words_come_before_the_table(run: Run, record: Path) -> None:
    said = run(*ASKED, "--workspace", record)
    assert said.code == 0, said.err
    assert said.out.index("Pupil-weighted means of 2 regions") < said.out.index("between regions")
    assert "Inside 2 groups" in said.out
    assert "narrowing" in said.out


def test_json_is_as_published(run: Run, record: Path) -> None:
    answer = run(*ASKED, "--workspace", record, "--format", "json").json
    assert answer["schema"] == "upwards.convergence/1"
    wanted = {
        "by", "measure", "n_units", "years", "spread", "p_narrowing", "persistent_slope", "stationary_slope",
        "gain_lowest", "gain_highest", "state", "p_state", "text", "group",
    }  # fmt: skip
    assert all(wanted <= set(one) for one in answer["answers"])
    assert set(answer["answers"][0]["spread"][0]) == {"year", "sd", "lower", "upper"}


def test_csv_has_a_row_for_each_answer(run: Run, record: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*ASKED, "--workspace", record, "--format", "csv").out)))
    assert [row["of"] for row in rows] == ["between regions", "East", "West"]
    assert float(rows[1]["sd_first"]) > float(rows[1]["sd_last"])


def test_a_wrong_question_is_answered_in_a_sentence(run: Run, record: Path) -> None:
    wrong = run("convergence", "--measure", "ks2.reading", "--workspace", record)
    assert wrong.code == 2
    assert "There is no measure 'ks2.reading'" in wrong.err
    backwards = run(
        "convergence", "--measure", "ks2.reading_progress", "--years", "2019-2016", "--workspace", record
    )
    assert backwards.code == 2


def test_schools_are_listed_where_they_are_asked_for(run: Run, record: Path) -> None:
    asked = (*ASKED[:-1], "school", "--workspace", record)
    said = run(*asked)
    assert "The first 200 of" in said.out
    assert "persistent level in the first year" in said.out
    rows = list(csv.DictReader(io.StringIO(run(*asked, "--format", "csv").out)))
    assert len(rows) > 200
    assert float(rows[0]["level_lower"]) < float(rows[0]["level"]) < float(rows[0]["level_upper"])
