"""Fields that stand in the forms of several apps: a day, hours, a text of several lines."""

from __future__ import annotations

import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

QUARTER = 0.25
"""Hours are counted in quarters."""
FIRST_YEAR: Final = 1950
LAST_YEAR: Final = 2100


def plausible_day(day: datetime.date) -> None:
    """Refuse a year that is a slip of the hand: a browser takes 26 for the year 26."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            f"The year {day.year}? Write one from {FIRST_YEAR} to {LAST_YEAR}, with four digits."
        )


class DayInput(forms.DateInput):
    """The control that browsers show as a calendar; they take a day in this form only."""

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d", attrs={"type": "date"})


class DayField(forms.DateField):
    widget = DayInput
    default_validators = [plausible_day]


def date_field(label: str, **more: Any) -> DayField:
    return DayField(label=label, **more)


def hours_field(label: str, most: float, *, least: float = QUARTER, **more: Any) -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": str(QUARTER), "inputmode": "decimal"})
    return forms.FloatField(label=label, min_value=least, max_value=most, widget=widget, **more)


def text_field(label: str, *, rows: int = 3, max_length: int = 2000, **more: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=max_length, widget=widget, **more)
