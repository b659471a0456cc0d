"""`/metrics`, for Prometheus: with METRICS_TOKEN as a bearer token, and absent if that is not set."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

UNAUTHORISED = "Send the token of METRICS_TOKEN in the header Authorization: Bearer.\n"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _has_token(request):
        return HttpResponse(
            UNAUTHORISED, status=401, content_type="text/plain", headers={"WWW-Authenticate": "Bearer"}
        )
    # Only here: without a token, prometheus_client is never loaded.
    from models_admin.metrics.exposition import CONTENT_TYPE, metrics_text

    return HttpResponse(metrics_text(), content_type=CONTENT_TYPE)


def _has_token(request: HttpRequest) -> bool:
    """Compared in constant time, so that the time of an answer tells nothing about the token."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN.encode()
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), expected)
