"""The app of people's accounts."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "upwards.web.accounts"
    label = "accounts"
    verbose_name = "Accounts"
