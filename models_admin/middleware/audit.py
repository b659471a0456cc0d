"""Names the request to the audit events of what it changes. In MIDDLEWARE only if there is an audit stream."""

from django.http import HttpRequest, HttpResponseBase

from models_admin.middleware.base import Middleware
from models_admin.services.audit_events import REQUEST


class AuditMiddleware(Middleware):
    """After AuthenticationMiddleware: events say who is signed in."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = REQUEST.set(request)
        try:
            return self.get_response(request)
        finally:
            REQUEST.reset(before)
