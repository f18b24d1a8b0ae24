"""Which backups were made, so that it is known how old the last one is and which still hold somebody."""

from __future__ import annotations

from pathlib import Path

from django.db import models


class Backup(models.Model):
    """One backup's file; the row stays when the file is gone."""

    made = models.DateTimeField(db_index=True, help_text="The moment whose state it holds.")
    folder = models.CharField(max_length=1000)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    with_secrets = models.BooleanField(default=False)
    removed = models.DateTimeField(null=True, default=None)

    class Meta:
        ordering = ["-made"]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(self.folder) / self.name
