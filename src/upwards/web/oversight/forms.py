"""The forms of oversight."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from upwards.web.accounts.models import User
from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field
from upwards.web.form_texts import PlainTexts
from upwards.web.trail.models import AuditEntry, What


class TrailFilter(forms.Form):
    """Which entries are shown; kept in the address."""

    who: forms.ModelChoiceField[User] = forms.ModelChoiceField(
        User.objects.order_by("name", "email"), label="Person", required=False, empty_label="Everybody"
    )
    what = forms.ChoiceField(
        label="What was done", choices=[("", "Everything"), *What.choices], required=False
    )
    kind = forms.ChoiceField(label="Kind of thing", required=False)
    since = date_field("From", required=False)
    until = date_field("To, that day included", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = AuditEntry.objects.order_by("kind").values_list("kind", flat=True).distinct()
        offer(self, "kind", [("", "Everything"), *((one, one) for one in kinds)])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", "This day lies before the first.")
        return given


class EraseForm(PlainTexts, forms.Form):
    """Erasing cannot be undone, so the word is typed."""

    also_results = forms.BooleanField(
        label="Also in results and rosters",
        required=False,
        initial=True,
        help_text="Takes the code in the files out of every snapshot. It has to be recorded.",
    )
    word = forms.CharField(label="Type the word erase", max_length=10)

    def clean_word(self) -> str:
        word = str(self.cleaned_data["word"]).lower()
        if word != "erase":
            raise ValidationError("Type erase, or leave the page; nothing was erased.")
        return word
