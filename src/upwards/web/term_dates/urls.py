"""Addresses of term dates."""

from __future__ import annotations

from django.urls import path

from upwards.web.term_dates import views

urlpatterns = [
    path("term-dates/", views.term_dates, name="term_dates"),
    path("term-dates/add/", views.closure_add, name="closure_add"),
    path("term-dates/copy/", views.term_dates_copy, name="term_dates_copy"),
    path("term-dates/<int:pk>/", views.closure_edit, name="closure_edit"),
    path("term-dates/<int:pk>/remove/", views.closure_remove, name="closure_remove"),
]
