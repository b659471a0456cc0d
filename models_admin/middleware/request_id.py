"""Each request gets an id, which goes out as X-Request-ID, and one log line."""

import re
import time
from ipaddress import ip_address
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from models_admin.middleware.base import Middleware

log = structlog.get_logger("console.request")

GIVEN = re.compile(r"[A-Za-z0-9_-]{8,64}")
QUIET = ("/healthz", "/readyz", "/metrics")  # monitoring requests them every few seconds
UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  # nothing listens on it; the database column takes addresses only
HOST_AND_PORT = re.compile(r"\[(?P<v6>[^]]+)\](:\d+)?|(?P<v4>[^:]+):\d+")


class RequestIdMiddleware(Middleware):
    """Outermost, so that every other middleware and every failure has the id."""

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
    """The id that our own proxy set, if there is a proxy; else a new one. Anyone else's is ignored."""
    given = request.headers.get("X-Request-ID", "")
    return given if settings.PROXY_COUNT and GIVEN.fullmatch(given) else uuid4().hex


def _write_line(request: HttpRequest, response: HttpResponseBase, milliseconds: int) -> None:
    """Method, path, status, time, account. Never the query, which may hold what a person searched for."""
    if request.path.removeprefix(settings.BASE_PATH) in QUIET or request.path.startswith(settings.STATIC_URL):
        return
    # The session only if it is loaded: writing a log line must not query the database.
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
    """The IP address a request came from, for counting failed sign-ins.

    Anyone can write X-Forwarded-For, but our own proxies append what they see: the entry PROXY_COUNT steps from the
    end is the first one of theirs. Everything that is not an address counts as one client, UNKNOWN_ADDRESS.
    """
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if settings.PROXY_COUNT and len(hops) >= settings.PROXY_COUNT:
        return _address(hops[-settings.PROXY_COUNT])
    return _address(str(request.META.get("REMOTE_ADDR", "")))


def _address(text: str) -> str:
    """192.0.2.9, 192.0.2.9:50000, 2001:db8::9, [2001:db8::9]:50000 without port, brackets and zone."""
    found = HOST_AND_PORT.fullmatch(text)
    host = (found["v6"] or found["v4"]) if found else text
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return UNKNOWN_ADDRESS
    return str(getattr(address, "ipv4_mapped", None) or address)
