"""Addresses of answers, of their charts and files."""

from __future__ import annotations

from django.urls import path

from upwards.web.answer_pages import views

urlpatterns = [
    path("where-are-we/", views.where_are_we, name="where_are_we"),
    path("spread/", views.spread, name="spread"),
    path("who-knows-how/", views.who_knows_how, name="who_knows_how"),
    path("plan/", views.plan, name="plan"),
    path("schools/", views.schools, name="schools"),
    path("schools/<path:name>/", views.school, name="school"),
    path("convergence/", views.convergence, name="convergence"),
    path("groups/", views.groups, name="groups"),
    path("chart/<slug:page>/<slug:name>.svg", views.chart, name="chart"),
]
