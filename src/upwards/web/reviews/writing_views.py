"""What is written in a review: activities, words and report, what the school says, what follows."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from upwards.core.errors import UserError
from upwards.web.access import for_capability, reader_of
from upwards.web.reviews import readers
from upwards.web.reviews.forms import ActionForm, ActivityForm, CommentForm, ExcellenceForm, ReportForm
from upwards.web.reviews.models import (
    Area,
    AreaGrade,
    HostComment,
    JointActivity,
    Review,
    ReviewAction,
    Standing,
    State,
)
from upwards.web.reviews.views import show

FINAL = "The report is agreed: what is written stays as both agreed on it."


def _written_by(request: HttpRequest, pk: int) -> Review:
    """Return a review in which the reader writes; others who see it may not (403)."""
    found, part = readers.find(reader_of(request), pk)
    if not part.reviews:
        raise PermissionDenied
    if request.method == "POST":  # in a transaction: who agrees to the report meanwhile is waited for
        found = Review.objects.select_for_update().get(pk=pk)
    if not found.is_open:
        raise UserError(FINAL)
    return found


@require_http_methods(["GET", "POST"])
@for_capability("review")
@transaction.atomic
def review_activity(request: HttpRequest, pk: int) -> HttpResponse:
    found = _written_by(request, pk)
    first = {"day": max(found.first_day, min(found.last_day, timezone.localdate()))}
    made = JointActivity(review=found)
    return _activity(request, found, ActivityForm(request.POST or None, instance=made, initial=first))


@require_http_methods(["GET", "POST"])
@for_capability("review")
@transaction.atomic
def review_activity_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = JointActivity.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return _activity(
        request, _written_by(request, row.review_id), ActivityForm(request.POST or None, instance=row)
    )


def _activity(request: HttpRequest, found: Review, form: ActivityForm) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("review", found.pk)
    about = {"form": form, "review": found, "title": "Done together", "button": "Keep"}
    return render(request, "reviews/form.html", about)


@require_http_methods(["GET", "POST"])
@for_capability("review")
@transaction.atomic
def review_report(request: HttpRequest, pk: int) -> HttpResponse:
    found = _written_by(request, pk)
    if request.method != "POST":
        form = ReportForm(initial=ReportForm.first(found), review=found)
    else:
        form = ReportForm(request.POST, review=found)
        if form.is_valid():
            _keep(found, form.cleaned_data)
            messages.success(request, "Kept.")
            return redirect("review", pk)
        # Who has been told of another's change may keep the own text over it.
        form.data = {**request.POST.dict(), "seen": found.digest()}
    return render(request, "reviews/report.html", {"form": form, "review": found})


def _keep(found: Review, given: dict[str, Any]) -> None:
    found.report = given["report"]
    if given.get("standing"):
        found.excellence_standing = given["standing"]
    found.save()
    for area in Area:
        row = found.grades.filter(area=area).first()
        if not given[area.value]:
            if row is not None:
                row.delete()
            continue
        row = row or AreaGrade(review=found, area=area.value)
        row.grade, row.why = given[area.value], given[f"{area.value}_why"]
        row.save()


@require_http_methods(["GET", "POST"])
@for_capability("see_reviews")
def review_excellence(request: HttpRequest, pk: int) -> HttpResponse:
    """The school puts an area of excellence forward, until the draft is handed over."""
    found, part = readers.find(reader_of(request), pk)
    if not part.hosts:
        raise PermissionDenied
    if found.is_written:
        raise UserError("The draft is written: put it forward for the next review, or say it as a comment.")
    first = {"title": found.excellence, "why": found.excellence_why}
    form = ExcellenceForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        found.excellence, found.excellence_why = form.cleaned_data["title"], form.cleaned_data["why"]
        found.excellence_standing = Standing.PROPOSED
        found.save()
        messages.success(request, "It is put forward. The visitors say whether they saw it.")
        return redirect("review", pk)
    title = "Put forward an area of excellence"
    about = {"form": form, "review": found, "title": title, "button": "Put forward"}
    return render(request, "reviews/form.html", about)


@require_POST
@for_capability("see_reviews")
def review_comment(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found, part = readers.find(reader, pk)
    if not part.hosts:
        raise PermissionDenied
    if found.state != State.DRAFTED:
        raise UserError("The school comments while the draft is with it.")
    form = CommentForm(request.POST)
    if not form.is_valid():
        return show(request, found, part, comment_form=form)
    HostComment.objects.create(review=found, text=form.cleaned_data["text"], author=reader.user)
    messages.success(request, "The visitors can read it.")
    return redirect("review", pk)


@require_POST
@for_capability("see_reviews")
def review_action(request: HttpRequest, pk: int) -> HttpResponse:
    found, part = readers.find(reader_of(request), pk)
    if not part.follows_up(found):
        raise PermissionDenied
    form = ActionForm(request.POST, instance=ReviewAction(review=found), school=found.school)
    if not form.is_valid():
        return show(request, found, part, action_form=form)
    form.save()
    messages.success(request, "Kept. It appears under what is due two weeks before its day.")
    return redirect("review", pk)


@require_POST
@for_capability("see_reviews")
def review_action_done(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    row = get_object_or_404(ReviewAction.objects.select_related("review"), pk=pk)
    found, part = readers.find(reader, row.review_id)
    if not part.follows_up(found):
        raise PermissionDenied
    row.done = timezone.localdate() if request.POST.get("done") == "yes" else None
    row.save()
    return redirect("review", found.pk)
