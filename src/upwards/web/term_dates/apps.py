"""The app of term dates."""

from __future__ import annotations

from django.apps import AppConfig


class TermDatesConfig(AppConfig):
    name = "upwards.web.term_dates"
    label = "term_dates"
    verbose_name = "Term dates"
