"""Special schools are shown beside the others and never compared with them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.published_figures import MEASURE, draw_schools
from upwards.core.panel import SchoolPanel, SchoolRegister, Texts
from upwards.measures.compared_schools import compare_all, compare_mainstream, take_schools
from upwards.measures.forecasts import forecast_next_year
from upwards.measures.school_scores import fit_scores, score_schools
from upwards.measures.school_scores_answer import score_rows


def register_of(panel: SchoolPanel, kinds: dict[str, str]) -> SchoolRegister:
    known = panel.school
    kind: Texts = np.array([kinds.get(str(one), "Community school") for one in known])
    blank, unknown = np.full(len(known), ""), np.full(len(known), np.nan)
    never = np.full(len(known), np.datetime64("NaT", "D"))
    return SchoolRegister(known, known, blank, kind, blank, blank, blank, *[unknown] * 4, never, never)


@pytest.fixture(scope="module")
def panel() -> SchoolPanel:
    drawn = draw_schools(11, schools=300, missing=0.05).panel
    value = drawn.value.copy()
    value[:20] -= 15
    value[0] = -12.0
    return replace(drawn, value=value)


def test_special_schools_are_told_by_the_registers_words(panel: SchoolPanel) -> None:
    kinds = {"100000": "Community special school", "100001": "Pupil referral unit", "100002": ""}
    found = compare_mainstream(panel, register_of(panel, kinds))
    assert found.status[:4].tolist() == [
        "special school, not compared",
        "not a mainstream school, not compared",
        "compared",
        "compared",
    ]
    assert found.unknown.sum() == 1
    everyone = np.ones(300, dtype=bool)
    assert found.notes(everyone)[0].startswith("2 special and other schools")
    assert "kind of 1 schools is not known" in found.notes(everyone)[1]


def test_a_school_of_unknown_kind_is_of_the_kind_of_the_one_that_it_continues(panel: SchoolPanel) -> None:
    codes = panel.code.copy()
    codes[3, :2] = "100009"
    codes[4, 0], codes[4, 1] = "100009", "100008"
    followed = replace(panel, code=codes)
    kinds = {"100003": "", "100004": "", "100009": "Special school"}
    found = compare_mainstream(followed, register_of(panel, kinds))
    assert found.status[3:5].tolist() == ["special school, not compared", "compared"]
    assert not found.unknown.any()


def test_colleges_are_not_compared_with_schools(panel: SchoolPanel) -> None:
    found = compare_mainstream(panel, register_of(panel, {"100005": "FESI", "100006": "Further education"}))
    assert found.status[5:7].tolist() == ["not a mainstream school, not compared"] * 2


def test_without_a_register_all_are_compared(panel: SchoolPanel) -> None:
    assert compare_mainstream(panel, None).compared.all()
    assert "kind of 300 schools" in compare_mainstream(panel, None).notes(np.ones(300, dtype=bool))[0]
    assert compare_all(panel).notes(np.ones(300, dtype=bool)) == []


def test_nothing_is_learnt_from_special_schools(panel: SchoolPanel) -> None:
    kinds = {str(code): "Foundation special school" for code in panel.school[:20]}
    fit = fit_scores(panel, MEASURE, comparison=compare_mainstream(panel, register_of(panel, kinds)))
    alone = fit_scores(take_schools(panel, np.arange(300) >= 20), MEASURE)
    assert fit.school.tolist() == alone.school.tolist()
    assert fit.fit.parameters.tolist() == alone.fit.parameters.tolist()
    assert fit.notes[0].startswith("20 special and other schools")
    assert fit_scores(panel, MEASURE).fit.level > 2 * fit.fit.level


def test_special_schools_are_shown_without_rank_and_in_their_place(panel: SchoolPanel) -> None:
    kinds = {str(code): "Foundation special school" for code in panel.school[:20]}
    register = register_of(panel, kinds)
    fit = fit_scores(panel, MEASURE, comparison=compare_mainstream(panel, register))
    rows = score_rows(fit, score_schools(fit, draws=20), forecast_next_year(fit), register)
    assert [row["school"] for row in rows] == sorted(row["school"] for row in rows)
    first = rows[0]
    assert (first["school"], first["value"], first["status"]) == (
        "100000",
        -12.0,
        "special school, not compared",
    )
    assert first["n"] == panel.n[0, -1]
    assert all(first[name] is None for name in ("effect", "se", "rank", "p_top", "forecast", "reliability"))
    assert {row.keys() == first.keys() for row in rows} == {True}


def test_a_school_without_a_figure_in_the_last_year_is_not_ranked_and_shows_no_other_years_pupils() -> None:
    fit = fit_scores(draw_schools(7, schools=200, missing=0.2).panel, MEASURE)
    scores = score_schools(fit, draws=50)
    rows = score_rows(fit, scores)
    absent = [row for row in rows if row["value"] is None]
    assert len(absent) > 20
    assert {row["status"] for row in absent} == {"no figure in 2019, not ranked"}
    assert all(row["n"] is None and not row["n_borrowed"] and row["rank"] is None for row in absent)
    assert all(row["effect"] is not None for row in absent)
    assert np.nanmax(scores.ranks.expected) <= fit.current.sum()
