"""Addresses that programs request by themselves: health checks, the icon, and the rules for crawlers."""

from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

TEXT = "text/plain; charset=utf-8"
HOUR = 3600  # seconds


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. The database is not checked: a restart would not bring it back."""
    return HttpResponse("alive\n", content_type=TEXT)


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has been migrated. 503 otherwise, without detail for strangers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_session LIMIT 1")
    except Error:
        return HttpResponse("database unreachable\n", content_type=TEXT, status=503)
    return HttpResponse("ready\n", content_type=TEXT)


@require_safe
@cache_control(public=True, max_age=HOUR)
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers request this address whatever icon a page names."""
    return redirect(static("icons/favicon.svg"))


@require_safe
@cache_control(public=True, max_age=HOUR)
def robots(request: HttpRequest) -> HttpResponse:
    """Nothing here is for crawlers."""
    return HttpResponse("User-agent: *\nDisallow: /\n", content_type=TEXT)
