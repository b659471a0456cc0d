"""Every address of the console. Scripts and monitoring rely on these names; a view module's own lines stand together.

Fixed words ("rows", "export.csv") come before `<model_id>`, so that no model can take their place.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, register_converter

from models_admin.converters import FieldNameConverter, ModelIdConverter
from models_admin.views import (
    activity,
    charts,
    connect,
    deleting,
    detail,
    export,
    fields,
    listing,
    palette,
    revalidating,
    session,
    status,
    statuses,
    team,
    undo,
)

register_converter(ModelIdConverter, "model_id")
register_converter(FieldNameConverter, "field_name")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", session.home, name="home"),
    path("sign-in/", session.sign_in, name="sign-in"),
    path("sign-out/", session.sign_out, name="sign-out"),
    path("account/", session.account, name="account"),
    path("connect/", connect.connect, name="connect"),
    path("connect/use/", connect.connection_use, name="connection-use"),
    path("connect/forget/", connect.connection_forget, name="connection-forget"),
    path("palette/", palette.palette, name="palette"),
    path("models/", listing.models, name="models"),
    path("models/rows/", listing.models_rows, name="models-rows"),
    path("models/charts/", charts.charts, name="models-charts"),
    path("models/statuses/", statuses.statuses, name="models-statuses"),
    path("models/export.csv", export.models_export_csv, name="models-export-csv"),
    path("models/export.json", export.models_export_json, name="models-export-json"),
    path("models/<model_id:model_id>/", detail.model, name="model"),
    path("models/<model_id:model_id>/catalog/", detail.model_catalog, name="model-catalog"),
    path("models/<model_id:model_id>/revalidate/", revalidating.revalidate, name="model-revalidate"),
    path("models/<model_id:model_id>/revalidation/", status.revalidation, name="model-revalidation"),
    path("models/<model_id:model_id>/status/", status.status, name="model-status"),
    path("models/<model_id:model_id>/delete/", deleting.delete, name="model-delete"),
    path("models/<model_id:model_id>/fields/<field_name:field_name>/", fields.field_edit, name="model-field"),
    path(
        "models/<model_id:model_id>/fields/<field_name:field_name>/value/",
        fields.field_value,
        name="model-value",
    ),
    path(
        "models/<model_id:model_id>/fields/<field_name:field_name>/preview/",
        fields.field_preview,
        name="model-preview",
    ),
    path("models/<model_id:model_id>/history/", activity.model_history, name="model-history"),
    path("activity/", activity.activity, name="activity"),
    path("activity/rows/", activity.activity_rows_fragment, name="activity-rows"),
    path("activity/export.csv", activity.activity_export_csv, name="activity-export-csv"),
    path("activity/export.json", activity.activity_export_json, name="activity-export-json"),
    path("activity/<int:number>/undo/", undo.undo, name="activity-undo"),
    path("team/", team.people, name="team"),
    path("team/", team.team_site.urls),
]
