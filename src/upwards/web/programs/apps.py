"""The app of programs."""

from __future__ import annotations

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "upwards.web.programs"
    label = "programs"
    verbose_name = "Programs"
