"""Addresses of the data."""

from __future__ import annotations

from django.urls import path

from upwards.web.data import table_views, upload_views, views

urlpatterns = [
    path("data/", views.data, name="data"),
    path("data/start/", views.data_start, name="data_start"),
    path("data/upload/", upload_views.data_upload, name="data_upload"),
    path("data/uploads/<uuid:upload_id>/", upload_views.data_uploaded, name="data_uploaded"),
    path("data/uploads/<uuid:upload_id>/columns/", upload_views.data_mapping, name="data_mapping"),
    path(
        "data/uploads/<uuid:upload_id>/columns/text/",
        upload_views.data_mapping_text,
        name="data_mapping_text",
    ),
    path("data/uploads/<uuid:upload_id>/decide/", upload_views.data_decide, name="data_decide"),
    path("data/uploads/<uuid:upload_id>/again/", upload_views.data_again, name="data_again"),
    path("data/coverage/", views.data_coverage, name="data_coverage"),
    path("data/sources/", views.data_sources, name="data_sources"),
    path("data/states/", views.data_snapshots, name="data_snapshots"),
    path("data/states/changes/", views.data_changes, name="data_changes"),
    path("data/undo/", views.data_undo, name="data_undo"),
    path("data/tables/", table_views.data_tables, name="data_tables"),
    path("data/tables/<slug:table>.csv", table_views.data_table_csv, name="data_table_csv"),
    path("data/tables/<slug:table>.xlsx", table_views.data_table_xlsx, name="data_table_xlsx"),
]
