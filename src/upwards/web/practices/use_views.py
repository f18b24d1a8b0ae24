"""A school says that it uses a practice, how, or why it stopped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from upwards.web.access import for_capability, reader_of
from upwards.web.accounts.models import User
from upwards.web.practices import readers
from upwards.web.practices.forms import STOPPED, UseForm
from upwards.web.practices.lifecycle import locked
from upwards.web.practices.models import Manner, Practice, Use


@require_http_methods(["GET", "POST"])
@for_capability("adopt_practice")
def practice_use(request: HttpRequest, pk: int) -> HttpResponse:
    reader = reader_of(request)
    found = readers.find(reader, pk)
    if not found.is_published:
        raise Http404
    schools = readers.schools_to_use(reader, found)
    if not schools:
        raise PermissionDenied
    form = UseForm(request.POST or None, schools=schools, initial=_first(found, schools))
    if request.method == "POST" and form.is_valid():
        if _say(found, form.cleaned_data, reader.user):
            messages.success(request, "Thank you: it stands on the card.")
            return redirect("practice_card", pk)
        form.add_error("manner", "This school was not using it, so it cannot have stopped.")
    own = found.uses.filter(school__in=schools)
    return render(request, "practices/use.html", {"form": form, "one": found, "uses": own})


def _first(found: Practice, schools: list[str]) -> dict[str, str]:
    """Return what one school said last; several begin with a blank form."""
    said = Use.objects.filter(practice=found, school=schools[0], ended__isnull=True).first()
    if len(schools) > 1 or said is None:
        return {}
    return {"school": said.school, "manner": said.manner, "how": said.how}


def _say(found: Practice, given: dict[str, Any], user: User | None) -> bool:
    """Begin, change or end the use of a school; say whether that could be."""
    with transaction.atomic():
        row = locked(found)
        use = row.uses.filter(school=given["school"], ended__isnull=True).first()
        if given["manner"] == STOPPED:
            if use is None:
                return False
            use.ended, use.why = max(timezone.localdate(), use.begun), given["why"]
        else:
            use = use or Use(practice=row, school=given["school"])
            use.manner, use.edition = given["manner"], row.live
            use.how = given["how"] if given["manner"] == Manner.ADAPTED else ""
        use.said_by = user
        use.save()
    return True
