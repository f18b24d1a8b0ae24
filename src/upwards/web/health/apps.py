"""The app of system health, pulse and attention."""

from __future__ import annotations

from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "upwards.web.health"
    label = "health"
