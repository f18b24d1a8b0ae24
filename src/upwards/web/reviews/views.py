"""Planning a review, saying who reviews, and agreeing on its report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from upwards.core.errors import UserError
from upwards.web.access import Reader, for_capability, reader_of, schools_near
from upwards.web.reviews import readers
from upwards.web.reviews.allocation import candidates
from upwards.web.reviews.forms import ActionForm, AllocateForm, CommentForm, ReviewForm
from upwards.web.reviews.models import Allocation, Area, Review, State
from upwards.web.reviews.readers import Part
from upwards.web.table_files import table_answer, table_of
from upwards.web.trail.models import What
from upwards.web.trail.record import record

COLUMNS = ("school", "first day", "last day", "state", "reviewers", "your part")
ON_A_PAGE = 50
SAID = {
    State.UNDER_WAY: "The review is under way.",
    State.DRAFTED: "The school can read the draft now, and say what it thinks.",
    State.AGREED: "The report is agreed. Say what follows from it.",
}


@require_safe
@for_capability("see_reviews")
def reviews(request: HttpRequest) -> HttpResponse:
    """List the reviews that the reader has part in, and what is due."""
    reader = reader_of(request)
    rows = readers.seen_by(reader).prefetch_related("allocations")
    if request.GET.get("format"):
        table = table_of("reviews", "Reviews", COLUMNS, [_line(*one) for one in _listed(reader, rows)])
        return table_answer(request, [table], "reviews", {"Page": "Reviews"}, request.GET["format"])
    page = Paginator(rows, ON_A_PAGE).get_page(request.GET.get("page"))
    about = {
        "page": page,
        "rows": _listed(reader, list(page)),
        "due": readers.actions_due(reader),
        "may_plan": reader.may("plan_reviews"),
        "sees_audits": reader.may("see_audits"),
    }
    return render(request, "reviews/reviews.html", about)


def _listed(reader: Reader, rows: Iterable[Review]) -> list[tuple[Review, str]]:
    return [
        (one, _part_in_words(part)) for one, part in zip(rows, readers.parts_of(reader, rows), strict=True)
    ]


def _line(one: Review, part: str) -> list[object]:
    days = (one.first_day.isoformat(), one.last_day.isoformat())
    return [one.school, *days, one.get_state_display(), len(one.allocations.all()), part]


def _part_in_words(part: Part) -> str:
    if part.reviews:
        return "You review"
    return "Your school" if part.hosts else "You plan it" if part.plans else "You can read it"


@require_http_methods(["GET", "POST"])
@for_capability("plan_reviews")
def review_new(request: HttpRequest) -> HttpResponse:
    form = ReviewForm(request.POST or None, schools=schools_near(reader_of(request), "plan_reviews"))
    if request.method == "POST" and form.is_valid():
        made = form.save()
        messages.success(request, "The review is planned. Now say who reviews.")
        return redirect("review", made.pk)
    return render(request, "reviews/form.html", {"form": form, "title": "Plan a review", "button": "Plan it"})


@require_http_methods(["GET", "POST"])
@for_capability("plan_reviews")
def review_edit(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(readers.seen_by(reader_of(request)), pk=pk)
    if not found.is_open:
        raise UserError("The report is agreed: days and focus stay as they are.")
    form = ReviewForm(request.POST or None, instance=found, schools=[])
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("review", pk)
    about = {"form": form, "review": found, "title": "Days and focus", "button": "Keep"}
    return render(request, "reviews/form.html", about)


@require_safe
@for_capability("see_reviews")
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one review as far as the reader has part in it."""
    found, part = readers.find(reader_of(request), pk)
    if request.GET.get("format"):
        return _actions_file(request, found)
    record(request, What.READ, found, detail="with report" if part.reads_report(found) else "")
    return show(request, found, part)


def _actions_file(request: HttpRequest, found: Review) -> HttpResponse:
    """Give out what follows from a review, which the page shows once its report is written."""
    rows = [
        [one.what, one.post, one.due.isoformat(), one.done.isoformat() if one.done else "not yet"]
        for one in found.actions.all()
    ]
    if not found.is_written or not rows:
        raise Http404
    table = table_of("actions", "Actions that follow", ("what", "who", "until", "done"), rows)
    about, name = {"Page": str(found)}, f"review-{found.pk}-actions"
    return table_answer(request, [table], name, about, request.GET["format"], thing=found)


def show(request: HttpRequest, found: Review, part: Part, **changed: Any) -> HttpResponse:
    reads, follows = part.reads_report(found), part.follows_up(found)
    plans = part.plans and found.is_open
    about = {
        "review": found,
        "part": part,
        "reads": reads,
        "follows": follows,
        "grades": _grades(found) if reads else [],
        "sees_notes": not part.governs,
        "may_write": part.reviews and found.is_open,
        "may_put_forward": part.hosts and found.state in (State.PLANNED, State.UNDER_WAY),
        "allocate_form": AllocateForm(candidates=candidates(found)) if plans else None,
        "comment_form": CommentForm() if part.hosts and found.state == State.DRAFTED else None,
        "action_form": ActionForm(school=found.school) if follows else None,
        "next": next_state(found, part),
        "digest": found.digest(),
        **changed,
    }
    return render(request, "reviews/review.html", about)


def _grades(found: Review) -> list[tuple[str, str, str]]:
    said = {one.area: one for one in found.grades.all()}
    empty = ("not said yet", "")
    return [
        (area.label, *((said[area].get_grade_display(), said[area].why) if area in said else empty))
        for area in Area
    ]


def next_state(found: Review, part: Part) -> tuple[str, str] | None:
    """Return the next state with the words of its button, for whoever may bring it about."""
    if found.state == State.PLANNED and (part.reviews or part.plans):
        return State.UNDER_WAY, "Begin the review"
    if found.state == State.UNDER_WAY and part.reviews:
        return State.DRAFTED, "Hand the draft to the school"
    if found.state == State.DRAFTED and part.hosts:
        return State.AGREED, "The school agrees to this report"
    return None


@require_POST
@for_capability("plan_reviews")
def review_allocate(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(readers.seen_by(reader_of(request)), pk=pk)
    if not found.is_open:
        raise UserError("The report is agreed: nobody joins the review any more.")
    form = AllocateForm(request.POST, candidates=candidates(found))
    if not form.is_valid():
        return show(request, found, readers.part_of(reader_of(request), found), allocate_form=form)
    one = form.chosen()
    Allocation.objects.get_or_create(review=found, user=one.user, defaults={"from_school": one.school})
    messages.success(request, f"{one.user} reviews {found.school}, and sees this review and no other.")
    return redirect("review", pk)


@require_POST
@for_capability("plan_reviews")
def review_release(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's part in a review: it closes to them at once."""
    held = Allocation.objects.filter(review__in=readers.seen_by(reader_of(request)))
    place = get_object_or_404(held.select_related("review", "user"), pk=pk)
    where, name = place.review_id, str(place.user)
    place.delete()
    messages.success(request, f"{name} no longer reviews here.")
    return redirect("review", where)


@require_POST
@for_capability("see_reviews")
@transaction.atomic
def review_state(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    readers.find(reader, pk)
    found = Review.objects.select_for_update().get(pk=pk)
    following = next_state(found, readers.part_of(reader, found))
    wanted = request.POST.get("state", "")
    if following is None or wanted != following[0]:
        if wanted in State.values and readers.part_of(reader, found).sees and following is None:
            raise PermissionDenied
        raise UserError(f"A review that is {found.get_state_display().lower()} cannot become that now.")
    _refuse_unready(found, wanted, request.POST.get("seen", ""))
    if wanted == State.AGREED:
        found.agreed_on, found.agreed_by = timezone.localdate(), reader.user
    found.state = wanted
    found.save()
    messages.success(request, SAID[State(wanted)])
    return redirect("review", pk)


def _refuse_unready(found: Review, wanted: str, seen: str) -> None:
    if wanted == State.UNDER_WAY and not found.allocations.exists():
        raise UserError("Nobody reviews yet. Say who does, then begin.")
    if wanted == State.DRAFTED and (not found.report or found.grades.count() < len(Area)):
        raise UserError("The draft needs a report and a word for each area before the school reads it.")
    if wanted == State.AGREED and seen != found.digest():
        raise UserError(
            "The report changed since you opened the page. Read it again before the school agrees to it."
        )
