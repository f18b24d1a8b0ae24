"""All addresses: one line per app. Every one of them has a row in ``tests/web/routes``."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("upwards.web.pages.urls")),
    path("", include("upwards.web.jobs.urls")),
    path("", include("upwards.web.keeping.urls")),
    path("", include("upwards.web.invitations.urls")),
    path("", include("upwards.web.sharing.urls")),
    path("", include("upwards.web.directory.urls")),
    path("", include("upwards.web.rosters.urls")),
    path("", include("upwards.web.thresholds.urls")),
    path("", include("upwards.web.term_dates.urls")),
    path("", include("upwards.web.oversight.urls")),
    path("", include("upwards.web.partnerships.urls")),
    path("", include("upwards.web.innovation.urls")),
    path("", include("upwards.web.practices.urls")),
    path("", include("upwards.web.programmes.urls")),
    path("", include("upwards.web.monday.urls")),
    path("", include("upwards.web.answer_pages.urls")),
    path("", include("upwards.web.data.urls")),
    path("", include("upwards.web.reviews.urls")),
    path("", include("upwards.web.health.urls")),
    path("", include("upwards.web.tokens.urls")),
    path("", include("upwards.web.api.urls")),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("account/house/", include("allauth.socialaccount.urls")),
    path("account/", include("allauth.socialaccount.providers.openid_connect.urls")),
]

handler400 = "upwards.web.pages.views.bad_request"
handler403 = "upwards.web.pages.views.forbidden"
handler404 = "upwards.web.pages.views.not_found"
handler500 = "upwards.web.pages.views.failed"
