"""Names the request to the audit events of what it changes. In MIDDLEWARE only if there is an audit stream."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from models_admin.services.audit_events import REQUEST


class AuditMiddleware:
    """After AuthenticationMiddleware: events say who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = REQUEST.set(request)
        try:
            return self.get_response(request)
        finally:
            REQUEST.reset(before)
