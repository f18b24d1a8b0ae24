"""The app of keeping."""

from __future__ import annotations

from django.apps import AppConfig


class KeepingConfig(AppConfig):
    name = "upwards.web.keeping"
    label = "keeping"
    verbose_name = "Keeping"

    def ready(self) -> None:
        from upwards.web.keeping import erasures, withdrawals  # noqa: F401  (their receivers)
