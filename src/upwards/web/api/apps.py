"""The app of the interface for programs."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "upwards.web.api"
    label = "api"
    verbose_name = "Interface for programs"
