"""Addresses of the audit trail, of subject access and of erasure."""

from __future__ import annotations

from django.urls import path

from upwards.web.oversight import held_views, trail_views

urlpatterns = [
    path("trail/", trail_views.trail, name="trail"),
    path("held/", held_views.held, name="held"),
    path("held/me/held.json", held_views.own_held, name="own_held"),
    path("held/<str:kind>/<int:pk>/", held_views.held_about, name="held_about"),
    path("held/<str:kind>/<int:pk>/held.json", held_views.held_export, name="held_export"),
    path("held/<str:kind>/<int:pk>/erase/", held_views.held_erase, name="held_erase"),
]
