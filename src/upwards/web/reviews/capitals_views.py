"""Opening an audit of the four capitals, answering it, and looking at its picture together."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import WHOLE_GROUP, Reader, for_capability, reader_of, require, schools_near
from upwards.web.form_choices import offer
from upwards.web.form_fields import text_field
from upwards.web.form_texts import NO_NAMES, PlainTexts
from upwards.web.reviews.capitals import CAPITALS, MARKS, STATEMENTS, Part, picture, previous
from upwards.web.reviews.models import CapitalsAudit, CapitalsReply
from upwards.web.reviews.readers import audits_seen_by
from upwards.web.roles import GROUP
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

GROUP_WORD = "whole group"
LONGEST_EVIDENCE = 1_000
AUDITS = ("where", "opened", "closed", "replies")


class OpenForm(forms.Form):
    """Where the audit is made."""

    place = forms.ChoiceField(label="School, or the whole group")

    def __init__(self, *args: Any, places: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "place", [(one, one) for one in places])


class ReplyForm(PlainTexts, forms.Form):
    """A number for each statement, and evidence for each capital."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        marks = [(str(mark), f"{mark}, {words}") for mark, words in MARKS.items()]
        for capital in CAPITALS:
            for key, text in capital.statements.items():
                self.fields[key] = forms.TypedChoiceField(
                    label=text, choices=marks, coerce=int, widget=forms.RadioSelect
                )
            self.fields[capital.key] = text_field(
                "What shows it",
                rows=3,
                required=False,
                max_length=LONGEST_EVIDENCE,
                help_text=f"Others read it without your name. {NO_NAMES}",
            )

    def groups(self) -> list[tuple[Any, list[forms.BoundField]]]:
        return [(one, [self[name] for name in (*one.statements, one.key)]) for one in CAPITALS]


@require_safe
@for_capability("see_audits")
def capitals(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    rows = list(audits_seen_by(reader))
    if request.GET.get("format"):
        table = table_of("audits", "Audits", AUDITS, map(_audit_line, rows))
        return table_answer(
            request, [table], "four-capitals", {"Page": "Four capitals"}, request.GET["format"]
        )
    places = _places(reader)
    open_now = {one.place for one in rows if one.closed is None}
    about = {
        "rows": [(one, one.replies.count(), _may_answer(reader, one)) for one in rows],
        "form": OpenForm(places=[one for one in places if one not in open_now]),
        "may_open": any(one not in open_now for one in places),
    }
    return render(request, "reviews/capitals_list.html", about)


def _audit_line(one: CapitalsAudit) -> list[object]:
    closed = one.closed.isoformat() if one.closed else "open"
    return [one.place, one.opened.isoformat(), closed, one.replies.count()]


def _places(reader: Reader) -> list[str]:
    """Return where the reader may open an audit."""
    schools = schools_near(reader, "answer_audit")
    return [GROUP_WORD, *schools] if reader.roles & GROUP else schools


def _may_answer(reader: Reader, audit: CapitalsAudit) -> bool:
    return audit.closed is None and reader.may("answer_audit", audit.school or None)


@require_POST
@for_capability("answer_audit")
def capitals_open(request: HttpRequest) -> HttpResponse:
    form = OpenForm(request.POST, places=_places(reader_of(request)))
    if not form.is_valid():
        raise PermissionDenied
    place = form.cleaned_data["place"]
    try:
        with transaction.atomic():
            made = CapitalsAudit.objects.create(school=WHOLE_GROUP if place == GROUP_WORD else place)
    except IntegrityError:
        raise UserError(
            f"An audit is open for {place} already. Answer that one, or close it first."
        ) from None
    return redirect("capitals_answer", made.pk)


def _picture_file(request: HttpRequest, audit: CapitalsAudit, parts: list[Part]) -> HttpResponse:
    """Give out how answers are spread, as the page shows it; nothing before anybody has answered."""
    if not audit.replies.exists():
        raise Http404
    marks = [f"{mark}, {words}" for mark, words in MARKS.items()]
    rows = [[one.capital.title, line.title, *line.counts, line.change] for one in parts for line in one.lines]
    table = table_of(
        "spread",
        "How answers are spread over the four capitals",
        ("capital", "sentence", *marks, "since last time"),
        rows,
    )
    about, name = {"Page": str(audit)}, f"four-capitals-{audit.pk}"
    return table_answer(request, [table], name, about, request.GET["format"], thing=audit)


@require_safe
@for_capability("see_audits")
def capitals_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one audit on one page: how replies are spread, what is given as evidence, what changed."""
    reader = reader_of(request)
    audit = get_object_or_404(audits_seen_by(reader), pk=pk)
    parts = picture(audit)
    if request.GET.get("format"):
        return _picture_file(request, audit, parts)
    record(request, What.READ, audit)
    about = {
        "audit": audit,
        "n": audit.replies.count(),
        "parts": parts,
        "has_evidence": any(one.evidence for one in parts),
        "marks": MARKS,
        "before": previous(audit),
        "may_answer": _may_answer(reader, audit),
        "may_close": _may_answer(reader, audit) and _leads(reader, audit),
    }
    return render(request, "reviews/capitals_picture.html", about)


def _leads(reader: Reader, audit: CapitalsAudit) -> bool:
    return bool(reader.roles & GROUP) if audit.school == WHOLE_GROUP else True


@require_http_methods(["GET", "POST"])
@for_capability("answer_audit")
def capitals_answer(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    audit = get_object_or_404(audits_seen_by(reader), pk=pk)
    if audit.closed is not None:
        raise UserError("This audit is closed. Its picture stays as it was talked about.")
    require(reader, "answer_audit", audit.school or None)
    row = CapitalsReply.objects.filter(audit=audit, user=reader.user).first()
    first = {**row.marks, **row.evidence} if row is not None else {}
    form = ReplyForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        row = row or CapitalsReply(audit=audit, user=reader.user)
        row.marks = {key: given[key] for key in STATEMENTS}
        row.evidence = {one.key: given[one.key] for one in CAPITALS}
        row.save()
        messages.success(request, "Thank you. You can change it until the audit is closed.")
        return redirect("capitals_picture", pk)
    return render(request, "reviews/capitals_answer.html", {"form": form, "audit": audit})


@require_POST
@for_capability("answer_audit")
def capitals_close(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    audit = get_object_or_404(audits_seen_by(reader), pk=pk)
    require(reader, "answer_audit", audit.school or None)
    if not _leads(reader, audit):
        raise PermissionDenied
    if audit.closed is None:
        audit.closed = timezone.localdate()
        audit.save()
    messages.success(request, "The audit is closed. The next one shows what changed.")
    return redirect("capitals_picture", pk)
