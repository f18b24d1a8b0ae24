"""Reading what may name teams of one or two people who agreed is written down, for pages and programs."""

from __future__ import annotations

from django.http import HttpRequest

from upwards.web.access import audience, reader_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record


def note_naming(request: HttpRequest, about: str) -> None:
    """Write down that the reader was given something that may name people who agreed."""
    if audience(reader_of(request)).agreed:
        record(request, What.READ, "people.agreement", detail=f"{about}: teams named by agreement")
