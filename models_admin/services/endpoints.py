"""Which endpoints serve a model: what a deletion takes with it, as far as the API lists them.

The list is optional: see `capabilities.py` for what is remembered about it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from django.conf import settings

from models_admin.access.connections import Access
from models_admin.formatting.display import plural
from models_admin.services.capabilities import Unavailable, optional_call
from models_admin.services.client import client
from models_admin.xerotier.endpoints import Endpoint, EndpointList
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.snippets import inference_url

Knowledge = Literal["listed", "no_route", "no_permission", "failed"]
MOST_DIGESTS = 200  # of one model; beyond that, one digest stands for all of them
DIGEST_LENGTH = 16  # hexadecimal digits


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


@dataclass(frozen=True, slots=True)
class SeenEndpoints:
    """The endpoints that a person was shown: their number and a digest of each, or a single digest if there are many.

    Forms, deletion requests and job items store it as JSON, so that a deletion notices when another endpoint has taken
    the place of one that was shown.
    """

    count: int
    digests: tuple[str, ...]

    @classmethod
    def of(cls, endpoints: Sequence[Endpoint]) -> Self:
        return cls(len(endpoints), _digests(endpoints))

    @classmethod
    def from_json(cls, value: Any = None) -> Self | None:
        """Read what `as_json` made; None if the endpoints were not known.

        A number alone is what earlier versions stored. It has no digests, so every endpoint counts as new.
        """
        if value is None:
            return None
        if isinstance(value, int):
            return cls(value, ())
        count, *digests = value
        return cls(count, tuple(digests))

    def as_json(self) -> list[int | str]:
        return [self.count, *self.digests]

    @property
    def tells_each(self) -> bool:
        """Whether a new endpoint can be told from those that were shown."""
        return len(self.digests) == self.count

    def new_among(self, endpoints: Sequence[Endpoint]) -> list[Endpoint]:
        """Those that were not shown; all of them if they differ and can't be told apart. One that is gone is fine."""
        if not self.tells_each:
            return [] if self.digests == _digests(endpoints) else list(endpoints)
        left, new = Counter(self.digests), []
        for endpoint in endpoints:
            digest = _digest(endpoint)
            if left[digest] <= 0:
                new.append(endpoint)
            left[digest] -= 1
        return new


def endpoint_url(endpoint: Endpoint, *, project: str) -> str:
    """Where the model is used: as the API says, else made from the slug, which is part of it; "" without a slug."""
    if endpoint.url:
        return endpoint.url
    if not endpoint.path:
        return ""
    return inference_url(settings.XEROTIER_API_URL, project=project, slug=endpoint.path)


def endpoints_change(seen: SeenEndpoints | None, endpoints: Sequence[Endpoint] | None) -> str:
    """What a model has that was not shown, such as "2 new endpoints"; "" if nothing. `seen`: None if not known then."""
    if not endpoints:
        return ""
    if seen is None:
        known = "which was" if len(endpoints) == 1 else "which were"
        return f"{plural(len(endpoints), 'endpoint')}, {known} not known before"
    new = seen.new_among(endpoints)
    if not new:
        return ""
    return plural(len(new), "new endpoint") if seen.tells_each else "different endpoints"


def _digests(endpoints: Sequence[Endpoint]) -> tuple[str, ...]:
    if len(endpoints) <= MOST_DIGESTS:
        return tuple(map(_digest, endpoints))
    return (_sha256(sorted(map(_digest, endpoints))),)


def _digest(endpoint: Endpoint) -> str:
    return _sha256(endpoint.identity)


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:DIGEST_LENGTH]


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
    access.require("read")
    found = optional_call(
        access=access,
        route="endpoints",
        call=lambda: client().list_endpoints(project=access.project, key=access.key),
    )
    return Reach(found.reason, error=found.error) if isinstance(found, Unavailable) else found
