"""The app of my classes."""

from __future__ import annotations

from django.apps import AppConfig


class RostersConfig(AppConfig):
    name = "upwards.web.rosters"
    label = "rosters"
    verbose_name = "Rosters"
