"""The app of invitations."""

from __future__ import annotations

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    name = "upwards.web.invitations"
    label = "invitations"
    verbose_name = "Invitations"
