"""The app of people's rows."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "upwards.web.people"
    label = "people"
    verbose_name = "People"
