"""Addresses of system health, attention and the pulse."""

from __future__ import annotations

from django.urls import path

from upwards.web.health import pulse_views, views

urlpatterns = [
    path("health/", views.system_health, name="system_health"),
    path("health/chart/", views.health_chart, name="health_chart"),
    path("health/attention/", views.attention, name="attention"),
    path("health/pulse/", pulse_views.pulse_results, name="pulse_results"),
    path("health/pulse/open/", pulse_views.pulse_open, name="pulse_open"),
    path("health/pulse/<int:pk>/close/", pulse_views.pulse_close, name="pulse_close"),
    path("pulse/", pulse_views.pulse, name="pulse"),
]
