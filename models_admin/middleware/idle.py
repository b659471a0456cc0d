"""Extends a session that is in use. Polling alone does not extend it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db import Error
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from models_admin.access.sessions import AUTHENTICATED, BEGAN
from models_admin.formatting.storable import text_storable
from models_admin.middleware.request_id import UNKNOWN_ADDRESS, client_address
from models_admin.models import BrowserSession

USER_AGENT_LENGTH = 300  # characters, as in the table

log = structlog.get_logger("console.session")

# An open tab requests these by itself, so they do not show that anyone is there.
POLLS = ("model-status", "models-statuses", "session")


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
                # The response may report a change, so it is sent; the session ends a little sooner.
                log.warning("the session could not be extended", error=type(exc).__name__)
        return response


def _is_poll(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name in POLLS


@receiver(user_logged_in, dispatch_uid="session_began")
def session_began(*, request: HttpRequest, user: User, **_kwargs: object) -> None:
    """Start the absolute age at each sign-in, list the session, and delete all expired ones with their keys."""
    request.session[BEGAN] = request.session[AUTHENTICATED] = int(time.time())
    type(request.session).clear_expired()
    _list_session(request, user)


def _list_session(request: HttpRequest, user: User) -> None:
    """For the page that says where one is signed in."""
    if not request.session.session_key:
        request.session.save()  # its row must exist
    address, agent = client_address(request), request.META.get("HTTP_USER_AGENT", "")
    BrowserSession.objects.update_or_create(
        session_id=request.session.session_key,
        defaults={
            "user": user,
            "began_at": timezone.now(),
            "used_at": timezone.now(),
            "address": None if address == UNKNOWN_ADDRESS else address,
            "user_agent": text_storable(agent)[:USER_AGENT_LENGTH],
        },
    )
