"""Addresses of what machines ask, and of what is kept how long."""

from __future__ import annotations

from django.urls import path

from upwards.web.keeping import views

urlpatterns = [
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("kept/", views.kept, name="kept"),
]
