"""Texts that people type into forms, kept without signs that do something instead of being read."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from upwards.web.plain_text import plain_lines, plain_text

NO_NAMES: Final = "Write no names of pupils or colleagues, and no results of anybody."


class PlainTexts(forms.BaseForm):
    """A form whose texts are made plain before anything else is asked of them.

    What is blank then is missing, so a required text stays required. Left as they came are passwords and
    other texts with ``strip=False``, and hidden fields: these hold keys that are compared, never shown.
    """

    def full_clean(self) -> None:
        self.data = self._plain_data(self.data)
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        return super().clean() or {}

    def _plain_data(self, data: Any) -> Any:
        given = data.copy()
        for name, field in self.fields.items():
            key = self.add_prefix(name)
            if is_plain(field) and isinstance(given.get(key), str):
                given[key] = _plain(given[key], field)
        return given


def is_plain(field: forms.Field) -> bool:
    """Say whether a field takes a text that is made plain."""
    return isinstance(field, forms.CharField) and field.strip and not field.widget.is_hidden


def _plain(text: str, field: forms.Field) -> str:
    return plain_lines(text) if isinstance(field.widget, forms.Textarea) else plain_text(text, len(text))
