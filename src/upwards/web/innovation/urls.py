"""Addresses of pilots and reading."""

from __future__ import annotations

from django.urls import path

from upwards.web.innovation import reading_views, views

urlpatterns = [
    path("innovation/", views.innovation, name="innovation"),
    path("innovation/new/", views.pilot_new, name="pilot_new"),
    path("innovation/<int:pk>/", views.pilot, name="pilot"),
    path("innovation/<int:pk>/change/", views.pilot_edit, name="pilot_edit"),
    path("innovation/<int:pk>/state/", views.pilot_state, name="pilot_state"),
    path("innovation/<int:pk>/decide/", views.pilot_decide, name="pilot_decide"),
    path("innovation/<int:pk>/log/", views.observation_add, name="observation_add"),
    path("innovation/<int:pk>/reading/", reading_views.pilot_reading, name="pilot_reading"),
    path("innovation/seen/<int:pk>/remove/", views.observation_remove, name="observation_remove"),
    path("innovation/reading/", reading_views.reading, name="reading"),
    path("innovation/reading/new/", reading_views.reference_new, name="reference_new"),
    path("innovation/reading/<int:pk>/", reading_views.reference, name="reference"),
    path("innovation/reading/<int:pk>/change/", reading_views.reference_edit, name="reference_edit"),
]
