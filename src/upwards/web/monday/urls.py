"""Addresses of Monday."""

from __future__ import annotations

from django.urls import path

from upwards.web.monday import views

urlpatterns = [
    path("monday/", views.monday, name="monday"),
    path("monday/mail/", views.monday_mail, name="monday_mail"),
]
