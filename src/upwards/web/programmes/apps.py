"""The app of programmes."""

from __future__ import annotations

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    name = "upwards.web.programmes"
    label = "programmes"
    verbose_name = "Programmes"
