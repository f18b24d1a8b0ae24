"""The app of tokens."""

from __future__ import annotations

from django.apps import AppConfig


class TokensConfig(AppConfig):
    name = "upwards.web.tokens"
    label = "tokens"
    verbose_name = "Tokens"
