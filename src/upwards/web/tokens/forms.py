"""What a new token is for."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from upwards.web.form_choices import offer
from upwards.web.form_fields import date_field
from upwards.web.form_texts import PlainTexts
from upwards.web.tokens.models import LONGEST_TITLE, longest
from upwards.web.tokens.scopes import Scope

USUAL = datetime.timedelta(days=90)


class TokenForm(PlainTexts, forms.Form):
    """Title, scopes, schools and last day."""

    title = forms.CharField(
        max_length=LONGEST_TITLE, label="What is the program?", help_text="Such as: dashboard of the trust."
    )
    scopes = forms.MultipleChoiceField(
        label="What may it do?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Tick only what it needs. It never sees more than you do.",
    )
    schools = forms.MultipleChoiceField(
        required=False,
        label="About which schools?",
        widget=forms.CheckboxSelectMultiple,
        help_text="None ticked: all that you see.",
    )
    expires = date_field("Last day")

    def __init__(self, *args: Any, scopes: Iterable[Scope], schools: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "scopes", [(one.value, one.label) for one in scopes])
        offer(self, "schools", [(one, one) for one in schools])
        today = timezone.localdate()
        self.last = today + longest()
        first = today + datetime.timedelta(days=1)
        self.fields["expires"].initial = min(today + USUAL, self.last)
        self.fields["expires"].help_text = f"Then it ends by itself; {self.last:%-d %B %Y} at the latest."
        self.fields["expires"].widget.attrs |= {"min": first.isoformat(), "max": self.last.isoformat()}

    def clean_expires(self) -> datetime.date:
        chosen: datetime.date = self.cleaned_data["expires"]
        if not timezone.localdate() < chosen <= self.last:
            raise ValidationError(f"Choose a day after today, and not after {self.last:%-d %B %Y}.")
        return chosen
