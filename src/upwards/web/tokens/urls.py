"""Addresses of tokens."""

from __future__ import annotations

from django.urls import path

from upwards.web.tokens import views

urlpatterns = [
    path("account/programs/", views.tokens, name="tokens"),
    path("account/programs/new/", views.token_make, name="token_make"),
    path("account/programs/<int:pk>/revoke/", views.token_revoke, name="token_revoke"),
]
