"""The app of the practice library."""

from __future__ import annotations

from django.apps import AppConfig


class PracticesConfig(AppConfig):
    name = "upwards.web.practices"
    label = "practices"
    verbose_name = "Practice library"
