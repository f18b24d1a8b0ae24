"""The app of the answers' pages."""

from __future__ import annotations

from django.apps import AppConfig


class AnswerPagesConfig(AppConfig):
    name = "upwards.web.answer_pages"
    label = "answer_pages"
    verbose_name = "Answer pages"
