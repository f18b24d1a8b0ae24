"""The forms of my classes."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from upwards.web.form_texts import PlainTexts
from upwards.web.people.models import ClassCheck, Verdict

SHARE_HINT = "Only where you shared it: 1 to 99, such as 50 for half."


class ClassCheckForm(forms.Form):
    """What is right about one class; left open it stays as it is."""

    verdict = forms.ChoiceField(
        label="What is right", choices=Verdict.choices, widget=forms.RadioSelect, required=False
    )
    percent = forms.IntegerField(
        label="Your share in percent", min_value=1, max_value=99, required=False, help_text=SHARE_HINT
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        _clean_share(self, given)
        return given


class ClassAddForm(PlainTexts, forms.ModelForm[ClassCheck]):
    """A class that is missing from what the results attribute."""

    verdict = forms.ChoiceField(
        label="Did you teach it alone?",
        choices=[(one.value, one.label) for one in (Verdict.MINE, Verdict.SHARED)],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = ClassCheck
        fields: ClassVar[list[str]] = ["class_name", "subject", "year", "verdict", "percent"]
        labels: ClassVar[dict[str, str]] = {"year": "Academic year"}
        help_texts: ClassVar[dict[str, str]] = {
            "class_name": "As the results name it.",
            "subject": "As the results name it.",
            "year": "By the year in which it ends: 2026 for 2025/26.",
            "percent": SHARE_HINT,
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        _clean_share(self, given)
        if given.get("year") is not None and not 1990 <= given["year"] <= 2100:
            self.add_error("year", "Give the year in which the academic year ends, with four digits.")
        return given


def _clean_share(form: forms.BaseForm, given: dict[str, Any]) -> None:
    """A share belongs to a shared class and to no other."""
    if given.get("verdict") == Verdict.SHARED:
        if given.get("percent") is None and "percent" not in form.errors:
            form.add_error("percent", "Say how much of the teaching was yours.")
    else:
        given["percent"] = None
