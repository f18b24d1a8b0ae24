"""Filters and limits of a page, kept in its address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from upwards.core.errors import UserError, near_misses
from upwards.core.name_order import in_order
from upwards.web.form_texts import PlainTexts

SEPARATOR = " / "
Rows = Iterable[Mapping[str, Any]]


class UnknownFilter(UserError, LookupError):
    """A filter in the address names what there is not."""


class Filters(forms.Form):
    """Narrow what is shown to a subject, a stage, a school: those that the answer holds."""

    def __init__(self, given: QueryDict, choices: Mapping[str, Iterable[str]]) -> None:
        super().__init__(given)
        self.known: dict[str, list[str]] = {}
        for name, values in choices.items():
            known = sorted({value for value in values if value}, key=in_order)
            if len(known) > 1 or given.get(name):
                self.known[name] = known
                every = [("", "All"), *((value, value) for value in known)]
                self.fields[name] = forms.ChoiceField(choices=every, required=False, label=name.capitalize())

    def chosen(self) -> dict[str, str]:
        """Return the filters that are set.

        Raises
        ------
        UnknownFilter
            When one names what there is not, or what the reader may not see.
        """
        if not self.is_valid():
            name = next(iter(self.errors))
            close = near_misses(str(self.data.get(name)), self.known[name])
            raise UnknownFilter(
                f"Nothing here belongs to that {name}{close or '.'} Choose among those offered."
            )
        return {name: value for name, value in self.cleaned_data.items() if value}


def keep(rows: Rows, chosen: Mapping[str, str]) -> list[Any]:
    """Return the rows that have every chosen value; what a row does not name does not count against it."""
    return [row for row in rows if all(row.get(name, value) == value for name, value in chosen.items())]


class Limits(PlainTexts, forms.Form):
    """What a plan may use, and who asks for help."""

    total_hours = forms.FloatField(
        required=False, min_value=1, max_value=1_000_000, label="Hours in all",
        help_text="Hours that everybody together can be freed for, what is under way included. "
        "Empty: only the limits of each team.",
    )  # fmt: skip
    money = forms.FloatField(
        required=False, min_value=0, max_value=1_000_000_000, label="Money in all",
        help_text="In your currency. Needs the cost of an hour.",
    )  # fmt: skip
    cost_per_hour = forms.FloatField(
        required=False, min_value=0, max_value=100_000, label="Cost of one hour", help_text="Of release time."
    )
    stage_order = forms.CharField(
        required=False, max_length=400, label="Stages from first to last",
        help_text="With commas between them, such as: year 5, year 6. Then neighbouring stages can work "
        "together.",
    )  # fmt: skip
    asks = forms.MultipleChoiceField(
        required=False, label="Teams that ask for help",
        help_text="They are served first, whatever their results. Hold Ctrl or Command to choose several.",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )  # fmt: skip

    def __init__(
        self, given: QueryDict, teams: Iterable[tuple[str, str, str]], stages: Iterable[str]
    ) -> None:
        super().__init__(given)
        self.stages = frozenset(stages)
        asks: Any = self.fields["asks"]
        asks.choices = [(SEPARATOR.join(team), SEPARATOR.join(team)) for team in teams]
        self.teams = {SEPARATOR.join(team): team for team in teams}

    def clean_stage_order(self) -> list[str]:
        named = [one.strip() for one in self.cleaned_data["stage_order"].split(",") if one.strip()]
        for one in named:
            if one not in self.stages:
                known = ", ".join(sorted(self.stages, key=in_order))
                raise forms.ValidationError(f"There is no stage “{one}”. There are: {known}.")
        if len(set(named)) != len(named):
            raise forms.ValidationError("A stage is named twice.")
        return named

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("money") is not None and not given.get("cost_per_hour"):
            self.add_error("cost_per_hour", "Say what one hour costs, so that the money can be counted.")
        return given

    def arguments(self) -> dict[str, Any]:
        """Return what the plan is asked for; nothing that was left empty."""
        given = self.cleaned_data
        found = {name: given[name] for name in ("total_hours", "money", "cost_per_hour", "stage_order")}
        found["asks_for_help"] = [list(self.teams[one]) for one in given["asks"]]
        return {name: value for name, value in found.items() if value not in (None, [], "")}
