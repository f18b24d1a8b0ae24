"""Addresses of my classes."""

from __future__ import annotations

from django.urls import path

from upwards.web.rosters import claims, views

urlpatterns = [
    path("my-classes/", views.my_classes, name="my_classes"),
    path("my-classes/add/", views.my_class_add, name="my_class_add"),
    path("class-claims/", claims.class_claims, name="class_claims"),
    path("class-claims/<int:pk>/", claims.class_claim_answer, name="class_claim_answer"),
]
