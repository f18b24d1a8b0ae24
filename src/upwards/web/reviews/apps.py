"""The app of reviews and of the four capitals."""

from __future__ import annotations

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "upwards.web.reviews"
    label = "reviews"
