"""The app of the pages on people."""

from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "upwards.web.directory"
    label = "directory"
    verbose_name = "Directory"
