"""What a school is doing, for its own page: ``{% doing reader school as groups %}``."""

from __future__ import annotations

from django import template

from upwards.web.access import Reader
from upwards.web.doing import Doing
from upwards.web.innovation.of_school import of_school as pilots
from upwards.web.practices.of_school import shared_by, taken_up_by
from upwards.web.programmes.of_school import of_school as programmes
from upwards.web.reviews.of_school import of_school as reviews

register = template.Library()
TELLING = (
    ("Pilots that run", pilots),
    ("Programmes", programmes),
    ("Practices it shares", shared_by),
    ("Practices it took up", taken_up_by),
    ("Reviews by peers", reviews),
)


@register.simple_tag
def doing(reader: Reader, school: str) -> list[tuple[str, list[Doing]]]:
    """Return what the reader may see of it, under a heading each; nothing where there is nothing."""
    found = ((heading, told(reader, school)) for heading, told in TELLING)
    return [(heading, rows) for heading, rows in found if rows]
