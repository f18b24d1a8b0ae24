"""The app of the page the week starts with."""

from __future__ import annotations

from django.apps import AppConfig


class MondayConfig(AppConfig):
    name = "upwards.web.monday"
    label = "monday"
    verbose_name = "Monday"
