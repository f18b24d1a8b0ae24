"""The app of data controllers."""

from __future__ import annotations

from django.apps import AppConfig


class ControllersConfig(AppConfig):
    name = "upwards.web.controllers"
    label = "controllers"
    verbose_name = "Data controllers"
