"""Addresses of partnerships, their visits, and the calendar."""

from __future__ import annotations

from django.urls import path

from upwards.web.partnerships import cycle_views, side_views, views

urlpatterns = [
    path("partnerships/", views.partnerships, name="partnerships"),
    path("partnerships/new", views.partnership_new, name="partnership_new"),
    path("partnerships/data/", side_views.hand_over, name="hand_over"),
    path("partnerships/<int:pk>/", views.partnership, name="partnership"),
    path("partnerships/<int:pk>/change/", views.partnership_edit, name="partnership_edit"),
    path("partnerships/<int:pk>/ask/", views.partnership_ask, name="partnership_ask"),
    path("partnerships/<int:pk>/answer/", views.partnership_answer, name="partnership_answer"),
    path("partnerships/<int:pk>/state/", views.partnership_state, name="partnership_state"),
    path("partnerships/<int:pk>/log/", cycle_views.visit_log, name="visit_log"),
    path("partnerships/<int:pk>/visits/new/", cycle_views.visit_plan, name="visit_plan"),
    path("partnerships/<int:pk>/notes/", cycle_views.partnership_note, name="partnership_note"),
    path("goals/<int:pk>/reached/", cycle_views.goal_reached, name="goal_reached"),
    path("visits/<int:pk>/", cycle_views.visit, name="visit"),
    path("visits/<int:pk>/missed/", cycle_views.visit_missed, name="visit_missed"),
    path("follow-ups/<int:pk>/", cycle_views.follow_up, name="follow_up"),
    path("account/calendar/", side_views.calendar_address, name="calendar_address"),
    path("calendar/<str:token>.ics", side_views.calendar_feed, name="calendar_feed"),
]
