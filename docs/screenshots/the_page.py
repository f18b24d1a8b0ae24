"""The page of the manual that shows the pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

HEAD = """# The pages, one by one

Every page of the web application, as the demonstration shows it: pupils of Tennessee's STAR study, and people
who are made up. `make demo` opens it; `make screenshots` takes these pictures anew.
"""


def write(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Write it: for each picture a sentence, and words for those who do not see it."""
    lines = [HEAD]
    for title, shots in sections.items():
        lines.append(f"## {title}\n")
        for route, shot in shots.items():
            whom = (
                f"as the {shot.reader} of the demonstration sees it" if shot.reader else "before signing in"
            )
            lines.append(f"**{shot.said}**\n")
            lines.append(f"![The page {route.replace('_', ' ')}, {whom}.](../screens/{route}.png)\n")
    return "\n".join(lines)
