"""What is written down: reads of personal data, and every change, by name of field and never by value."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models, transaction

from upwards.web.request_log import REQUEST_ID
from upwards.web.trail.acting import who_acts


class What(models.TextChoices):
    READ = "read", "Read"
    CREATED = "created", "Created"
    CHANGED = "changed", "Changed"
    DELETED = "deleted", "Deleted"
    EXPORTED = "exported", "Exported"
    DID = "did", "Did"


class AuditEntry(models.Model):
    """One thing that somebody did; never changed."""

    at = models.DateTimeField(auto_now_add=True, db_index=True)
    who = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="audit_entries"
    )
    what = models.CharField(max_length=16, choices=What.choices)
    kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    request = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["kind", "object_id"])]

    def __str__(self) -> str:
        return f"{self.what} {self.kind} {self.object_id}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(*args, **kwargs)


def write_entry(
    what: str, kind: str, object_id: object = "", *, detail: str = "", who: int | None = None
) -> None:
    """Write one entry down; `record` is what a view calls."""
    AuditEntry.objects.create(
        who_id=who if who is not None else who_acts(),
        what=what,
        kind=kind,
        object_id=str(object_id),
        detail=detail[:200],
        request=REQUEST_ID.get(),
    )


class Audited(models.Model):
    """A row whose creation, change and removal are written down, with the names of the changed fields.

    ``QuerySet.update``, ``bulk_create`` and ``QuerySet.delete`` pass it by: do not use them on such rows.
    """

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            before = _values(self) if self.pk else None
            super().save(*args, **kwargs)
            if before is None:
                write_entry(What.CREATED, self._meta.label_lower, self.pk)
                return
            after = _values(self) or {}
            changed = sorted(name for name, value in after.items() if before[name] != value)
            if changed:
                write_entry(What.CHANGED, self._meta.label_lower, self.pk, detail=", ".join(changed))

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            key = self.pk
            done = super().delete(*args, **kwargs)
            write_entry(What.DELETED, self._meta.label_lower, key)
        return done


def _values(row: models.Model) -> dict[str, Any] | None:
    found: dict[str, Any] | None = type(row)._default_manager.filter(pk=row.pk).values().first()
    return found
