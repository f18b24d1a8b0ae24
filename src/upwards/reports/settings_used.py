"""The settings that an answer used, as it says them itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def setting_used(answer: Mapping[str, Any], name: str) -> float:
    """Return a setting that an answer used; one that does not say it has a mistake."""
    return float(answer["settings"][name]["value"])
