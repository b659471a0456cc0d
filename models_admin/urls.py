"""Every address of the console. Scripts, monitoring and bookmarks rely on them.

What belongs to a project lies below `/projects/<project>/`. Fixed words ("rows", "export.csv") come before
`<model_id>` and `<upload_id>`, so that no model can take their place.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from models_admin.converters import (
    FieldNameConverter,
    ModelIdConverter,
    ProjectIdConverter,
    UploadIdConverter,
    VersionConverter,
)
from models_admin.views import (
    about,
    account_sessions,
    activity,
    auth,
    checks,
    compare,
    connections,
    delete,
    deletion_requests,
    edit_all,
    edit_fill,
    field,
    jobs,
    metrics,
    model,
    models,
    passkeys,
    project_roles,
    project_settings,
    protection,
    reauthenticate,
    redirects,
    revalidate,
    second_factor,
    selection,
    session,
    sharing,
    sign_in_factor,
    single_sign_on,
    status,
    statuses,
    team,
    undo,
    uploads,
    versions,
)

register_converter(ModelIdConverter, "model_id")
register_converter(ProjectIdConverter, "project_id")
register_converter(FieldNameConverter, "field_name")
register_converter(VersionConverter, "version")
register_converter(UploadIdConverter, "upload_id")

one_field: list[URLPattern | URLResolver] = [
    path("", field.field_edit, name="model-field"),
    path("value/", field.field_value, name="model-value"),
    path("preview/", field.field_preview, name="model-preview"),
]
one_model: list[URLPattern | URLResolver] = [
    path("", model.model, name="model"),
    path("catalog/", model.model_catalog, name="model-catalog"),
    path("endpoints/", model.model_endpoints, name="model-endpoints"),
    path("revalidate/", revalidate.revalidate, name="model-revalidate"),
    path("revalidation/", status.revalidation, name="model-revalidation"),
    path("status/", status.status, name="model-status"),
    path("delete/", delete.delete, name="model-delete"),
    path("protect/", protection.protect, name="model-protect"),
    path("unprotect/", protection.unprotect, name="model-unprotect"),
    path("sharing/", sharing.sharing, name="model-sharing"),
    path("share/", sharing.share, name="model-share"),
    path("unshare/", sharing.unshare, name="model-unshare"),
    path("versions/", versions.versions, name="model-versions"),
    path("versions/<version:version>/promote/", versions.promote, name="model-promote"),
    path("fields/<field_name:field_name>/", include(one_field)),
    path("edit/", edit_all.edit_all, name="model-edit"),
    path("edit/files/", edit_fill.edit_files, name="model-edit-files"),
    path("edit/models/", edit_fill.edit_models, name="model-edit-models"),
    path("history/", activity.model_history, name="model-history"),
]
one_job: list[URLPattern | URLResolver] = [
    path("", jobs.job, name="job"),
    path("run/", jobs.run, name="job-run"),
    path("stop/", jobs.stop, name="job-stop"),
    path("retry/", jobs.retry, name="job-retry"),
    path("undo/", jobs.undo, name="job-undo"),
]
one_request: list[URLPattern | URLResolver] = [
    path("", deletion_requests.deletion_request, name="deletion-request"),
    path("approve/", deletion_requests.approve, name="deletion-approve"),
    path("decline/", deletion_requests.decline, name="deletion-decline"),
    path("withdraw/", deletion_requests.withdraw, name="deletion-withdraw"),
]
project: list[URLPattern | URLResolver] = [
    path("models/", models.models, name="models"),
    path("models/rows/", models.models_rows, name="models-rows"),
    path("models/preferences/", models.models_preferences, name="models-preferences"),
    path("models/charts/", models.charts, name="models-charts"),
    path("models/statuses/", statuses.statuses, name="models-statuses"),
    path("models/export.csv", models.models_export_csv, name="models-export-csv"),
    path("models/export.json", models.models_export_json, name="models-export-json"),
    path("models/checks/", checks.checks, name="checks"),
    path("models/checks/dismiss/", checks.checks_dismiss, name="checks-dismiss"),
    path("models/checks/restore/", checks.checks_restore, name="checks-restore"),
    path("models/checks/repair/", checks.checks_repair, name="checks-repair"),
    path("models/checks/details/", checks.checks_details, name="checks-details"),
    path("models/checks/export.csv", checks.checks_export_csv, name="checks-export-csv"),
    path("models/checks/export.json", checks.checks_export_json, name="checks-export-json"),
    path("models/compare/", compare.compare, name="models-compare"),
    path("models/selection/", selection.selection, name="models-selection"),
    path("models/<model_id:model_id>/", include(one_model)),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/rows/", uploads.uploads_rows, name="uploads-rows"),
    path("uploads/<upload_id:upload_id>/", uploads.upload, name="upload"),
    path("uploads/<upload_id:upload_id>/cancel/", uploads.cancel, name="upload-cancel"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:number>/", include(one_job)),
    path("requests/", deletion_requests.deletion_requests, name="deletion-requests"),
    path("requests/<int:number>/", include(one_request)),
    path("settings/", project_settings.project_settings, name="project-settings"),
    path("palette/", models.palette, name="palette"),
    path("activity/", activity.activity, name="activity"),
    path("activity/rows/", activity.activity_rows_fragment, name="activity-rows"),
    path("activity/export.csv", activity.activity_export_csv, name="activity-export-csv"),
    path("activity/export.json", activity.activity_export_json, name="activity-export-json"),
    path("activity/<int:number>/", activity.activity_change, name="activity-change"),
    path("activity/<int:number>/undo/", undo.undo, name="activity-undo"),
]
all_activity: list[URLPattern | URLResolver] = [
    path("", activity.activity, name="activity-all"),
    path("rows/", activity.activity_rows_fragment, name="activity-all-rows"),
    path("export.csv", activity.activity_export_csv, name="activity-all-export-csv"),
    path("export.json", activity.activity_export_json, name="activity-all-export-json"),
    path("<int:number>/undo/", redirects.below_project),
]
one_person: list[URLPattern | URLResolver] = [
    path("change/", team.person_change, name="team-change"),
    path("password/", team.person_password, name="team-password"),
    path("factor/remove/", team.factor_remove, name="team-factor-remove"),
    path("lock/", team.lock, name="team-lock"),
    path("unlock/", team.unlock, name="team-unlock"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", auth.home, name="home"),
    path("metrics", metrics.metrics, name="metrics"),
    path("sign-in/", auth.sign_in, name="sign-in"),
    path("sign-in/factor/", sign_in_factor.sign_in_factor, name="sign-in-factor"),
    path("sign-in/oidc/", single_sign_on.begin, name="sign-in-oidc"),
    path("sign-in/oidc/callback/", single_sign_on.callback, name="sign-in-oidc-callback"),
    path("sign-out/", auth.sign_out, name="sign-out"),
    path("account/", auth.account, name="account"),
    path("account/confirm/", reauthenticate.reauthenticate, name="reauthenticate"),
    path("account/factor/", second_factor.factor, name="factor"),
    path("account/factor/app/", second_factor.app, name="factor-app"),
    path("account/factor/app/remove/", second_factor.app_removal, name="factor-app-remove"),
    path("account/factor/codes/", second_factor.codes, name="factor-codes"),
    path("account/factor/passkeys/", passkeys.passkeys, name="factor-passkeys"),
    path("account/factor/passkeys/<int:pk>/remove/", passkeys.passkey_removal, name="factor-passkey-remove"),
    path("account/sessions/", account_sessions.sessions, name="sessions"),
    path("account/sessions/end-others/", account_sessions.end_others, name="sessions-end-others"),
    path("account/sessions/<int:pk>/end/", account_sessions.end, name="session-end"),
    path("about/", about.about, name="about"),
    path("session/", session.session, name="session"),
    path("connect/", connections.connect, name="connect"),
    path("connect/forget/", connections.connection_forget, name="connection-forget"),
    path("projects/<project_id:project>/", include(project)),
    path("activity/", include(all_activity)),
    path("models/", redirects.below_project),
    path("models/<path:rest>", redirects.below_project),
    path("team/", team.team, name="team"),
    path("team/add/", team.person_add, name="team-add"),
    path("team/projects/", project_roles.project_roles, name="team-projects"),
    path("team/projects/<int:pk>/remove/", project_roles.project_role_delete, name="team-project-remove"),
    path("team/<int:pk>/", include(one_person)),
]
