"""The settings of the workspace that is served, as they stand now."""

from __future__ import annotations

import datetime

from django.conf import settings

from upwards.core.settings import Settings


def rules() -> Settings:
    """Return what holds now; the file is small and read each time, so a change holds at once."""
    return Settings.load(settings.UPWARDS_WORKSPACE / "upwards.toml")


def days(name: str) -> datetime.timedelta:
    """Return a setting in days or weeks as a length of time."""
    known = rules()
    unit = "weeks" if known[name].unit == "weeks" else "days"
    return datetime.timedelta(**{unit: known.count(name)})
