"""Where a person is signed in: the list, and ending sessions.

Ending a session deletes its row, with the encrypted keys in it. The next request of that browser is not signed in.
"""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db.transaction import atomic
from django.dispatch import Signal
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from models_admin.formatting.user_agent import browser_and_system
from models_admin.models import BrowserSession
from models_admin.services.team import log_change

session_ended = Signal()  # ended=BrowserSession, in the transaction that deletes it


class ThisSession(Exception):
    """One's own session is ended by signing out."""


def sessions_list(*, user: User) -> list[BrowserSession]:
    """The person's sessions that can still be used, the one that began last first."""
    found = BrowserSession.objects.filter(user=user, session__expire_date__gt=timezone.now())
    rows = found.select_related("session").order_by("-began_at", "-pk")
    return [row for row in rows if _is_accepted(row, user)]


def _is_accepted(row: BrowserSession, user: User) -> bool:
    """Whether Django would take the session: not after a new password, or if its way of signing in was turned off."""
    content = import_module(settings.SESSION_ENGINE).SessionStore().decode(row.session.session_data)
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    own_hash = str(content.get(HASH_SESSION_KEY, ""))
    return content.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS and any(
        constant_time_compare(own_hash, one) for one in hashes
    )


@atomic
def session_end(*, user: User, pk: int, current: str) -> BrowserSession:
    """End one of the person's sessions. `current` is the key of the session that asks.

    Raises BrowserSession.DoesNotExist, also for another person's, and ThisSession.
    """
    found = next((one for one in sessions_list(user=user) if one.pk == pk), None)
    if found is None:
        raise BrowserSession.DoesNotExist
    if found.session_id == current:
        raise ThisSession
    _end(found)
    return found


@atomic
def sessions_end_others(*, user: User, current: str | None) -> int:
    """End all of the person's sessions but `current`, and return how many there were."""
    others = [one for one in sessions_list(user=user) if one.session_id != current]
    for other in others:
        _end(other)
    return len(others)


def _end(ended: BrowserSession) -> None:
    where = f"{browser_and_system(ended.user_agent)}, {ended.address or 'unknown address'}"
    log_change(ended.user, ended.user, f"Ended a session: {where}.")
    session_ended.send(BrowserSession, ended=ended)
    Session.objects.filter(pk=ended.session_id).delete()
