"""Which endpoints serve a model: what a deletion takes with it, as far as the API lists them.

The list is optional. Where the API answers that it has no such route, or that the key may not read it, that is
remembered for this person, project and key until the session's longest age is over or `endpoints_ask_again` is
called, so that it does not cost a call on every page.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cachetools import TTLCache
from django.conf import settings

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.services.client import client, key_fingerprint
from models_admin.xerotier.endpoints import Endpoint, EndpointList
from models_admin.xerotier.errors import ApiError, Denied, NotFound, ProxyRefused
from models_admin.xerotier.schemas import Model

Knowledge = Literal["listed", "no_route", "no_permission", "failed"]


@dataclass(frozen=True, slots=True)
class Reach:
    """The endpoints that serve one model.

    listed: `endpoints` are those that the API names; `incomplete` if there may be more, `unassigned` counts those
    that do not say which model they serve. no_route: this API has no such list. no_permission: this key may not read
    it. failed: `error` says why. In these three cases nothing is known, which is not the same as none.
    """

    knowledge: Knowledge
    endpoints: tuple[Endpoint, ...] = ()
    incomplete: bool = False
    unassigned: int = 0
    error: ApiError | None = None

    @property
    def known(self) -> bool:
        return self.knowledge == "listed"


_remembered: TTLCache[tuple[int, str, bytes], Knowledge] = TTLCache(10_000, settings.SESSION_ABSOLUTE_AGE)
_lock = threading.Lock()


def endpoints_of(*, access: Access, model_id: str, name: str | None) -> Reach:
    """Read the endpoints that serve a model. At most one call; it never raises an ApiError. Raises NotAllowed."""
    found = _read(access)
    if isinstance(found, Reach):
        return found
    endpoints = tuple(found.serving(model_id=model_id, name=name))
    return Reach("listed", endpoints, incomplete=not found.complete, unassigned=found.unassigned)


def endpoint_counts(*, access: Access, models: Sequence[Model]) -> dict[str, int] | None:
    """How many endpoints serve each model, by ID; None where that is not known. At most one call in all."""
    found = _read(access)
    if isinstance(found, Reach):
        return None
    return {model.id: len(found.serving(model_id=model.id, name=model.name)) for model in models}


def _read(access: Access) -> EndpointList | Reach:
    """All endpoints of the project, or why they are not known."""
    permission_require(user=access.user, act="read")
    key = _key(access)
    with _lock:
        remembered = _remembered.get(key)
    if remembered:
        return Reach(remembered)
    try:
        return client().list_endpoints(project=access.project, key=access.key)
    except ApiError as error:
        knowledge = _why(error)
        if knowledge != "failed":
            with _lock:
                _remembered[key] = knowledge
        return Reach(knowledge, error=error)


def endpoints_ask_again(*, access: Access) -> None:
    """Forget what was remembered for this person, project and key."""
    with _lock:
        _remembered.pop(_key(access), None)


def _why(error: ApiError) -> Knowledge:
    if isinstance(error, NotFound) or error.status == 405:
        return "no_route"
    if isinstance(error, Denied | ProxyRefused):
        return "no_permission"
    return "failed"


def _key(access: Access) -> tuple[int, str, bytes]:
    return (access.user.pk, access.project, key_fingerprint(access.key))
