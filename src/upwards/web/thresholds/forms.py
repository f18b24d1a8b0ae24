"""The form of one setting."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from upwards.core.settings import Setting, Value
from upwards.web.form_texts import PlainTexts

LONGEST = 300


class SettingForm(PlainTexts, forms.Form):
    """A new value of the same kind, and why."""

    value = forms.CharField(label="Value", max_length=120)
    lower = forms.FloatField(label="Lower bound of what is plausible", required=False)
    upper = forms.FloatField(label="Upper bound of what is plausible", required=False)
    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In a sentence. Answers print it beside the value. No person's name, please.",
    )
    source = forms.CharField(
        label="Source",
        max_length=LONGEST,
        initial="agreed in this group",
        help_text="A publication, a decision of the heads, a computation.",
    )

    def __init__(self, *args: Any, setting: Setting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.setting = setting
        value = setting.value
        if isinstance(value, bool):
            self.fields["value"] = forms.ChoiceField(label="Value", choices=[("yes", "Yes"), ("no", "No")])
        else:
            self.fields["value"].help_text = f"In {setting.unit}." + (
                " Several, separated by commas." if isinstance(value, tuple) else ""
            )
        self.fields["value"].initial = written(value)
        self.order_fields(["value", "lower", "upper", "reason", "source"])
        if setting.lower is None:
            del self.fields["lower"], self.fields["upper"]
        else:
            self.fields["lower"].initial, self.fields["upper"].initial = setting.lower, setting.upper

    def clean_value(self) -> Value:
        text, known = str(self.cleaned_data["value"]), self.setting.value
        if isinstance(known, bool):
            return text == "yes"
        if isinstance(known, str):
            return text
        numbers = tuple(_number(part) for part in text.split(",") if part.strip())
        if isinstance(known, tuple):
            return numbers
        if len(numbers) != 1:
            raise ValidationError("This is one number; write parts of one with a point, such as 0.15.")
        return numbers[0]


def written(value: Value) -> str:
    """Write a value as the form takes it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"{one:g}" for one in value)
    return value if isinstance(value, str) else f"{value:g}"


def _number(text: str) -> float | int:
    try:
        number = float(text)
    except ValueError:
        raise ValidationError(f"{text.strip()!r} is not a number. Write it like 0.15.") from None
    if not math.isfinite(number):
        raise ValidationError("This has to be a number with an end.")
    return int(number) if number.is_integer() and "." not in text else number
