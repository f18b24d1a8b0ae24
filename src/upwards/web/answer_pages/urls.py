"""Addresses of answers, of their charts and files."""

from __future__ import annotations

from django.urls import path

from upwards.web.answer_pages import views

urlpatterns = [
    path("where-are-we/", views.answer("where-are-we"), name="where_are_we"),
    path("spread/", views.answer("spread"), name="spread"),
    path("who-knows-how/", views.answer("who-knows-how"), name="who_knows_how"),
    path("plan/", views.answer("plan"), name="plan"),
    path("schools/", views.answer("schools"), name="schools"),
    path("schools/<path:school>/", views.answer("school"), name="school"),
    path("convergence/", views.answer("convergence"), name="convergence"),
    path("groups/", views.answer("groups"), name="groups"),
    path("chart/<slug:page>/<slug:name>.svg", views.chart, name="chart"),
]
