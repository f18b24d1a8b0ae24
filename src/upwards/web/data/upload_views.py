"""The import wizard: send a file, check its columns, see its problems, decide, see what became of it."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.actions.check_upload import UPLOAD_ENDINGS
from upwards.actions.import_data_mapping import propose_mapping
from upwards.core.errors import UserError
from upwards.core.tables import TABLES, find_table
from upwards.web.access import for_capability, reader_of
from upwards.web.data.arrivals import FIELD, Arrival
from upwards.web.data.forms import DecisionForm, MappingForm, MappingTextForm, SheetForm, UploadForm
from upwards.web.data.models import ENDED, WORK, Step, Upload
from upwards.web.data.names import presentable
from upwards.web.data.work import due_for_removal
from upwards.web.jobs.queue import start_job
from upwards.web.jobs.views import waiting_page
from upwards.web.rules import rules

MOST_WAITING = 20
TOO_MANY = "You have {n} uploads that wait for you. Finish or remove some of them first."
NO_FILE = "No file came with the form. Choose one and send it again."


@csrf_exempt  # checked below, once the file has somewhere to go
@require_http_methods(["GET", "POST"])
@for_capability("change_data")
def data_upload(request: HttpRequest) -> HttpResponse:
    """Take a file in."""
    arrival = Arrival(request)
    if request.method == "POST":
        request.upload_handlers = [arrival]
    try:
        return _take(request, arrival)
    finally:
        arrival.discard()


@csrf_protect
def _take(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    form = UploadForm(request.POST or None, initial={"table": request.GET.get("as", "results")})
    if request.method != "POST":
        return _upload_page(request, form)
    problem = _refusal(request, arrival)
    if problem or not form.is_valid():
        return _upload_page(request, form, problem, status=413 if arrival.too_large else 422)
    owner = reader_of(request).user
    assert owner is not None
    upload = Upload.objects.create(
        owner=owner,
        name=arrival.shown,
        stored=arrival.stored,
        size=arrival.size,
        sha256=arrival.sha256,
        step=Step.ARRIVED,
        **form.cleaned_data,
    )
    arrival.taken = True
    upload.job = start_job(WORK[Step.ARRIVED], {"upload": str(upload.pk)}, asked_by=upload.owner_id)
    upload.save()
    if due_for_removal():
        start_job("remove-old-uploads", {})
    return redirect("data_uploaded", upload.pk)


def _refusal(request: HttpRequest, arrival: Arrival) -> str:
    if arrival.problem or FIELD not in request.FILES:
        return arrival.problem or NO_FILE
    waiting = Upload.objects.filter(owner=reader_of(request).user).exclude(step__in=ENDED).count()
    return TOO_MANY.format(n=waiting) if waiting >= MOST_WAITING else ""


def _upload_page(
    request: HttpRequest, form: UploadForm, problem: str = "", status: int = 200
) -> HttpResponse:
    about = {
        "form": form,
        "problem": problem,
        "endings": UPLOAD_ENDINGS,
        "most": settings.UPLOAD_LARGEST // (1024 * 1024),
        "days": _days(),
        "tables": [(table.name.replace("_", " "), table.meaning) for table in TABLES.values()],
    }
    return render(request, "data/upload.html", about, status=status)


@require_safe
@for_capability("change_data")
def data_uploaded(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Show what is next for an upload."""
    upload = _own(request, upload_id)
    if upload.is_at_work and upload.job is not None:
        return waiting_page(request, upload.job)
    if upload.step == Step.MAPPING:
        return redirect("data_mapping", upload.pk)
    about: dict[str, Any] = {"upload": upload, "days": _days(), "decision": DecisionForm()}
    if upload.step in (Step.CHECKED, Step.IMPORTED):
        return render(request, "data/checked.html", {**about, **_counts(upload)})
    sheet = SheetForm(initial={"sheet": upload.sheet}) if upload.workbook_sheet else None
    return render(request, "data/stopped.html", {**about, "sheet": sheet})


def _counts(upload: Upload) -> dict[str, Any]:
    report = upload.report or {}
    missing = report.get("missing", {})
    return {
        "report": report,
        "n_left_out": sum(report.get("rejected", {}).values()),
        "left_out": [[reason, n] for reason, n in report.get("rejected", {}).items()],
        "problems": [
            ["" if one["row"] is None else one["row"], one["column"] or "", _said(one), one["remedy"]]
            for one in report.get("problems", [])
        ],
        "missing": [[column, why, n] for column, reasons in missing.items() for why, n in reasons.items()],
    }


def _said(problem: dict[str, Any]) -> str:
    shown = problem["value_or_class"]
    return f"{problem['what']} ({shown})" if shown and shown not in problem["what"] else str(problem["what"])


@require_http_methods(["GET", "POST"])
@for_capability("change_data")
def data_mapping(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Check, and correct, which heading is which column."""
    upload = _own(request, upload_id)
    if not _may_map(upload):
        return redirect("data_uploaded", upload.pk)
    form = MappingForm(request.POST or None, upload=upload)
    if request.method == "POST" and form.is_valid():
        try:
            return _check(upload, form.cleaned_data["mapping"])
        except UserError as error:
            form.add_error(None, presentable(str(error), upload.stored, upload.name))
    return _mapping_page(request, upload, form, MappingTextForm(initial={"text": upload.mapping}))


@require_POST
@for_capability("change_data")
def data_mapping_text(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Take the whole mapping as text."""
    upload = _own(request, upload_id)
    if not _may_map(upload):
        return redirect("data_uploaded", upload.pk)
    form = MappingTextForm(request.POST)
    if form.is_valid():
        try:
            return _check(upload, form.cleaned_data["text"])
        except UserError as error:
            form.add_error("text", presentable(str(error), upload.stored, upload.name))
    return _mapping_page(request, upload, MappingForm(upload=upload), form)


def _may_map(upload: Upload) -> bool:
    return (
        upload.has_file and bool(upload.mapping) and upload.step in (Step.MAPPING, Step.CHECKED, Step.FAILED)
    )


def _check(upload: Upload, mapping: str) -> HttpResponse:
    """Start the check of the rows, where the mapping fits the file."""
    proposal = propose_mapping(
        upload.path,
        as_table=upload.table,
        workspace=settings.UPWARDS_WORKSPACE,
        map_text=mapping,
        sheet=upload.sheet or None,
        name=upload.name,
    )
    if proposal.problem is not None:
        raise UserError(proposal.problem)
    may_be = (Step.MAPPING, Step.CHECKED, Step.FAILED)
    upload.move(may_be, Step.CHECKING, mapping=proposal.text, problem="", report=None, doubts=[])
    return redirect("data_uploaded", upload.pk)


def _mapping_page(
    request: HttpRequest, upload: Upload, form: MappingForm, text: MappingTextForm
) -> HttpResponse:
    columns = [
        [one.name.replace("_", " "), one.meaning, "yes" if one.required else ""]
        for one in find_table(upload.table).columns
        if not one.name.endswith("_missing")
    ]
    about = {"upload": upload, "form": form, "text_form": text, "columns": columns}
    status = 422 if form.errors or text.errors else 200
    return render(
        request,
        "data/mapping.html",
        {**about, "n_hidden": len(upload.headings) - len(form.shown)},
        status=status,
    )


@require_POST
@for_capability("change_data")
def data_decide(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Keep the good rows, or remove the file."""
    upload = _own(request, upload_id)
    if request.POST.get("decision") == "keep":
        form = DecisionForm(request.POST)
        replace_held = form.is_valid() and form.cleaned_data["replace_held"]
        upload.move((Step.CHECKED,), Step.IMPORTING, replace_held=replace_held, problem="")
        return redirect("data_uploaded", upload.pk)
    if not upload.is_at_work and not upload.has_ended:
        upload.move(tuple(set(Step) - set(ENDED)), Step.REJECTED, problem="", report=None, headings=[])
        upload.remove_file()
        messages.success(request, "The file is removed. Nothing of it was kept.")
    return redirect("data")


@require_POST
@for_capability("change_data")
def data_again(request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
    """Try again what stopped, perhaps with another sheet."""
    upload = _own(request, upload_id)
    form = SheetForm(request.POST)
    if upload.is_stuck:
        upload.job = start_job(WORK[Step(upload.step)], {"upload": str(upload.pk)}, asked_by=upload.owner_id)
        upload.save()
    elif upload.step == Step.FAILED and upload.has_file and form.is_valid():
        sheet = form.cleaned_data["sheet"] if upload.workbook_sheet else ""
        upload.move((Step.FAILED,), Step.ARRIVED, sheet=sheet, problem="")
    return redirect("data_uploaded", upload.pk)


def _own(request: HttpRequest, upload_id: uuid.UUID) -> Upload:
    """Return an upload to its owner; for everybody else it does not exist."""
    mine = Upload.objects.filter(owner=reader_of(request).user).select_related("job")
    return get_object_or_404(mine, pk=upload_id)


def _days() -> int:
    return rules().count("uploads.keep_failed_days")
