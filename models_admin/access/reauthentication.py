"""When a person last proved who they are: at sign-in, or later by signing in again in the same session.

Deleting models, lifting a protection, switching off the second person for deletions, managing accounts and changing a
second factor need a proof that is no older than REAUTHENTICATE minutes.
"""

import time

from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from models_admin.access.connections import request_session_changed
from models_admin.access.sessions import AUTHENTICATED, BEGAN
from models_admin.http import Request

CLOCK_LEEWAY = 60  # seconds that a clock may have been set back


def authentication_is_recent(*, session: SessionBase) -> bool:
    """Always, with REAUTHENTICATE=0."""
    if not settings.REAUTHENTICATE:
        return True
    at = session.get(AUTHENTICATED, session.get(BEGAN))
    if not isinstance(at, int):
        return False
    age = time.time() - at
    return -CLOCK_LEEWAY <= age < settings.REAUTHENTICATE * 60


def authentication_note(*, request: Request) -> None:
    """Now. The session keeps its ID and its absolute end. Raises SessionInterrupted."""
    with request_session_changed(request) as session:
        session[AUTHENTICATED] = int(time.time())
        session.pop(STATE_SESSION_KEY, None)  # a passkey's challenge is accepted once
