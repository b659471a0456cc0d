"""The projects that a person has connected in this session, and the one used last.

The session (JSON, in the database) holds under `connections`:

    {"last_used": project or null, "projects": {project: {"last4", "connected_at" (ISO 8601), "kid", "sealed",
     "routes": {optional route of the API: what was found out about it}}}}

Anything can be in a database row: what does not have this shape counts as absent. `LastProject` outlives the session.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error

from models_admin.access import vault
from models_admin.access.permissions import Act, may, permission_require, why_not
from models_admin.access.sessions import BEGAN, SessionStore, session_changed
from models_admin.access.tokens import token_issue
from models_admin.http import Request
from models_admin.models import LastProject
from models_admin.xerotier.secret import Secret

SLOT = "connections"

logger = logging.getLogger(__name__)


class NoConnection(Exception):
    """The person has not connected this project in this session."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A connected project as the session describes it, without decrypting anything."""

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
    routes: dict[str, str] = field(default_factory=dict)  # see `route_remember`
    session_key: str = field(default="", repr=False)  # "": nothing outlives this object

    def require(self, act: Act) -> None:
        """Raise NotAllowed, with the reason, unless the person may do this in the project."""
        permission_require(user=self.user, act=act, project=self.project)

    def may(self, act: Act) -> bool:
        return may(self.user, act, self.project)

    def why_not(self, act: Act) -> str:
        """Why the person may not do this in the project, "" where they may."""
        return why_not(self.user, act, self.project)

    def form_token(self, model_id: str, purpose: str, *, seen: str = "", nonce: str = "") -> str:
        """A new one-time token for a form of this person and project: see `token_issue`."""
        return token_issue(
            user=self.user, project=self.project, model_id=model_id, purpose=purpose, seen=seen, nonce=nonce
        )

    @property
    def author(self) -> dict[str, Any]:
        """What a row of the console's own tables says about who wrote it, and for which project."""
        return {"user": self.user, "username": self.user.get_username(), "project": self.project}


def connections_list(*, session: SessionBase) -> list[Connection]:
    """The connected projects, by name."""
    found = [_connection(project, entry) for project, entry in _entries(session).items()]
    return sorted((item for item in found if item is not None), key=lambda item: item.project.lower())


def connections_readable(*, user: User, session: SessionBase) -> list[Connection]:
    """The connected projects that the person may read, by name."""
    return [item for item in connections_list(session=session) if may(user, "read", item.project)]


def project_last_used(*, user: User, session: SessionBase) -> str:
    """The connected project whose pages were opened last, else any connected one, else "". One that may be read."""
    names = [item.project for item in connections_readable(user=user, session=session)]
    last = _slot(session).get("last_used")
    return last if last in names else next(iter(names), "")


def project_to_connect(*, user: User, session: SessionBase) -> str:
    """The project that this account used last, in whatever session, unless it is connected or may not be read."""
    found = LastProject.objects.filter(user=user).values_list("project", flat=True).first()
    return found if found and found not in _entries(session) and may(user, "read", found) else ""


def connection_add(*, request: Request, project: str, key: Secret) -> None:
    """Seal a checked key into the session."""
    cookie = _cookie_or_new(request)
    with request_session_changed(request) as session:
        until = int(session.get(BEGAN, time.time())) + settings.SESSION_ABSOLUTE_AGE
        sealed = vault.seal(key=key, cookie=cookie, user_id=request.user.pk, project=project, until=until)
        entry = {
            "last4": key.last4,
            "connected_at": datetime.now(timezone.utc).isoformat(),
            "kid": sealed.kid,
            "sealed": sealed.blob,
        }
        session[SLOT] = {"last_used": project, "projects": {**_entries(session), project: entry}}
    LastProject.objects.update_or_create(user=request.user, defaults={"project": project})


def connection_forget(*, request: Request, project: str) -> None:
    """Drop a project and its sealed key. One that is not connected is already forgotten."""
    with request_session_changed(request) as session:
        entries = _entries(session)
        entries.pop(project, None)
        session[SLOT] = {**_slot(session), "projects": entries}


def vault_begin(*, request: Request) -> None:
    """At sign-in: a new vault cookie, and none of the connections of whoever used this browser before."""
    request.session.pop(SLOT, None)
    request.vault_cookie = vault.cookie_new()  # VaultCookieMiddleware sends it


def vault_end(*, request: Request) -> None:
    """At sign-out: clear the browser's half."""
    request.vault_cookie = ""


def access_open(*, request: Request, project: str) -> Access:
    """Open a connected project for this request, and remember it as the one used last.

    Raises NoConnection, vault.VaultLocked. An expired key is wiped; one that does not open stays, so
    that a guesser who holds a session id cannot lock its owner out.
    """
    entry = _entries(request.session).get(project)
    if entry is None:
        raise NoConnection(project)
    try:
        opened = _open(request, project, entry)
    except vault.VaultLocked as locked:
        if isinstance(locked, vault.VaultExpired):
            connection_forget(request=request, project=project)
        locked.project = project
        logger.info("connection locked: %s", locked.reason)
        raise
    if opened.outdated:
        _seal_again(request, project, opened)
    if _slot(request.session).get("last_used") != project:
        _remember(request, project)
    return Access(
        user=request.user,
        project=project,
        key=opened.key,
        request_id=getattr(request, "request_id", ""),
        routes=routes_known(session=request.session, project=project),
        session_key=request.session.session_key or "",
    )


def routes_known(*, session: SessionBase, project: str) -> dict[str, str]:
    """What `route_remember` kept for a connected project in this session."""
    found: Any = _entries(session).get(project, {}).get("routes")
    if not isinstance(found, dict):
        return {}
    return {str(name): text for name, text in found.items() if isinstance(text, str)}


def route_remember(*, access: Access, route: str, availability: str) -> None:
    """Keep what was found out about an optional route with the connection.

    It ends with the session, and with the key: connecting the project again replaces the entry. A session that has
    ended, or can't be saved, remembers nothing, and the API is asked again.
    """
    access.routes[route] = availability
    _routes_save(access, lambda routes: {**routes, route: availability})


def routes_forget(*, access: Access) -> None:
    """Undo `route_remember` for all routes."""
    access.routes.clear()
    _routes_save(access, lambda routes: {})


def _routes_save(access: Access, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    if not access.session_key:
        return
    try:
        with session_changed(access.session_key) as session:
            entries = _entries(session)
            if access.project in entries:
                routes = change(routes_known(session=session, project=access.project))
                entries[access.project] |= {"routes": routes}
                session[SLOT] = {**_slot(session), "projects": entries}
    except (SessionInterrupted, Error):
        logger.info("what is known of the API's optional routes was not saved")


def _remember(request: Request, project: str) -> None:
    with request_session_changed(request) as session:
        session[SLOT] = {**_slot(session), "last_used": project}
    LastProject.objects.update_or_create(user=request.user, defaults={"project": project})


def _open(request: Request, project: str, entry: dict[str, Any]) -> vault.Opened:
    return vault.unseal(
        sealed=vault.Sealed(kid=entry["kid"], blob=entry["sealed"]),
        cookie=vault.cookie_read(_cookie_text(request)),
        user_id=request.user.pk,
        project=project,
        now=time.time(),
    )


def _seal_again(request: Request, project: str, opened: vault.Opened) -> None:
    """Rotation: encrypt with the first server key, with the same expiry."""
    sealed = vault.seal(
        key=opened.key,
        cookie=vault.cookie_read(_cookie_text(request)),
        user_id=request.user.pk,
        project=project,
        until=opened.until,
    )
    with request_session_changed(request) as session:
        entries = _entries(session)
        if project in entries:  # else it was forgotten in another tab meanwhile
            entries[project] |= {"kid": sealed.kid, "sealed": sealed.blob}
            session[SLOT] = {**_slot(session), "projects": entries}


@contextmanager
def request_session_changed(request: Request) -> Iterator[SessionStore]:
    """`session_changed`, for the session of this request; `request.session` is the changed one afterwards."""
    with session_changed(request.session.session_key) as session:
        yield session
    request.session = session


def _cookie_text(request: Request) -> str | None:
    """The vault cookie: the one this answer is about to set, else the one that came."""
    return getattr(request, "vault_cookie", None) or request.COOKIES.get(settings.VAULT_COOKIE_NAME)


def _cookie_or_new(request: Request) -> bytes:
    """A browser that lost the cookie gets a new one, so that connecting again always works."""
    try:
        return vault.cookie_read(_cookie_text(request))
    except vault.VaultLocked:
        request.vault_cookie = vault.cookie_new()  # VaultCookieMiddleware sends it
        return vault.cookie_read(_cookie_text(request))


def _slot(session: SessionBase) -> dict[str, Any]:
    slot = session.get(SLOT)
    return slot if isinstance(slot, dict) else {}


def _entries(session: SessionBase) -> dict[str, dict[str, Any]]:
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


def _connection(project: str, entry: dict[str, Any]) -> Connection | None:
    try:
        at = datetime.fromisoformat(entry["connected_at"])
    except ValueError:
        return None
    return Connection(project=project, last4=entry["last4"][-4:], connected_at=at)
