"""Addresses of reviews and of the four capitals."""

from __future__ import annotations

from django.urls import path

from upwards.web.reviews import capitals_views, views, writing_views

urlpatterns = [
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/new/", views.review_new, name="review_new"),
    path("reviews/<int:pk>/", views.review, name="review"),
    path("reviews/<int:pk>/days/", views.review_edit, name="review_edit"),
    path("reviews/<int:pk>/reviewers/", views.review_allocate, name="review_allocate"),
    path("reviews/<int:pk>/state/", views.review_state, name="review_state"),
    path("reviews/<int:pk>/together/", writing_views.review_activity, name="review_activity"),
    path("reviews/<int:pk>/report/", writing_views.review_report, name="review_report"),
    path("reviews/<int:pk>/excellence/", writing_views.review_excellence, name="review_excellence"),
    path("reviews/<int:pk>/comments/", writing_views.review_comment, name="review_comment"),
    path("reviews/<int:pk>/actions/", writing_views.review_action, name="review_action"),
    path("reviews/reviewers/<int:pk>/end/", views.review_release, name="review_release"),
    path("reviews/together/<int:pk>/", writing_views.review_activity_edit, name="review_activity_edit"),
    path("reviews/actions/<int:pk>/done/", writing_views.review_action_done, name="review_action_done"),
    path("capitals/", capitals_views.capitals, name="capitals"),
    path("capitals/open/", capitals_views.capitals_open, name="capitals_open"),
    path("capitals/<int:pk>/", capitals_views.capitals_picture, name="capitals_picture"),
    path("capitals/<int:pk>/answer/", capitals_views.capitals_answer, name="capitals_answer"),
    path("capitals/<int:pk>/close/", capitals_views.capitals_close, name="capitals_close"),
]
