"""What every page knows of the person who looks at it: `console` in the templates."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import Error
from django.http import HttpRequest
from django.utils.functional import cached_property

from models_admin.connections import Connection, connection_current, connections_list
from models_admin.permissions import PERMISSIONS, may

THEMES = ("light", "dark")


class Console:
    """Read only when a template asks, and calm when the database is away: error pages use it too."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def user(self) -> Any:
        try:
            user = getattr(self._request, "user", None) or AnonymousUser()
            user.is_authenticated  # noqa: B018  # the lazy user is read here, inside the try
        except Error:
            return AnonymousUser()
        return user

    @property
    def theme(self) -> str:
        """ "light" or "dark" where one was chosen, "" for the system's. app.js writes the cookie."""
        chosen = self._request.COOKIES.get("theme", "")
        return chosen if chosen in THEMES else ""

    @cached_property
    def connections(self) -> list[Connection]:
        return connections_list(session=self._request.session) if self.user.is_authenticated else []

    @cached_property
    def current(self) -> Connection | None:
        return connection_current(session=self._request.session) if self.connections else None

    @cached_property
    def may(self) -> dict[str, bool]:
        try:
            return {act: may(self.user, act) for act in PERMISSIONS}
        except Error:
            return dict.fromkeys(PERMISSIONS, False)


def console(request: HttpRequest) -> dict[str, Console]:
    return {"console": Console(request)}
