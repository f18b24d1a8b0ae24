"""Addresses of jobs."""

from __future__ import annotations

from django.urls import path

from upwards.web.jobs import views

urlpatterns = [
    path("jobs/<uuid:job_id>/", views.job, name="job"),
    path("jobs/<uuid:job_id>/again/", views.job_again, name="job_again"),
]
