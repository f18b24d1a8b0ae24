"""Earlier editions of a card: read, compared, brought back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from upwards.web.access import for_capability, reader_of
from upwards.web.practices import lifecycle, readers
from upwards.web.practices.editions import changes_between
from upwards.web.practices.models import Edition, Practice
from upwards.web.practices.views import about_card
from upwards.web.trail.models import What
from upwards.web.trail.record import record


@require_safe
@for_capability("see_practice")
def practice_editions(request: HttpRequest, pk: int) -> HttpResponse:
    """List the published editions; with ``?before=1&after=2`` say what changed between them."""
    reader = reader_of(request)
    found = readers.find(reader, pk)
    numbered = list(found.editions.filter(number__isnull=False).select_related("published_by"))
    numbers = [str(one.number) for one in numbered]
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    about = {
        "one": found,
        "editions": numbered,
        "is_near": readers.in_circle(reader, found),
        "before": before or (numbers[1] if len(numbers) > 1 else ""),
        "after": after or (numbers[0] if numbers else ""),
        "compares": bool(before or after),
    }
    if before or after:
        about["changes"] = changes_between(_edition(found, before), _edition(found, after))
    if about["is_near"]:
        record(request, What.READ, found, detail="editions, with who published them")
    return render(request, "practices/editions.html", about)


@require_safe
@for_capability("see_practice")
def practice_edition(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Show one published edition as it was."""
    found = readers.find(reader_of(request), pk)
    edition = get_object_or_404(found.editions.select_related("practice"), number=number)
    return render(request, "practices/edition.html", about_card(request, found, edition))


@require_POST
@for_capability("change_practice")
def practice_restore(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Publish an earlier edition again, as a new one: nothing is lost, and this can be undone too."""
    reader = reader_of(request)
    found = readers.find_in_circle(reader, pk)
    if not readers.may_publish(reader, found):
        raise PermissionDenied
    get_object_or_404(found.editions, number=number)
    made = lifecycle.restore(found, number, reader.user)
    messages.success(request, f"Edition {number} is published again, as edition {made.number}.")
    return redirect("practice_card", pk)


def _edition(found: Practice, number: str) -> Edition:
    """Return a published edition by its number as the address gives it."""
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        raise Http404
    return get_object_or_404(found.editions.prefetch_related("attachments"), number=int(number))
