"""Addresses of the pages on people."""

from __future__ import annotations

from django.urls import path

from upwards.web.directory import agreement_views, views, wish_views

urlpatterns = [
    path("people/", views.people, name="people"),
    path("people/add/", views.person_add, name="person_add"),
    path("people/me/", views.own_person, name="own_person"),
    path("people/me/agreement/", agreement_views.agreement, name="agreement"),
    path(
        "people/me/agreement/<int:pk>/withdraw/",
        agreement_views.agreement_withdraw,
        name="agreement_withdraw",
    ),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/edit/", views.person_edit, name="person_edit"),
    path("people/<int:pk>/training/", views.training_add, name="training_add"),
    path("people/<int:pk>/hours/", views.term_hours, name="term_hours"),
    path("people/<int:pk>/wish/", wish_views.wish_add, name="wish_add"),
    path("people/training/<int:pk>/remove/", views.training_remove, name="training_remove"),
    path("people/wish/<int:pk>/answer/", wish_views.wish_answer, name="wish_answer"),
]
