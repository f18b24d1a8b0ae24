"""What the workspace holds: its state, its coverage, its sources, its past states and its tables."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_http_methods, require_safe

from upwards.actions.compare_snapshots import list_sources, list_states
from upwards.core.shares import as_share
from upwards.core.tables import TABLES
from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.answers import answer_or_job, workspace_facts
from upwards.web.data.described import changes_table, coverage_tables, shown, sources_table, states_table
from upwards.web.data.models import ENDED, Step, Upload
from upwards.web.data.work import due_for_removal
from upwards.web.form_texts import PlainTexts
from upwards.web.jobs.models import Job
from upwards.web.jobs.queue import start_job
from upwards.web.jobs.views import waiting_page
from upwards.web.navigation import address
from upwards.web.roles import LEADS
from upwards.web.table_files import table_answer
from upwards.web.trail.models import What
from upwards.web.trail.record import record

EMPTY = "the empty workspace"


@require_safe
@for_capability("see_data")
def data(request: HttpRequest) -> HttpResponse:
    """Show what there is, and what waits for the reader; lead whoever may bring data in from the start."""
    reader, facts = reader_of(request), workspace_facts()
    mine = list(Upload.objects.filter(owner=reader.user).exclude(step__in=ENDED))
    if facts["snapshot"] is None and not mine and reader.may("change_data"):
        return redirect("data_start")
    if due_for_removal():
        start_job("remove-old-uploads", {})
    rows = [[name.replace("_", " "), f"{n:,}", TABLES[name].meaning] for name, n in facts["tables"].items()]
    about = {"rows": rows, "mine": mine, "created": _day(facts["created"])}
    return render(request, "data/data.html", with_places(request, about))


class NameForm(PlainTexts, forms.Form):
    """Who is at the keyboard."""

    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


@require_http_methods(["GET", "POST"])
@for_capability("change_data")
def data_start(request: HttpRequest) -> HttpResponse:
    """Lead from an empty workspace to the first picture."""
    user, facts = reader_of(request).user, workspace_facts()
    assert user is not None
    form = NameForm(request.POST or None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.save()
        record(request, What.CHANGED, user, detail="name")
        messages.success(request, "Thank you. Now send the first file.")
        return redirect("data_start")
    waiting = Upload.objects.filter(owner=user).exclude(step__in=ENDED).first()
    has_results = "results" in facts["tables"]
    done = {
        "name": bool(user.name),
        "upload": waiting is not None or facts["snapshot"] is not None,
        "mapping": facts["snapshot"] is not None,
        "coverage": has_results,
    }
    about = {"form": form, "waiting": waiting, "done": done, "first_picture": address("where_are_we")}
    return render(request, "data/start.html", about)


@require_safe
@for_capability("see_data")
def data_coverage(request: HttpRequest) -> HttpResponse:
    """Say how much can be used and attributed, before any score."""
    reader = reader_of(request)
    facts = workspace_facts()
    if "results" not in facts["tables"]:
        return render(request, "data/no_results.html", with_places(request, {}))
    found = answer_or_job(reader, "coverage")
    if isinstance(found, Job):
        return waiting_page(request, found)
    tables = coverage_tables(found, sees_schools=_sees_schools(reader))
    if request.GET.get("format"):
        return table_answer(request, tables, "coverage", {"Page": "Coverage"}, request.GET["format"])
    about = {**_coverage_in_words(found), "tables": [shown(table, 2) for table in tables]}
    return render(request, "data/coverage.html", with_places(request, about))


def _coverage_in_words(found: dict[str, Any]) -> dict[str, Any]:
    told = [row for row in found["by_subject"] if row["n"] is not None]
    n, n_scored = sum(row["n"] for row in told), sum(row["scored"] for row in told)
    n_taught = sum(row["with_teacher"] for row in told)
    return {
        "n": f"{n:,}",
        "scored": _share(n_scored, n),
        "with_prior": _share(sum(row["with_prior"] for row in told), n_scored),
        "with_teacher": _share(n_taught, n_scored),
        "is_low": n_scored and n_taught < found["minimum"] * n_scored,
        "minimum": round(100 * found["minimum"]),
        "hidden_at": found["hidden_at"],
        "first_picture": address("where_are_we"),
    }


def _share(part: int, whole: int) -> str:
    return as_share(part / whole) if whole else "none"


@require_safe
@for_capability("see_data")
def data_sources(request: HttpRequest) -> HttpResponse:
    """List the files that the current figures come from."""
    licences = {one.sha256: one.licence for one in Upload.objects.filter(step=Step.IMPORTED)}
    files = [
        {**one, "day": _day(one["imported"]), "licence": one["licence"] or licences.get(one["sha256"], "")}
        for one in list_sources(settings.UPWARDS_WORKSPACE)
    ]
    if request.GET.get("format"):
        return table_answer(
            request, [sources_table(files)], "sources", {"Page": "Sources"}, request.GET["format"]
        )
    return render(request, "data/sources.html", with_places(request, {"files": files}))


@require_safe
@for_capability("see_data")
def data_snapshots(request: HttpRequest) -> HttpResponse:
    """List the states that the data had."""
    reader = reader_of(request)
    who = {}
    if reader.roles & LEADS:
        imported = Upload.objects.filter(step=Step.IMPORTED).select_related("owner")
        who = {one.snapshot: str(one.owner) for one in imported}
    states = [
        {
            **one,
            "day": _day(one["created"]),
            "rows": sum(one["tables"].values()),
            "who": who.get(one["id"], ""),
        }
        for one in list_states(settings.UPWARDS_WORKSPACE)
    ]
    names = bool(reader.roles & LEADS)
    if request.GET.get("format"):
        table = states_table(states, names=names)
        return table_answer(request, [table], "states", {"Page": "States of the data"}, request.GET["format"])
    about = {"states": states, "names": names}
    return render(request, "data/snapshots.html", with_places(request, about))


@require_safe
@for_capability("see_data")
def data_changes(request: HttpRequest) -> HttpResponse:
    """Say what changed between two states."""
    reader, known = reader_of(request), [one["id"] for one in list_states(settings.UPWARDS_WORKSPACE)]
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    if not known:
        return redirect("data_snapshots")
    if after not in known or (before and before not in known):
        raise Http404
    found = answer_or_job(reader, "snapshot-changes", {"before": before or None, "after": after})
    if isinstance(found, Job):
        return waiting_page(request, found)
    table = changes_table(found["tables"])
    if request.GET.get("format"):
        said = {"Page": "What changed", "From": before or EMPTY, "To": after}
        return table_answer(request, [table], "changes", said, request.GET["format"])
    about = {
        "found": found,
        "before": before or EMPTY,
        "table": shown(table, 1) if table.rows else None,
        "names": _sees_schools(reader),
    }
    return render(request, "data/changes.html", with_places(request, about))


@require_http_methods(["GET", "POST"])
@for_capability("change_data")
def data_undo(request: HttpRequest) -> HttpResponse:
    """Ask, then take back the last import as a whole."""
    states = list_states(settings.UPWARDS_WORKSPACE)
    current = next((one for one in states if one["standing"] == "current"), None)
    if request.method == "POST" and current is not None:
        asked = request.POST.get("snapshot", "")
        if asked != current["id"]:
            messages.error(request, "The data changed since you opened the page. Look again before you undo.")
            return redirect("data_undo")
        user = reader_of(request).user
        job = start_job("undo-import", {"snapshot": asked}, asked_by=user.pk if user else None)
        record(request, What.DID, "import", asked, detail="undo asked")
        return redirect(f"{reverse('job', args=[job.pk])}?then={reverse('data_snapshots')}")
    if current is not None:
        current = {**current, "day": _day(current["created"]), "rows": sum(current["tables"].values())}
    return render(request, "data/undo.html", with_places(request, {"current": current}))


def _sees_schools(reader: Reader) -> bool:
    """Researchers see no school by name."""
    return reader.may("see_figures")


def with_places(request: HttpRequest, about: dict[str, Any]) -> dict[str, Any]:
    """Add the pages of this app that the reader may open."""
    places = [
        ("Data", "data", "see_data"),
        ("Upload", "data_upload", "change_data"),
        ("Coverage", "data_coverage", "see_data"),
        ("Sources", "data_sources", "see_data"),
        ("States", "data_snapshots", "see_data"),
        ("Tables", "data_tables", "export_tables"),
    ]
    reader = reader_of(request)
    if not reader.may("see_data"):
        raise PermissionDenied
    return {**about, "places": [(title, reverse(route)) for title, route, may in places if reader.may(may)]}


def _day(said: str | None) -> Any:
    return parse_datetime(said) if said else None
