"""The app of the audit trail."""

from __future__ import annotations

from django.apps import AppConfig


class TrailConfig(AppConfig):
    name = "upwards.web.trail"
    label = "trail"
    verbose_name = "Trail"

    def ready(self) -> None:
        from upwards.web.trail import sign_ins  # noqa: F401  (its receivers)
