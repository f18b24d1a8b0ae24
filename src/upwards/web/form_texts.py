"""Texts that people type into forms, kept without signs that do something instead of being read."""

from __future__ import annotations

from typing import Any

from django import forms

from upwards.web.data.names import plain_text


def plain_lines(text: str) -> str:
    """Return a text of several lines in which each is plain."""
    return "\n".join(plain_text(line) for line in text.splitlines()).strip()


class PlainTexts(forms.BaseForm):
    """A form whose texts are made plain; what is blank then counts as missing."""

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        for name, value in list(given.items()):
            if not isinstance(value, str) or not isinstance(self.fields[name], forms.CharField):
                continue
            given[name] = plain_lines(value)
            if value and not given[name] and self.fields[name].required:
                self.add_error(name, "This field is required.")
        return given
