"""Extends a session that is in use. Polling alone does not extend it."""

from typing import Any

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponseBase

from models_admin.access.sessions import BEGAN
from models_admin.middleware.base import Middleware

log = structlog.get_logger("console.session")

# An open tab requests these by itself, so they do not show that anyone is there.
POLLS = ("model-status", "models-statuses", "session", "uploads-rows")


class IdleMiddleware(Middleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session: Any = request.session
        # A modified session is saved whole, which moves its end on too.
        if session.accessed and not session.modified and BEGAN in session and not _is_poll(request):
            try:
                session.slide()
            except Error as exc:
                # The response may report a change, so it is sent; the session ends a little sooner.
                log.warning("the session could not be extended", error=type(exc).__name__)
        return response


def _is_poll(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name in POLLS
