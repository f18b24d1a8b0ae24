"""What a school works on with others, for its own page: ``{% works_with reader school as here %}``."""

from __future__ import annotations

from typing import Any

from django import template

from upwards.web.access import Reader
from upwards.web.partnerships.of_school import of_school

register = template.Library()


@register.simple_tag
def works_with(reader: Reader, school: str) -> dict[str, Any]:
    return of_school(reader, school)
