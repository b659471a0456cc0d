"""Which projects a person has connected in this session, and which one is in use.

The session (JSON, in the database) holds under `connections`:

    {"current": project or null, "projects": {project: {"last4", "connected_at" (ISO 8601), "kid", "sealed"}}}

Whoever writes to the database can put anything there: what does not have this shape counts as absent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted

from console.sessions import BEGAN
from models_admin import vault
from models_admin.request import Request
from models_admin.xerotier.secret import Secret

SLOT = "connections"

logger = logging.getLogger(__name__)


class NoConnection(Exception):
    """The person has not connected this project, or none at all, in this session."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What the session tells of a connected project without opening anything."""

    project: str
    last4: str
    connected_at: datetime


@dataclass(frozen=True, slots=True)
class Access:
    """A connection opened for one request: who acts, on which project, with which key.

    It lives in a view's local variables and the services it calls; never in a template context,
    a cache, a session or on anything shared.
    """

    user: User
    project: str
    key: Secret
    request_id: str = ""  # this console's own request id, for the activity and the log


def connections_list(*, session: SessionBase) -> list[Connection]:
    """The connected projects, by name."""
    found = [_connection(project, entry) for project, entry in _entries(session).items()]
    return sorted((item for item in found if item is not None), key=lambda item: item.project.lower())


def connection_current(*, session: SessionBase) -> Connection | None:
    """The project in use: the one chosen last, else any that is connected."""
    listed = connections_list(session=session)
    chosen = _slot(session).get("current")
    return next((item for item in listed if item.project == chosen), listed[0] if listed else None)


def connection_add(*, request: Request, project: str, key: Secret) -> None:
    """Seal a checked key into the session and put its project in use."""
    cookie = _cookie_or_new(request)
    with _session_changed(request) as session:
        until = int(session.get(BEGAN, time.time())) + settings.SESSION_ABSOLUTE_AGE
        sealed = vault.seal(key=key, cookie=cookie, user_id=request.user.pk, project=project, until=until)
        entry = {
            "last4": key.last4,
            "connected_at": datetime.now(timezone.utc).isoformat(),
            "kid": sealed.kid,
            "sealed": sealed.blob,
        }
        session[SLOT] = {"current": project, "projects": {**_entries(session), project: entry}}


def connection_use(*, request: Request, project: str) -> None:
    """Put a connected project in use. Raises NoConnection."""
    with _session_changed(request) as session:
        entries = _entries(session)
        if project not in entries:
            raise NoConnection(project)
        session[SLOT] = {"current": project, "projects": entries}


def connection_forget(*, request: Request, project: str) -> None:
    """Drop a project and its sealed key. One that is not connected is already forgotten."""
    with _session_changed(request) as session:
        entries = _entries(session)
        entries.pop(project, None)
        current = _slot(session).get("current")
        session[SLOT] = {"current": None if current == project else current, "projects": entries}


def vault_begin(*, request: Request) -> None:
    """At sign-in: a new vault cookie, and none of the connections of whoever used this browser before."""
    request.session.pop(SLOT, None)
    request.vault_cookie = vault.cookie_new()  # VaultCookieMiddleware sends it


def vault_end(*, request: Request) -> None:
    """At sign-out: the browser gives its half back."""
    request.vault_cookie = ""


def access_open(*, request: Request, project: str | None = None) -> Access:
    """Open the project in use, or the one named, for this request.

    Raises NoConnection, vault.VaultLocked. An expired key is wiped; one that does not open stays, so
    that a guesser who holds a session id cannot lock its owner out.
    """
    current = connection_current(session=request.session)
    name = project or (current.project if current else "")
    entry = _entries(request.session).get(name)
    if entry is None:
        raise NoConnection(name)
    try:
        opened = _open(request, name, entry)
    except vault.VaultLocked as locked:
        if isinstance(locked, vault.VaultExpired):
            connection_forget(request=request, project=name)
        locked.project = name
        logger.info("connection locked: %s", locked.reason)
        raise
    if opened.outdated:
        _seal_anew(request, name, opened)
    return Access(
        user=request.user, project=name, key=opened.key, request_id=getattr(request, "request_id", "")
    )


def _open(request: Request, project: str, entry: dict[str, str]) -> vault.Opened:
    return vault.unseal(
        sealed=vault.Sealed(kid=entry["kid"], blob=entry["sealed"]),
        cookie=vault.cookie_read(_cookie_text(request)),
        user_id=request.user.pk,
        project=project,
        now=time.time(),
    )


def _seal_anew(request: Request, project: str, opened: vault.Opened) -> None:
    """Rotation: the entry moves to the first server key, with the life it had."""
    sealed = vault.seal(
        key=opened.key,
        cookie=vault.cookie_read(_cookie_text(request)),
        user_id=request.user.pk,
        project=project,
        until=opened.until,
    )
    with _session_changed(request) as session:
        entries = _entries(session)
        if project in entries:  # else it was forgotten in another tab meanwhile
            entries[project] |= {"kid": sealed.kid, "sealed": sealed.blob}
            session[SLOT] = {**_slot(session), "projects": entries}


@contextmanager
def _session_changed(request: Request) -> Iterator[SessionBase]:
    """The session as it is now, saved at once, in the place of what this request loaded at its start.

    Django saves a session whole, at the end. A request that waited 20 seconds for the API would write
    back what another tab changed meanwhile. Raises SessionInterrupted where the session has ended.
    """
    session = type(request.session)(request.session.session_key)
    if SESSION_KEY not in session:
        raise SessionInterrupted("The session has ended.")
    yield session
    try:
        session.save()
    except UpdateError:
        raise SessionInterrupted("The session has ended.") from None
    session.modified = False
    request.session = session


def _cookie_text(request: Request) -> str | None:
    """The vault cookie: the one this answer is about to set, else the one that came."""
    return getattr(request, "vault_cookie", None) or request.COOKIES.get(settings.VAULT_COOKIE_NAME)


def _cookie_or_new(request: Request) -> bytes:
    """A browser that lost the cookie gets another: connecting again must always be a way on."""
    try:
        return vault.cookie_read(_cookie_text(request))
    except vault.VaultLocked:
        request.vault_cookie = vault.cookie_new()  # VaultCookieMiddleware sends it
        return vault.cookie_read(_cookie_text(request))


def _slot(session: SessionBase) -> dict[str, Any]:
    slot = session.get(SLOT)
    return slot if isinstance(slot, dict) else {}


def _entries(session: SessionBase) -> dict[str, dict[str, str]]:
    """A copy of the entries that have the shape they should have."""
    projects = _slot(session).get("projects")
    if not isinstance(projects, dict):
        return {}
    names = ("last4", "connected_at", "kid", "sealed")
    return {
        project: dict(entry)
        for project, entry in projects.items()
        if isinstance(entry, dict) and all(isinstance(entry.get(name), str) for name in names)
    }


def _connection(project: str, entry: dict[str, str]) -> Connection | None:
    try:
        at = datetime.fromisoformat(entry["connected_at"])
    except ValueError:
        return None
    return Connection(project=project, last4=entry["last4"][-4:], connected_at=at)
