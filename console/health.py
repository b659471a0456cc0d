"""For load balancers and monitoring: is the process alive, and can it serve?"""

from __future__ import annotations

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

TEXT = "text/plain; charset=utf-8"


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. It asks nobody: a restart would not bring a database back."""
    return HttpResponse("alive\n", content_type=TEXT)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Able to serve: the database answers and has been migrated. 503 otherwise, with no detail for strangers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_session LIMIT 1")
    except Error:
        return HttpResponse("database unreachable\n", content_type=TEXT, status=503)
    return HttpResponse("ready\n", content_type=TEXT)
