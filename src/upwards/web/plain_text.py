"""Texts that came from outside, made plain: without signs that do something instead of being read."""

from __future__ import annotations

import unicodedata

LONGEST_TEXT = 2000
# Controls (escape sequences, line breaks), marks that turn the direction of writing, and halves of signs.
HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def plain_text(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return a text without signs that do something instead of being read."""
    seen = "".join(" " if unicodedata.category(sign) in HIDDEN else sign for sign in text[: 4 * longest])
    kept = " ".join(seen.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def plain_lines(text: str) -> str:
    """Return a text of several lines in which each is plain; nothing is cut."""
    return "\n".join(plain_text(line, len(line)) for line in text.splitlines()).strip()
