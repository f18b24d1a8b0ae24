"""The app of tokens."""

from __future__ import annotations

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "upwards.web.tokens"
    label = "tokens"
    verbose_name = "Tokens"

    def ready(self) -> None:
        from upwards.web.tokens import ending  # noqa: F401  (its receivers)
