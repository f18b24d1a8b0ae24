"""The app of the page of settings."""

from __future__ import annotations

from django.apps import AppConfig


class ThresholdsConfig(AppConfig):
    name = "upwards.web.thresholds"
    label = "thresholds"
    verbose_name = "Thresholds"
