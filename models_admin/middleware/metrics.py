"""Counts requests for Prometheus. In MIDDLEWARE only if METRICS_TOKEN is set."""

import time

from django.http import HttpRequest, HttpResponseBase

from models_admin.metrics.counters import REQUEST_SECONDS, REQUESTS, never_fails
from models_admin.middleware.base import Middleware

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
UNCOUNTED = ("healthz", "readyz", "metrics")  # monitoring itself
UNKNOWN_VIEW = "none"  # an address that the console does not have


class MetricsMiddleware(Middleware):
    """Outermost of ours, so that the time and the status are those that the proxy sees."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        start = time.perf_counter()
        response = self.get_response(request)
        _count(request, response.status_code, time.perf_counter() - start)
        return response


@never_fails
def _count(request: HttpRequest, status: int, seconds: float) -> None:
    view = (request.resolver_match and request.resolver_match.view_name) or UNKNOWN_VIEW
    if view not in UNCOUNTED:
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(view, method, status).inc()
        REQUEST_SECONDS.labels(view).observe(seconds)
