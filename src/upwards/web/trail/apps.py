"""The app of the audit trail."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "upwards.web.trail"
    label = "trail"
    verbose_name = "Trail"

    def ready(self) -> None:
        import_module("upwards.web.trail.sign_ins")  # its receivers
