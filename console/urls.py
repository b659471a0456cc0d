"""The console's addresses, those for machines, and the pages for failures. Everything is below BASE_PATH."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from console import machines

below = f"{settings.BASE_PATH[1:]}/" if settings.BASE_PATH else ""
probes = [
    path("healthz", machines.healthz, name="healthz"),
    path("readyz", machines.readyz, name="readyz"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("robots.txt", machines.robots, name="robots"),
]
pages = path("", include("models_admin.urls"))
urlpatterns: list[URLPattern | URLResolver] = [path(below, include([*probes, pages]))]
if below:  # monitoring on the machine itself uses the root
    urlpatterns += probes[:2]
handler400 = "models_admin.views.errors.bad_request"
handler403 = "models_admin.views.errors.permission_denied"
handler404 = "models_admin.views.errors.not_found"
handler500 = "models_admin.views.errors.server_error"
