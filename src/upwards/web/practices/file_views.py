"""Files of a card: brought in by who writes it, given out to who may read it, never shown in place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import Reader, for_capability, reader_of
from upwards.web.data.names import shown_name
from upwards.web.practices import files, readers
from upwards.web.practices.forms import FileForm
from upwards.web.practices.lifecycle import drop_unused, locked
from upwards.web.practices.models import Attachment, Edition, Practice
from upwards.web.trail.models import What
from upwards.web.trail.record import record

FIELD = "file"


@csrf_exempt  # checked below, once there is a limit to what may come
@require_http_methods(["GET", "POST"])
@for_capability("change_practice")
def practice_file_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file in for what is being written."""
    limit = files.SizeLimit(request, files.largest())
    if request.method == "POST":
        request.upload_handlers = [
            limit,
            MemoryFileUploadHandler(request),
            TemporaryFileUploadHandler(request),
        ]
    return _take(request, pk, limit)


@csrf_protect
def _take(request: HttpRequest, pk: int, limit: files.SizeLimit) -> HttpResponse:
    found = _open_draft(reader_of(request), pk)
    problem, status = "", 200
    if request.method == "POST":
        problem = _problem(request, limit, found) or _kept(request, found)
        if not problem:
            messages.success(request, "The file belongs to the card now.")
            return redirect("practice_draft", pk)
        status = 413 if limit.too_large else 422
    about = {
        "form": FileForm.refused(problem) if problem else FileForm(),
        "one": found,
        "kinds": list(files.TYPES),
        "most": files.largest() // 1_000_000,
    }
    return render(request, "practices/file_add.html", about, status=status)


def _open_draft(reader: Reader, pk: int) -> Practice:
    found = readers.find_in_circle(reader, pk)
    if not readers.may_write(reader, found):
        raise PermissionDenied
    draft = found.draft
    if draft is None:
        raise UserError("Change the card first: a file belongs to an edition that is being written.")
    if draft.sent is not None and not readers.may_publish(reader, found):
        raise UserError("This card is being reviewed. Take it back first, then change its files.")
    return found


def _problem(request: HttpRequest, limit: files.SizeLimit, found: Practice) -> str:
    has_file = FIELD in request.FILES  # reads what comes, up to the limit
    if limit.too_large:
        return f"The file is larger than {limit.most // 1_000_000} MB, the most that is taken here."
    if not has_file:
        return "No file came with the form. Choose one and send it again."
    return "" if found.draft is None else _full(found.draft)


def _full(draft: Edition) -> str:
    most = files.most_files()
    return f"A card has at most {most} files. Remove one first." if draft.attachments.count() >= most else ""


def _kept(request: HttpRequest, found: Practice) -> str:
    """Keep the file with the edition that is being written; return why not, where it is not fit."""
    sent: Any = request.FILES[FIELD]
    try:
        kind = files.known_type(sent)
    except files.UnfitFile as error:
        return str(error)
    made = _attachment(sent, kind, found, reader_of(request))
    stored = ""
    try:
        with transaction.atomic():
            draft = locked(found).draft
            if draft is None:
                return "Nothing is being written here any more. Open the card again."
            full = _full(draft)  # once more: two who bring a file at once wait for one another here
            if full:
                return full
            made.save()
            stored = made.file.name or ""
            draft.attachments.add(made)
            draft.save()  # another state than the one that somebody else is looking at
    except BaseException:
        if stored:
            made.file.storage.delete(stored)
        raise
    return ""


def _attachment(sent: UploadedFile[Any], kind: str, found: Practice, reader: Reader) -> Attachment:
    return Attachment(
        practice=found,
        file=sent,
        name=shown_name(sent.name or ""),
        content_type=kind,
        size=sent.size or 0,
        sha256=files.digest_of(sent),
        added_by=reader.user,
    )


@require_POST
@for_capability("change_practice")
def practice_file_remove(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Take a file away from what is being written; published editions keep theirs."""
    found = _open_draft(reader_of(request), pk)
    with transaction.atomic():
        draft = locked(found).draft
        if draft is None:
            raise UserError("Nothing is being written here any more. Open the card again.")
        held = get_object_or_404(draft.attachments, pk=file)
        draft.attachments.remove(held)
        draft.save()
        drop_unused(held)
    messages.success(request, "The file is removed from this card.")
    return redirect("practice_draft", pk)


@require_safe
@for_capability("see_practice")
def practice_file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """Give a file out to be kept: never to be run or shown by the browser as a page of this server."""
    reader = reader_of(request)
    found = readers.find(reader, pk)
    held = get_object_or_404(found.attachments, pk=file)
    if not (readers.in_circle(reader, found) or _is_published(held, found)):
        raise Http404
    try:
        with held.file.open("rb") as opened:
            content = opened.read()  # a few megabytes at most
    except FileNotFoundError:
        raise Http404 from None
    record(request, What.EXPORTED, held)
    response = HttpResponse(content, content_type=held.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, held.name) or "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _is_published(held: Attachment, found: Practice) -> bool:
    return Edition.objects.filter(practice=found, number__isnull=False, attachments=held).exists()
