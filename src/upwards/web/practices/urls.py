"""Addresses of the practice library."""

from __future__ import annotations

from django.urls import path

from upwards.web.practices import edition_views, file_views, use_views, views, writing_views

urlpatterns = [
    path("practice/", views.practice, name="practice"),
    path("practice/new/", writing_views.practice_new, name="practice_new"),
    path("practice/drafts/", views.practice_drafts, name="practice_drafts"),
    path("practice/<int:pk>/", views.practice_card, name="practice_card"),
    path("practice/<int:pk>/draft/", views.practice_draft, name="practice_draft"),
    path("practice/<int:pk>/change/", writing_views.practice_edit, name="practice_edit"),
    path("practice/<int:pk>/step/", writing_views.practice_step, name="practice_step"),
    path("practice/<int:pk>/review/", writing_views.practice_review, name="practice_review"),
    path("practice/<int:pk>/use/", use_views.practice_use, name="practice_use"),
    path("practice/<int:pk>/editions/", edition_views.practice_editions, name="practice_editions"),
    path("practice/<int:pk>/editions/<int:number>/", edition_views.practice_edition, name="practice_edition"),
    path(
        "practice/<int:pk>/editions/<int:number>/again/",
        edition_views.practice_restore,
        name="practice_restore",
    ),
    path("practice/<int:pk>/files/", file_views.practice_file_add, name="practice_file_add"),
    path("practice/<int:pk>/files/<int:file>/", file_views.practice_file, name="practice_file"),
    path(
        "practice/<int:pk>/files/<int:file>/remove/",
        file_views.practice_file_remove,
        name="practice_file_remove",
    ),
]
