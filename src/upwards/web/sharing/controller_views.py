"""Data controllers: added and changed by an owner."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from upwards.web.access import for_capability
from upwards.web.controllers.models import Controller
from upwards.web.facts import workspace_facts
from upwards.web.sharing.forms import ControllerForm


@require_http_methods(["GET", "POST"])
@for_capability("change_controllers")
def controller_add(request: HttpRequest) -> HttpResponse:
    return _form(request, Controller())


@require_http_methods(["GET", "POST"])
@for_capability("change_controllers")
def controller_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(Controller, pk=pk))


def _form(request: HttpRequest, controller: Controller) -> HttpResponse:
    facts = workspace_facts()
    form = ControllerForm(request.POST or None, instance=controller, known=facts["schools"])
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            Controller.own(facts["name"])
            form.save()
        messages.success(request, "Kept. Who sees which school follows at once.")
        return redirect("sharings")
    return render(request, "sharing/controller_form.html", {"form": form, "controller": controller})
