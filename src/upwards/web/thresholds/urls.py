"""Addresses of the settings."""

from __future__ import annotations

from django.urls import path

from upwards.web.thresholds import views

urlpatterns = [
    path("settings/", views.thresholds, name="settings"),
    path("settings/<str:name>/", views.threshold, name="setting"),
    path("settings/<str:name>/reset/", views.threshold_reset, name="setting_reset"),
]
