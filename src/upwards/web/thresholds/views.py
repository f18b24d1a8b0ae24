"""Every threshold, by group; changing one, and going back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.actions.change_setting import change_setting, read_settings, reset_setting
from upwards.core.errors import UserError
from upwards.core.settings import Setting
from upwards.web.access import for_capability, reader_of, require
from upwards.web.health.pulse import FLOOR
from upwards.web.table_files import table_answer, table_of
from upwards.web.thresholds.forms import SettingForm, written
from upwards.web.trail.models import AuditEntry, What
from upwards.web.trail.record import record

KIND = "setting"
HISTORY = 100
COLUMNS = ("name", "value", "lower", "upper", "unit", "reason", "source", "date")
FLOORS = {
    "pulse.min_answers": (
        FLOOR,
        "People answered because nobody can read one answer; no setting takes that back.",
    )
}
"""The least that a setting can be, and why, where a promise rests on it."""


@require_safe
@for_capability("see_settings")
def thresholds(request: HttpRequest) -> HttpResponse:
    held, defaults = read_settings(settings.UPWARDS_WORKSPACE)
    groups: dict[str, list[dict[str, Any]]] = {}
    for name in sorted(held):
        row = _row(name, held[name], defaults[name])
        groups.setdefault(name.partition(".")[0].replace("_", " ").capitalize(), []).append(row)
    if request.GET.get("format"):
        table = table_of("settings", "Settings", COLUMNS, [_line(*one) for one in sorted(held.items())])
        return table_answer(request, [table], "settings", {"Page": "Settings"}, request.GET["format"])
    changes = AuditEntry.objects.filter(kind=KIND).select_related("who")
    about = {
        "groups": groups.items(),
        "n_changed": sum(row["is_changed"] for rows in groups.values() for row in rows),
        "changes": changes[:HISTORY],
        "may_change": reader_of(request).may("change_settings"),
    }
    return render(request, "thresholds/thresholds.html", about)


def _line(name: str, one: Setting) -> list[object]:
    range_of = (one.lower, one.upper)
    said = (one.unit, one.reason, one.source, str(one.date or "not said"))
    value = one.value if type(one.value) in (int, float) else written(one.value)
    return [name, value, *range_of, *said]


def _row(name: str, setting: Setting, default: Setting) -> dict[str, Any]:
    return {
        "name": name,
        "value": written(setting.value),
        "default": written(default.value),
        "setting": setting,
        "unit": setting.unit.removesuffix("s") if setting.value == 1 else setting.unit,
        "is_changed": setting != default,
    }


@require_http_methods(["GET", "POST"])
@for_capability("see_settings")
def threshold(request: HttpRequest, name: str) -> HttpResponse:
    """Show one setting with its history; an owner changes it."""
    held, default = _find(name)
    may_change = reader_of(request).may("change_settings")
    form = SettingForm(request.POST or None, setting=held) if may_change else None
    if request.method == "POST":
        require(reader_of(request), "change_settings")
        if form is not None and form.is_valid() and _change(request, name, form):
            return redirect("settings")
    about = {
        "row": _row(name, held, default),
        "form": form,
        "changes": AuditEntry.objects.filter(kind=KIND, object_id=name).select_related("who")[:HISTORY],
    }
    return render(request, "thresholds/threshold.html", about)


def _find(name: str) -> tuple[Setting, Setting]:
    held, defaults = read_settings(settings.UPWARDS_WORKSPACE)
    if name not in held:
        raise Http404
    return held[name], defaults[name]


def _change(request: HttpRequest, name: str, form: SettingForm) -> bool:
    given = form.cleaned_data
    least, why = FLOORS.get(name, (None, ""))
    if least is not None and given["value"] < least:
        form.add_error("value", f"At least {least}. {why}")
        return False
    try:
        before, after = change_setting(
            name,
            given["value"],
            reason=given["reason"],
            source=given["source"],
            lower=given.get("lower"),
            upper=given.get("upper"),
            folder=settings.UPWARDS_WORKSPACE,
        )
    except UserError as error:  # what the setting cannot be is said beside the field
        form.add_error("value", str(error))
        return False
    _tell(request, name, before, after)
    messages.success(request, "Changed. Answers are computed anew with it when they are next asked for.")
    return True


def _tell(request: HttpRequest, name: str, before: Setting, after: Setting) -> None:
    said = f"from {written(before.value)} to {written(after.value)}: {after.reason}"
    record(request, What.CHANGED, KIND, name, detail=said)


@require_POST
@for_capability("change_settings")
def threshold_reset(request: HttpRequest, name: str) -> HttpResponse:
    _find(name)
    before, after = reset_setting(name, folder=settings.UPWARDS_WORKSPACE)
    _tell(request, name, before, after)
    messages.success(request, "The default holds again.")
    return redirect("settings")
