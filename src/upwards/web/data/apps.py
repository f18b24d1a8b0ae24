"""The app of the data."""

from __future__ import annotations

from django.apps import AppConfig


class DataConfig(AppConfig):
    name = "upwards.web.data"
    label = "data"
    verbose_name = "Data"
