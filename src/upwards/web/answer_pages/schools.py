"""Schools: all of them by name, each with its stage."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse

from upwards.core.name_order import in_order
from upwards.reports.tables import Table
from upwards.web.access import Reader
from upwards.web.answer_pages.asking import ask, require_table, seen_schools, sees_everything
from upwards.web.answer_pages.contents import Contents, Section, count, notes_of, settings_of
from upwards.web.form_texts import PlainTexts

STAGES = {
    "share within": "its teams differ, and one of them knows how: the knowledge is inside",
    "link out": "its teams are even and not high: the knowledge is outside",
    "grow the top": "high and even: peers at the same level, research, structured innovation",
    "leaders decide": "the results cannot tell: the people who know the school decide",
}
COLUMNS = {"school": "school", "stage": "stage", "n_teams": "teams", "subjects": "by subject"}


class Search(PlainTexts, forms.Form):
    """Find schools by a part of the name, and by stage."""

    q = forms.CharField(required=False, max_length=100, label="Name", help_text="A part of it is enough.")
    stage = forms.ChoiceField(
        required=False, label="Stage", choices=[("", "All"), *((name, name) for name in STAGES)]
    )

    def chosen(self) -> tuple[str, str]:
        valid = self.is_valid()
        return (self.cleaned_data["q"].casefold().strip(), self.cleaned_data["stage"]) if valid else ("", "")


def schools(reader: Reader, given: QueryDict) -> Contents:
    require_table("results")
    found = ask(reader, "stage")
    form = Search(given)
    part, stage = form.chosen()
    rows = school_rows(found["schools"], seen_schools(reader))
    shown = [row for row in rows if part in row["school"].casefold() and stage in ("", row["stage"])]
    return Contents(
        page="schools",
        title="Schools",
        lead=[_lead(len(rows), len(shown), whole=sees_everything(reader))],
        form=form,
        button="Search",
        sections=(_list(shown),),
        statistics=(Section(title="What the stages mean", items=_meanings(), closed=True),),
        settings=settings_of(found),
        notes=notes_of(found),
    )


def school_rows(answers: list[Any], names: list[str]) -> list[dict[str, Any]]:
    """Return a row for every school that the reader may see, also those that the answer says nothing of."""
    over_all = {row["school"]: row for row in answers if row["subject"] is None}
    rows = []
    for name in sorted(names, key=in_order):
        mine = over_all.get(name, {})
        subjects = [f"{r['subject']}: {r['stage']}" for r in answers if r["school"] == name and r["subject"]]
        rows.append(
            {
                "school": name,
                "stage": mine.get("stage", "not measured"),
                "n_teams": mine.get("n_teams"),
                "subjects": "; ".join(subjects),
                "href": reverse("school", args=[name]),
            }
        )
    return rows


def _lead(n: int, shown: int, *, whole: bool) -> str:
    whose = "this group" if whole else "yours"
    said = f"{count(n, 'school')} of {whose}, by name." if whole else f"{count(n, 'school')}: {whose}."
    return said if shown == n else f"{shown} of {count(n, 'school')} match."


def _list(rows: list[dict[str, Any]]) -> Section:
    if not rows:
        return Section(said=["No school matches. Shorten the name, or choose all stages."])
    return Section(tables=(Table("schools", "Schools", COLUMNS, rows, {"n_teams": "whole"}),))


def _meanings() -> list[str]:
    return [f"{name[:1].upper()}{name[1:]}: {meaning}." for name, meaning in STAGES.items()]
