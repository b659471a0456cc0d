"""Each request gets an id, which goes out as X-Request-ID, and one log line."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

log = structlog.get_logger("console.request")

GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
QUIET = ("/healthz", "/readyz")  # asked every few seconds by machines


class RequestIdMiddleware:
    """Outermost, so that the id is there for whatever goes wrong further in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = request_id = _id_for(request)  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        start = time.perf_counter()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        _write_line(request, response, round((time.perf_counter() - start) * 1000))
        return response


def _id_for(request: HttpRequest) -> str:
    """The id our own proxy gave, if there is a proxy; else a new one. A stranger's is not believed."""
    given = request.headers.get("X-Request-ID", "")
    return given if settings.PROXY_COUNT and GIVEN.fullmatch(given) else uuid4().hex


def _write_line(request: HttpRequest, response: HttpResponseBase, milliseconds: int) -> None:
    """Method, path, status, time, who. Never the query, which may hold what a person searched for."""
    if request.path in QUIET or request.path.startswith(settings.STATIC_URL):
        return
    # What was loaded, if anything was: a log line must not ask the database.
    loaded = getattr(getattr(request, "session", None), "_session_cache", {})
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        ms=milliseconds,
        user=loaded.get("_auth_user_id"),
    )


def client_address(request: HttpRequest) -> str:
    """The address a request came from, for counting failed sign-ins.

    X-Forwarded-For is written by whoever sends it, but for the entries that our own proxies append:
    the one PROXY_COUNT steps from its end is the first that they saw themselves.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.PROXY_COUNT and len(hops) >= settings.PROXY_COUNT:
        return hops[-settings.PROXY_COUNT]
    return str(request.META.get("REMOTE_ADDR", ""))
