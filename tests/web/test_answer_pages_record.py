"""Convergence and groups: pages on the public record, the same for all who may see them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from tests.reports.small_country import make_country
from tests.web.test_answer_pages import charts_of, finished, rows_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_country(tmp_path_factory.mktemp("country") / "w")


@pytest.fixture(autouse=True)
def public_record(country, settings):
    settings.UPWARDS_WORKSPACE = country


def test_convergence_is_told_in_a_sentence_with_its_caution(owner):
    answer = finished(owner, reverse("convergence"))
    text = text_of(answer)
    assert "whether the top rose cannot be told" in text
    assert "is norm-referenced" in text
    assert "What chance alone would show" in text
    charts = charts_of(answer)
    assert charts
    assert all(owner.get(one).content.startswith(b"<svg") for one in charts)


def test_the_inside_of_regions_is_listed_by_name(owner):
    answer = finished(owner, reverse("convergence") + "?by=region")
    assert "Inside regions" in text_of(answer)
    rows = rows_of(owner.get(reverse("convergence") + "?by=region&format=csv&table=inside"))[1:]
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_a_measure_that_is_not_held_is_refused(owner):
    assert finished(owner, reverse("convergence") + "?measure=nonsense").status_code == 422


def test_a_teacher_sees_convergence_without_the_comparison_of_regions(teacher):
    text = text_of(finished(teacher, reverse("convergence")))
    assert "What chance alone would show" in text
    assert "London and the rest" not in text


def test_groups_are_listed_by_name_and_never_ranked(owner):
    answer = finished(owner, reverse("groups"))
    text = text_of(answer)
    assert "All groups, by name" in text
    assert "high-performing" in text
    for chart in charts_of(answer):
        assert owner.get(chart).status_code == 200
    rows = rows_of(owner.get(reverse("groups") + "?format=csv&table=groups"))
    assert len(rows) > 1
    assert "http" not in str(rows)


def test_one_group_is_found_by_a_part_of_its_name_or_its_code(researcher):
    finished(researcher, reverse("groups"))
    answer = researcher.get(reverse("groups") + "?group=T0")
    assert answer.status_code == 200
    assert "Its schools" in text_of(answer)
    chart = charts_of(answer)
    assert all("group=T0" in one and researcher.get(one).status_code == 200 for one in chart)


def test_an_unknown_group_is_refused_with_a_reason(owner):
    finished(owner, reverse("groups"))
    answer = owner.get(reverse("groups") + "?group=Nowhere")
    assert answer.status_code == 422
    assert "No group that is compared" in text_of(answer)


def test_the_measures_that_are_held_are_offered(owner):
    assert "Progress in reading" in finished(owner, reverse("convergence")).content.decode()


def test_own_results_are_not_there_yet(owner):
    assert "upwards import RESULTS.csv" in text_of(owner.get(reverse("spread")))
