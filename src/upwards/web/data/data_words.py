"""Words for the templates: lists of headings, and what a reader may do."""

from __future__ import annotations

from django import template

from upwards.web.access import Reader

register = template.Library()


@register.filter
def texts(said: str) -> list[str]:
    """Split at commas."""
    return said.split(",")


@register.filter
def may(reader: Reader, capability: str) -> bool:
    return reader.may(capability)
