"""Choices that depend on who reads, given to a form when it is made."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

Choice = tuple[str, str | list[tuple[str, str]]]
"""A value with its label, or a heading with the values under it."""


def offer(form: forms.BaseForm, name: str, choices: Iterable[Choice]) -> None:
    """Let a field of a form offer these choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField), name
    field.choices = list(choices)
