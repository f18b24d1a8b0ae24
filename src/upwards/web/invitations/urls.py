"""Addresses of invitations."""

from __future__ import annotations

from django.urls import path

from upwards.web.invitations import views

urlpatterns = [
    path("invitations/", views.invitations, name="invitations"),
    path("invitations/<int:pk>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("invitations/accept/<str:token>/", views.invitation_accept, name="invitation_accept"),
    path("roles/<int:pk>/end/", views.appointment_end, name="appointment_end"),
    path("account/roles/", views.own_roles, name="own_roles"),
]
