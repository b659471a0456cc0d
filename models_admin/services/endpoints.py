"""Which endpoints serve a model: what a deletion takes with it, as far as the API lists them.

The list is optional: see `capabilities.py` for what is remembered about it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.services.capabilities import Unavailable, optional_call
from models_admin.services.client import client
from models_admin.xerotier.endpoints import Endpoint, EndpointList
from models_admin.xerotier.errors import ApiError
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


def endpoints_of(*, access: Access, model_id: str, name: str | None) -> Reach:
    """Read the endpoints that serve a model. At most one call; it never raises an ApiError. Raises NotAllowed."""
    found = _read(access)
    if isinstance(found, Reach):
        return found
    endpoints = tuple(found.serving(model_id=model_id, name=name))
    return Reach("listed", endpoints, incomplete=not found.complete, unassigned=found.unassigned)


def endpoints_of_many(*, access: Access, models: Sequence[Model]) -> dict[str, list[Endpoint]] | None:
    """The endpoints that serve each model, by ID; None where that is not known. At most one call in all."""
    found = _read(access)
    if isinstance(found, Reach):
        return None
    return {model.id: found.serving(model_id=model.id, name=model.name) for model in models}


def _read(access: Access) -> EndpointList | Reach:
    """All endpoints of the project, or why they are not known."""
    permission_require(user=access.user, act="read", project=access.project)
    found = optional_call(
        access=access,
        route="endpoints",
        call=lambda: client().list_endpoints(project=access.project, key=access.key),
    )
    return Reach(found.reason, error=found.error) if isinstance(found, Unavailable) else found
