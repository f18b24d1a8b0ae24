"""The app of keeping."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class KeepingConfig(AppConfig):
    name = "upwards.web.keeping"
    label = "keeping"
    verbose_name = "Keeping"

    def ready(self) -> None:
        import_module("upwards.web.keeping.erasures")  # its receivers
        import_module("upwards.web.keeping.withdrawals")  # its receivers
