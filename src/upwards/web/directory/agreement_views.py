"""Agreeing to be named, and withdrawing it: the person alone, at any time, without giving a reason."""

from __future__ import annotations

import json

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from upwards.actions.forget_unagreed import forget_unagreed
from upwards.web.access import for_members, reader_of
from upwards.web.directory.forms import AgreementForm
from upwards.web.directory.seen import own_row
from upwards.web.people.agreements import TEXT_VERSION, Agreement
from upwards.web.people.class_checks import ClassCheck, Verdict
from upwards.web.people.models import Person
from upwards.web.people.named import agreed_teams


@require_http_methods(["GET", "POST"])
@for_members
def agreement(request: HttpRequest) -> HttpResponse:
    """Show the text, the teams that were confirmed as taught, what stands, and what was."""
    own = own_row(reader_of(request))
    if own is None:
        return render(request, "directory/no_own_row.html")
    teams = _teams(own)
    form = AgreementForm(request.POST or None, teams=teams)
    if request.method == "POST" and form.is_valid():
        school, subject, stage = json.loads(form.cleaned_data["team"])
        team = {"person": own, "school": school, "subject": subject, "stage": stage}
        Agreement.objects.get_or_create(**team, withdrawn__isnull=True, defaults={"given_by": own.user})
        messages.success(request, "Recorded. You can withdraw it here at any time.")
        return redirect("agreement")
    about = {
        "form": form,
        "teams": teams,
        "standing": own.agreements.filter(withdrawn__isnull=True),
        "history": own.agreements.all(),
        "text_version": TEXT_VERSION,
    }
    return render(request, "directory/agreement.html", about)


def _teams(own: Person) -> list[tuple[str, str]]:
    """Return the teams of the classes that the person has confirmed, without those already agreed to.

    A class that the person added counts once a lead has confirmed it, and its stage is known.
    """
    taught = ClassCheck.objects.counting().filter(person=own).exclude(verdict=Verdict.NOT_MINE)
    taught = taught.exclude(stage="")
    names = ("school", "subject", "stage")
    held = set(own.agreements.filter(withdrawn__isnull=True).values_list(*names))
    found = sorted(set(taught.order_by().values_list(*names)) - held)
    return [(json.dumps(team), f"{team[1]}, {team[2]}, {team[0]}") for team in found]


@require_POST
@for_members
def agreement_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Withdraw at once; no reason is asked for."""
    own = own_row(reader_of(request))
    found = get_object_or_404(Agreement, pk=pk, person=own) if own else get_object_or_404(Agreement, pk=0)
    if found.withdrawn is None:
        found.withdrawn = timezone.now()
        found.save()
        folder = settings.UPWARDS_WORKSPACE
        forget_unagreed(folder, agreed=agreed_teams(folder))
    messages.success(request, "Withdrawn. You are no longer named from now on.")
    return redirect("agreement")
