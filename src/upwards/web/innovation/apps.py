"""The app of innovation."""

from __future__ import annotations

from django.apps import AppConfig


class InnovationConfig(AppConfig):
    name = "upwards.web.innovation"
    label = "innovation"
    verbose_name = "Innovation"
