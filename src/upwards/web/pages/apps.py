"""The app of the first page and of errors."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "upwards.web.pages"
    label = "pages"
    verbose_name = "Pages"
