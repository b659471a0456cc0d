"""Reads the optional list of a project's endpoints, whose format the API's documentation leaves open.

The list may be the answer itself or below `data` or
`endpoints`; an endpoint may name its model by ID or by name, as text or as an object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.parsing import count_of, flag_of, text_of

LISTS = ("data", "endpoints", "items")
MODEL_KEYS = ("model_id", "modelId", "model", "model_name", "modelName")
MORE = ("has_more", "hasMore", "next", "next_offset", "next_cursor")
TOTALS = ("total", "total_count", "totalCount")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. Texts are "" where the answer has none. `models` are the IDs and names that it gives its model.

    `slug` is what the answer calls it; `path` is the same only where it is its slug, which is part of the inference
    address. `url` is that address where the answer has it.
    """

    slug: str
    tier: str
    region: str
    state: str
    models: frozenset[str]
    path: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class EndpointList:
    """The project's endpoints in the order of the answer. `complete` is False where the answer says there are more."""

    endpoints: tuple[Endpoint, ...]
    complete: bool = True

    def serving(self, *, model_id: str, name: str | None) -> list[Endpoint]:
        """Those that name this model, by its ID or its name."""
        wanted = {model_id, name or model_id}
        return [endpoint for endpoint in self.endpoints if wanted & endpoint.models]

    @property
    def unassigned(self) -> int:
        """How many do not say which model they serve."""
        return sum(not endpoint.models for endpoint in self.endpoints)


def endpoints_from_json(data: Mapping[str, Any], *, request_id: str | None = None) -> EndpointList:
    """Raises BadAnswer where the answer has no list. A bare list is passed as `{"data": [...]}`."""
    name = next((name for name in LISTS if isinstance(data.get(name), list)), None)
    if name is None:
        if any(name in data and data[name] is None for name in LISTS):
            return EndpointList(())
        raise BadAnswer("The response has no list of endpoints.", request_id=request_id)
    found = tuple(_endpoint(item) for item in data[name] if isinstance(item, dict))
    total = next((count for key in TOTALS if (count := count_of(data.get(key))) is not None), 0)
    more = any(flag_of(data[key]) is not False for key in MORE if data.get(key))
    return EndpointList(found, complete=not more and total <= len(data[name]) == len(found))


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
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
    )


def _models(item: Mapping[str, Any]) -> list[str]:
    values = [item.get(key) for key in MODEL_KEYS]
    for value in list(values):
        if isinstance(value, dict):
            values += [value.get(key) for key in ("id", "model_id", "modelId", "name")]
    return [text for value in values if (text := text_of(value))]
