"""The app of tokens."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "upwards.web.tokens"
    label = "tokens"
    verbose_name = "Tokens"

    def ready(self) -> None:
        import_module("upwards.web.tokens.ending")  # its receivers
