"""A sign-in that waits for the second factor: the password was right, and nobody is signed in yet.

The session isn't signed in but holds the account; there is no vault cookie. Signing in gives the session a new ID.
"""

import time
from dataclasses import dataclass

from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.utils.crypto import constant_time_compare

from models_admin.http import Request

SLOT = "sign_in_pending"
MAX_AGE = 600  # seconds


@dataclass(frozen=True, slots=True)
class Pending:
    """`target` is where to go after signing in."""

    person: User
    target: str


def pending_begin(*, request: Request, person: User, target: str) -> None:
    """Whoever was signed in in this browser is signed out."""
    if request.user.is_authenticated:
        logout(request)
    request.session.cycle_key()
    request.session[SLOT] = [person.pk, person.get_session_auth_hash(), target, int(time.time())]


def pending_read(*, request: Request) -> Pending | None:
    """None where there is none, it is older than ten minutes, or the account or its password has changed since."""
    entry = request.session.get(SLOT)
    if not isinstance(entry, list) or len(entry) != 4:
        return None
    pk, own_hash, target, began = entry
    if not isinstance(began, int) or not 0 <= time.time() - began < MAX_AGE:
        return None
    person = User.objects.filter(pk=pk, is_active=True).first()
    if person is None or not constant_time_compare(str(own_hash), person.get_session_auth_hash()):
        return None
    return Pending(person, str(target))


def pending_end(*, request: Request) -> None:
    request.session.pop(SLOT, None)
