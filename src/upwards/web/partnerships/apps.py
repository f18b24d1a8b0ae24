"""The app of partnerships."""

from __future__ import annotations

from django.apps import AppConfig


class PartnershipsConfig(AppConfig):
    name = "upwards.web.partnerships"
    label = "partnerships"
    verbose_name = "Partnerships"
