"""Addresses of the interface for programs: each operation by a flat name, and an end for what is none."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from upwards.web.api.api import PLACE, addresses, describe, nowhere

urlpatterns = [
    path(f"{PLACE[1:]}openapi.json", login_not_required(describe), name="api-description"),
    path(PLACE[1:], include(addresses())),
    path("api/<path:rest>", csrf_exempt(login_not_required(nowhere)), name="api-nowhere"),
]
