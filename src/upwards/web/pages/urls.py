"""Addresses of the first page and of the pages for machines."""

from __future__ import annotations

from django.urls import path

from upwards.web.pages import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
]
