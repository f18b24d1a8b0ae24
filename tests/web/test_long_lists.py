"""Tables and lists of choices that are written in one piece say and escape what a template would."""

from __future__ import annotations

import datetime

import pytest
from django import forms
from django.template import Context, Template
from django.template.loader import render_to_string
from django.utils.html import format_html

from upwards.web.table_body import body_of, table_body

EVIL = '<script>alert("1 & 2")</script>\''
CELL_BY_CELL = Template(
    '{% for row in rows %}<tr>{% for one in row %}{% if forloop.first %}<th scope="row">{{ one }}</th>'
    '{% else %}<td{% if forloop.counter0 >= 2 %} class="number"{% endif %}>{{ one }}</td>{% endif %}'
    "{% endfor %}</tr>{% if not forloop.last %}\n{% endif %}{% endfor %}"
)


@pytest.fixture
def rows():
    link = format_html('<a href="{}">{}</a>', "/schools/a&b/", EVIL)
    return [
        [EVIL, "plain", 1234, 2.5],
        [link, datetime.date(2026, 11, 22), None, True],
        ["moment", datetime.datetime(2026, 7, 1, 23, 30, tzinfo=datetime.UTC), 0, ""],
    ]


def test_rows_are_what_a_template_writes_cell_by_cell(rows):
    assert table_body(rows, 4, 2) == CELL_BY_CELL.render(Context({"rows": rows}))
    assert "<script" not in table_body(rows, 4, 2)


def test_figures_stand_in_the_columns_that_are_named(rows):
    assert body_of(rows[:1], 4, {1}).count('<td class="number">plain</td>') == 1
    assert 'class="number"' not in table_body(rows, 4, "")


def test_an_empty_table_says_so_across_its_columns():
    said = '<tr><td colspan="3">Nothing yet.</td></tr>'
    assert body_of([], 3, ()) == said
    about = {"caption": "Of nothing", "columns": ["What", "When", "Hours"], "rows": []}
    assert said in render_to_string("partials/table.html", about)


class Choosing(forms.Form):
    school = forms.ChoiceField(choices=[("", "All"), ("Inside", [(EVIL, EVIL), ("a", "A & B")])])
    several = forms.MultipleChoiceField(choices=[("1", "One"), ("2", "Two"), ("3", "Three")])


class AsDjangoDoes(Choosing):
    default_renderer = forms.renderers.DjangoTemplates


@pytest.mark.parametrize("given", [{}, {"school": "a", "several": ["1", "3"]}, {"school": EVIL}])
def test_choices_are_those_that_django_writes(given):
    ours, theirs = (
        str(form(given)["school"]) + str(form(given)["several"]) for form in (Choosing, AsDjangoDoes)
    )
    assert "".join(ours.split()) == "".join(theirs.split())
    assert "<script" not in ours
