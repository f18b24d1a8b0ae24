"""Volunteering, asking for help, and being proposed: only the person's own yes opens a wish."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from upwards.web.access import for_members, reader_of
from upwards.web.directory.forms import WishForm
from upwards.web.directory.seen import is_self, leads
from upwards.web.people.models import Direction, Person, Wish


@require_http_methods(["GET", "POST"])
@for_members
def wish_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Say for oneself what one can share or would like help with, or propose it to somebody one leads."""
    reader = reader_of(request)
    found = Person.objects.filter(pk=pk, erased__isnull=True).first()
    if found is None or not (is_self(reader, found) or leads(reader, found)):
        raise PermissionDenied
    for_self = is_self(reader, found)
    wish = Wish(person=found)
    if for_self:
        wish.accepted = timezone.now()
    else:
        wish.proposed_by = reader.user
    asked = request.GET.get("what", "")
    start = {"direction": asked} if asked in Direction.values else {}
    form = WishForm(request.POST or None, instance=wish, for_self=for_self, initial=start)
    if request.method == "POST" and form.is_valid():
        form.save()
        said = "Saved." if for_self else "Proposed. It is shown to others only if the person accepts."
        messages.success(request, said)
        return redirect("person", pk)
    return render(request, "directory/wish.html", {"form": form, "person": found, "for_self": for_self})


@require_POST
@for_members
def wish_answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept or decline a proposal, or end what was open; the person alone accepts."""
    reader = reader_of(request)
    wish = Wish.objects.select_related("person").filter(pk=pk).first()
    if wish is None:
        raise Http404
    own = is_self(reader, wish.person)
    answer = request.POST.get("answer", "")
    if not (own or (answer == "end" and leads(reader, wish.person))):
        raise PermissionDenied
    if answer == "accept" and wish.is_proposed:
        wish.accepted = timezone.now()
        seen = "Colleagues can see what you offer." if wish.is_offer else "Only leads see what you ask for."
        messages.success(request, f"Accepted. {seen}")
    elif answer in ("decline", "end") and wish.ended is None:
        wish.ended = timezone.now()
        messages.success(request, "This is no longer shown.")
    wish.save()
    return redirect("person", wish.person_id)
