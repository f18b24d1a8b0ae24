"""The app of sharing agreements' pages."""

from __future__ import annotations

from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "upwards.web.sharing"
    label = "sharing"
    verbose_name = "Sharing agreements"
