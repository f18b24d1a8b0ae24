"""Fields that stand in the forms of several apps: a day, hours, a text of several lines."""

from __future__ import annotations

from typing import Any

from django import forms

QUARTER = 0.25
"""Hours are counted in quarters."""


def day_input() -> forms.DateInput:
    """Return the control that browsers show as a calendar; they take a day in this form only."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def date_field(label: str, **more: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=day_input(), **more)


def hours_field(label: str, most: float, *, least: float = QUARTER, **more: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": str(QUARTER), "inputmode": "decimal"})
    return forms.FloatField(label=label, min_value=least, max_value=most, widget=widget, **more)


def text_field(label: str, *, rows: int = 3, max_length: int = 2000, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=max_length, widget=widget, **more)
