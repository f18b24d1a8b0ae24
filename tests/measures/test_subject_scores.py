"""Several subjects of one year together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.measures.published_figures import MEASURE, panel_of
from upwards.measures.school_scores import ScoreFit, fit_scores
from upwards.measures.score_years import NoUsableYears
from upwards.measures.subject_scores import SubjectScores, fit_subjects, score_subject, subjects_to_rows

SUBJECTS = [replace(MEASURE, name=f"ks2.{name}_progress") for name in ("reading", "writing", "maths")]
TRUE = 0.8
SHARED = 0.6


def draw_subjects(seed: int, schools: int = 600) -> tuple[np.ndarray, list[ScoreFit]]:
    """True scores go together at 0.8, sampling errors at 0.6."""
    rng = np.random.default_rng(seed)
    together, errors = (np.full((3, 3), r) + (1 - r) * np.eye(3) for r in (TRUE, SHARED))
    score = 2.0 * rng.standard_normal((schools, 3)) @ np.linalg.cholesky(together).T
    n = rng.integers(8, 60, (schools, 1))
    noise = rng.standard_normal((schools, 3)) @ np.linalg.cholesky(errors).T
    published = score + noise * (32 / n) ** 0.5
    panels = [panel_of(published[:, [s]], n=n, years=(2019,)) for s in range(3)]
    return score, [fit_scores(p, m) for p, m in zip(panels, SUBJECTS, strict=True)]


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, SubjectScores]:
    score, apart = draw_subjects(1)
    return score, fit_subjects(apart, correlation=SHARED, varied=(0.4, 0.8))


def test_other_subjects_make_a_school_better_known(drawn: tuple[np.ndarray, SubjectScores]) -> None:
    score, subjects = drawn
    true = score[:, 0] - score[:, 0].mean()
    together = score_subject(subjects, 0, draws=200)
    assert np.mean(np.abs(together.effect - true) < 1.959964 * together.se) == pytest.approx(0.95, abs=0.03)
    alone = subjects.apart[0]
    shrunk = alone.fit.level / (alone.fit.level + alone.variance[:, 0]) * (alone.value[:, 0] - alone.fit.mean)
    assert np.mean((together.effect - true) ** 2) < np.mean((shrunk - true) ** 2)
    assert together.ranks.p_top is not None
    assert together.ranks.p_top.mean() == pytest.approx(0.2)


def test_the_answer_shows_how_much_hangs_on_the_correlation(
    drawn: tuple[np.ndarray, SubjectScores],
) -> None:
    rows = subjects_to_rows(drawn[1])
    assert [row["correlation"] for row in rows] == [0.4] * 3 + [0.6] * 3 + [0.8] * 3
    assert [row["used"] for row in rows] == [False] * 3 + [True] * 3 + [False] * 3
    assert all((row["largest_change"] == 0) == row["used"] for row in rows)
    true = [
        row["true_correlations"]["ks2.maths_progress"] for row in rows if row["measure"] == SUBJECTS[0].name
    ]
    assert true[0] > true[1] > true[2]  # the more chance is shared, the less true scores need to go together
    assert true[1] == pytest.approx(TRUE, abs=0.08)


def test_a_school_without_one_subject_keeps_the_others() -> None:
    _, apart = draw_subjects(2, schools=100)
    short = fit_scores(panel_of(apart[1].value[:90], n=apart[1].n[:90], years=(2019,)), SUBJECTS[1])
    subjects = fit_subjects([apart[0], short], correlation=SHARED)
    assert len(subjects.school) == 100
    assert len(score_subject(subjects, 0, draws=100).effect) == 100
    assert len(score_subject(subjects, 1, draws=100).effect) == 90


def test_several_measures_over_several_years_are_refused() -> None:
    value = np.random.default_rng(1).normal(0, 2, (30, 2))
    apart = [fit_scores(panel_of(value, n=np.full(value.shape, 30)), one) for one in SUBJECTS]
    with pytest.raises(NoUsableYears, match="Name one year, such as --years 2017"):
        fit_subjects(apart, correlation=SHARED)
