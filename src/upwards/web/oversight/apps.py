"""The app of oversight."""

from __future__ import annotations

from django.apps import AppConfig


class OversightConfig(AppConfig):
    name = "upwards.web.oversight"
    label = "oversight"
    verbose_name = "Oversight"
