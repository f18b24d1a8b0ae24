"""Addresses of controllers and of sharing agreements."""

from __future__ import annotations

from django.urls import path

from upwards.web.sharing import controller_views, views

urlpatterns = [
    path("sharing/", views.sharings, name="sharings"),
    path("sharing/record/", views.sharing_add, name="sharing_add"),
    path("sharing/<int:pk>/", views.sharing, name="sharing"),
    path("sharing/<int:pk>/sign/", views.sharing_sign, name="sharing_sign"),
    path("sharing/<int:pk>/end/", views.sharing_end, name="sharing_end"),
    path("sharing/controllers/add/", controller_views.controller_add, name="controller_add"),
    path("sharing/controllers/<int:pk>/", controller_views.controller_edit, name="controller_edit"),
]
