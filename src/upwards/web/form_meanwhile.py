"""Two windows on one row: what somebody else kept meanwhile is not overwritten unseen."""

from __future__ import annotations

import hashlib
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict

SEEN: Final = "seen"
MEANWHILE: Final = (
    "Somebody else, or you in another window, changed this since you opened it. What you typed is still "
    "below: look at the page in another window, bring both together, and keep it again."
)


class Meanwhile(forms.BaseModelForm[Any]):
    """A form that remembers what it showed, and asks once more where the row is another by now."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.held = self._digest()
            self.fields[SEEN] = forms.CharField(
                required=False, max_length=64, widget=forms.HiddenInput, initial=self.held
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get(SEEN) and given[SEEN] != self.held:
            given_again: Any = self.data
            self.data = given_again = given_again.copy()
            given_again[self.add_prefix(SEEN)] = self.held  # kept again, it is meant
            raise ValidationError(MEANWHILE)
        return given

    def _digest(self) -> str:
        row = model_to_dict(self.instance, fields=self._meta.fields)
        return hashlib.sha256(repr(sorted(row.items())).encode()).hexdigest()
