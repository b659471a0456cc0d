"""Reads the optional list of a project's endpoints, whose format the API's documentation leaves open.

An endpoint may name its model by ID or by name, as text or as an object.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_admin.xerotier.lists import items_of
from models_admin.xerotier.parsing import text_of

MODEL_KEYS = ("model_id", "modelId", "model", "model_name", "modelName")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. Texts are "" where the answer has none. `models` are the IDs and names that it gives its model.

    `slug` is what the answer calls it; `path` is the same only where it is its slug, which is part of the inference
    address. `url` is that address where the answer has it. `id` is its ID where it has one beside its slug.
    """

    slug: str
    tier: str
    region: str
    state: str
    models: frozenset[str]
    path: str = ""
    url: str = ""
    id: str = ""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What identifies the endpoint, whatever its state is."""
        return self.id, self.slug, self.url


@dataclass(frozen=True, slots=True)
class EndpointList:
    """The project's endpoints in the order of the answer. `complete` is False where the answer says there are more."""

    endpoints: tuple[Endpoint, ...]
    complete: bool = True

    def serving(self, *, model_id: str, name: str | None) -> list[Endpoint]:
        """Those that name this model, by its ID, whose case does not count (`parsing.same_model`), or its name."""
        wanted = model_id.lower()
        return [
            endpoint
            for endpoint in self.endpoints
            if name in endpoint.models or any(text.lower() == wanted for text in endpoint.models)
        ]

    @property
    def unassigned(self) -> int:
        """How many do not say which model they serve."""
        return sum(not endpoint.models for endpoint in self.endpoints)


def endpoints_from_json(data: Mapping[str, Any], *, request_id: str | None = None) -> EndpointList:
    """Raises BadAnswer where the answer has no list. A bare list is passed as `{"data": [...]}`."""
    return EndpointList(*items_of(data, "endpoints", _endpoint, request_id=request_id))


def _endpoint(item: object) -> Endpoint | None:
    if not isinstance(item, dict):
        return None

    def text(*names: str) -> str:
        return next((value for name in names if (value := text_of(item.get(name)))), "")

    return Endpoint(
        slug=text("slug", "endpoint", "id", "name"),
        tier=text("tier", "service_tier", "serviceTier"),
        region=text("region"),
        state=text("provisioning_state", "provisioningState", "state", "status"),
        models=frozenset(_models(item)),
        path=text("slug"),
        url=text("url", "public_url", "publicUrl", "base_url", "baseUrl"),
        id=text("id", "endpoint_id", "endpointId"),
    )


def _models(item: Mapping[str, Any]) -> list[str]:
    values = [item.get(key) for key in MODEL_KEYS]
    for value in list(values):
        if isinstance(value, dict):
            values += [value.get(key) for key in ("id", "model_id", "modelId", "name")]
    return [text for value in values if (text := text_of(value))]
