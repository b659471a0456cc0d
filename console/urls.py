"""The console's addresses, the two for machines, and the pages for failures."""

from django.urls import include, path

from console import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("models_admin.urls")),
]
handler400 = "models_admin.views.errors.bad_request"
handler403 = "models_admin.views.errors.permission_denied"
handler404 = "models_admin.views.errors.not_found"
handler500 = "models_admin.views.errors.server_error"
