"""Addresses of programmes, their sessions and registers."""

from __future__ import annotations

from django.urls import path

from upwards.web.programmes import session_views, views

urlpatterns = [
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/new/", views.programme_new, name="programme_new"),
    path("programmes/<int:pk>/", views.programme, name="programme"),
    path("programmes/<int:pk>/change/", views.programme_edit, name="programme_edit"),
    path("programmes/<int:pk>/framework/", views.programme_framework, name="programme_framework"),
    path("programmes/<int:pk>/state/", views.programme_state, name="programme_state"),
    path("programmes/<int:pk>/people/", session_views.programme_people, name="programme_people"),
    path("programmes/<int:pk>/sessions.<str:kind>", session_views.programme_table, name="programme_table"),
    path(
        "programmes/<int:pk>/sessions/new/",
        session_views.programme_session_new,
        name="programme_session_new",
    ),
    path("programmes/sessions/<int:pk>/", session_views.programme_session, name="programme_session"),
    path("programmes/sessions/<int:pk>/register/", session_views.attendance, name="attendance"),
]
