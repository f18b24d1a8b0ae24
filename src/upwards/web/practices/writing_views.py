"""Writing a card, reviewing it, publishing it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from upwards.core.errors import UserError
from upwards.web.access import Reader, for_capability, reader_of, require
from upwards.web.practices import lifecycle, readers
from upwards.web.practices.forms import CardForm, NewForm, ReviewForm
from upwards.web.practices.from_bright_spots import begun_with, teams_to_write_about
from upwards.web.practices.models import Edition, Practice, Verdict
from upwards.web.practices.views import draft_page

MEANWHILE = (
    "Somebody else changed this card since you opened it. Your words are still here: open the card in "
    "another window, take over what is new, and keep again."
)
SAID = {
    "send": "It is sent. Your colleagues can read it and say what they think; a lead publishes it.",
    "take_back": "It is taken back: you can go on writing.",
    "publish": "It is published: everybody in the group can find it.",
    "archive": "It is archived: only your school still sees it.",
    "bring_back": "It is back in the library.",
    "discard": "What was being written is gone.",
    "remove": "The card, its editions and its files are removed for good.",
}


@require_http_methods(["GET", "POST"])
@for_capability("change_practice")
def practice_new(request: HttpRequest) -> HttpResponse:
    """Begin a card, perhaps where results say that something works."""
    reader = reader_of(request)
    schools = readers.schools_to_share(reader)
    begun = begun_with(request.GET)
    is_own = begun.get("school") in [value for value, _ in schools]
    first = begun if is_own else {}
    named = {name: request.GET[name][:160] for name in ("title", "school") if request.GET.get(name)}
    form = NewForm(request.POST or None, initial={**named, **first}, schools=schools)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        require(reader, "change_practice", given["school"])
        content = {name: given[name] for name in ("title", "subject", "stage")}
        with transaction.atomic():
            made = Practice.objects.create(school=given["school"], author=reader.user)
            Edition.objects.create(practice=made, written_by=reader.user, **content)
        messages.success(request, "It is begun. Only your school sees it until it is published.")
        return redirect("practice_edit", made.pk)
    teams = [] if first else teams_to_write_about(reader)
    about = {"form": form, "first": first, "teams": teams, "elsewhere": bool(begun) and not is_own}
    return render(request, "practices/new.html", about)


def _writable(reader: Reader, pk: int) -> Practice:
    found = readers.find_in_circle(reader, pk)
    if not readers.may_write(reader, found):
        raise PermissionDenied
    return found


@require_http_methods(["GET", "POST"])
@for_capability("change_practice")
def practice_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write on; a published card stays as it is until what is written is published."""
    reader = reader_of(request)
    found = _writable(reader, pk)
    draft = found.draft
    if found.archived is not None:
        raise UserError("This practice is archived. Bring it back first, then change it.")
    if draft is not None and draft.sent is not None and not readers.may_publish(reader, found):
        raise UserError("This card is being reviewed. Take it back first, then go on writing.")
    form = _card_form(request, found, draft)
    if request.method == "POST" and form.is_valid():
        written = form.save(commit=False)
        if lifecycle.keep_draft(found, written, form.cleaned_data["seen"], reader.user):
            messages.success(request, "It is kept.")
            return redirect("practice_draft", pk)
        form.add_error(None, MEANWHILE)
    return render(request, "practices/edit.html", {"form": form, "one": found})


def _card_form(request: HttpRequest, found: Practice, draft: Edition | None) -> CardForm:
    edition = draft
    if edition is None:
        assert found.live is not None
        edition = Edition(practice=found, **lifecycle.content_of(found.live))
    return CardForm(
        request.POST or None, instance=edition, practice=found, initial={"seen": lifecycle.marker(draft)}
    )


@require_POST
@for_capability("change_practice")
def practice_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one step with a card: send, take back, publish, archive, bring back, discard."""
    reader, step = reader_of(request), request.POST.get("step", "")
    found = _writable(reader, pk)
    if step not in SAID:
        raise UserError("There is no such step. Open the card again and choose one of those offered.")
    if step in ("publish", "archive", "bring_back", "remove"):
        require(reader, "publish_practice", found.school)
    if step == "publish":
        lifecycle.publish(found, reader.user, request.POST.get("seen", ""))
    else:
        steps: dict[str, Callable[[Practice], object]] = {
            "send": lifecycle.send,
            "take_back": lifecycle.take_back,
            "archive": lifecycle.archive,
            "bring_back": lifecycle.bring_back,
            "discard": lifecycle.discard,
            "remove": lifecycle.remove,
        }
        steps[step](found)
    messages.success(request, SAID[step])
    if not Practice.objects.filter(pk=pk).exists():
        return redirect("practice_drafts")
    return redirect("practice_draft" if step in ("send", "take_back") else "practice_card", pk)


@require_POST
@for_capability("change_practice")
def practice_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what one thinks of a card that was sent; a lead who asks for a change gives it back."""
    reader = reader_of(request)
    found = readers.find_in_circle(reader, pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return draft_page(request, found, _to_review(reader, found.draft), form)
    with transaction.atomic():
        draft = _to_review(reader, lifecycle.locked(found).draft)
        review = form.save(commit=False)
        review.edition, review.reviewer = draft, reader.user
        review.save()
        if review.verdict == Verdict.CHANGE and readers.may_publish(reader, found):
            lifecycle.take_back(found)
    messages.success(request, "Thank you. Who wrote the card can read it.")
    return redirect("practice_draft", pk)


def _to_review(reader: Reader, draft: Edition | None) -> Edition:
    """Return what somebody else wrote and sent, or say why there is nothing to review."""
    if draft is None or draft.sent is None:
        raise UserError("This card does not wait for a review. Open it again to see what became of it.")
    if reader.user is not None and draft.written_by_id == reader.user.pk:
        raise UserError("You wrote this card. Ask a colleague to read it.")
    return draft
