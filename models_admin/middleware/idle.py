"""A session in use goes on; one that only polls does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.signals import user_logged_in
from django.db import Error
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

from models_admin.access.sessions import BEGAN

log = structlog.get_logger("console.session")

# An open tab asks for these by itself: they say nothing of a person being there.
POLLS = ("model-status", "models-statuses")


class IdleMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session: Any = request.session
        # A modified session is saved whole, which moves its end on too.
        if session.accessed and not session.modified and BEGAN in session and not _is_poll(request):
            try:
                session.slide()
            except Error as exc:
                # The answer may tell of a change that was made: it goes out, and the session ends a little sooner.
                log.warning("the session could not be prolonged", error=type(exc).__name__)
        return response


def _is_poll(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name in POLLS


@receiver(user_logged_in, dispatch_uid="session_began")
def session_began(*, request: HttpRequest, **_kwargs: object) -> None:
    """Start the clock of the absolute age, anew at every sign-in. Expired rows, whoever's, go with their keys."""
    request.session[BEGAN] = int(time.time())
    type(request.session).clear_expired()
