"""Travel times between schools that were given or asked for, rather than estimated."""

from __future__ import annotations

from dataclasses import dataclass

from upwards.core.panel import Floats, Texts


@dataclass(frozen=True, slots=True, eq=False)
class TravelTimes:
    """Minutes from one school to another.

    Attributes
    ----------
    start, end
        Shape (P,): codes of the two schools of each pair; one direction is enough, the other is then taken
        to last as long.
    minutes
        Shape (P,): minutes, 0 or more; NaN where no way was found.
    source
        Where they come from, in words, such as a file's name.
    sha256
        SHA-256 of the file, 64 hexadecimal digits; ``""`` where there is no file.
    """

    start: Texts
    end: Texts
    minutes: Floats
    source: str
    sha256: str = ""
