"""The endpoints of a model: the card on its page, and the same facts in the delete dialog."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.services.capabilities import Availability
from models_admin.services.endpoints import Reach, endpoint_url
from models_admin.xerotier.endpoints import Endpoint

LONGEST_NAME = 300  # characters
NO_ROUTE = "This server doesn't list endpoints, so the console can't show whether the model has any."
NO_PERMISSION = (
    "This key isn't allowed to list endpoints, so the console can't show whether the model has any."
)
NONE = "The API lists no endpoints for this model."


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """Texts with hidden characters shown. All but `slug` may be "". `is_new`: it was not shown before."""

    slug: str
    tier: str
    region: str
    state: str
    url: str
    is_new: bool = False

    @property
    def facts(self) -> str:
        """Tier, region and state in one line."""
        return " · ".join(text for text in (self.tier, self.region, self.state) if text)


def endpoint_rows(
    endpoints: Sequence[Endpoint], *, project: str, new: Sequence[Endpoint] = ()
) -> list[EndpointRow]:
    return [
        EndpointRow(
            visible(endpoint.slug) or "An endpoint without a name",
            visible(endpoint.tier),
            visible(endpoint.region),
            visible(endpoint.state),
            visible(endpoint_url(endpoint, project=project)),
            endpoint in new,
        )
        for endpoint in endpoints
    ]


def endpoints_links(project: str, model_id: str, name: str | None) -> dict[str, str]:
    """The address of the card, and of the page that shows it without JavaScript.

    The card's address carries the model's name, by which an endpoint may call it, and saves reading the model again.
    """
    query = f"?{urlencode({'name': name or ''})}" if len(name or "") <= LONGEST_NAME else ""
    return {
        "endpoints_url": reverse("model-endpoints", args=[project, model_id]) + query,
        "endpoints_link": reverse("model", args=[project, model_id]) + "?endpoints=1#endpoints",
    }


def endpoints_waiting(known: Availability | None) -> dict[str, Any]:
    """The card before it is loaded. Nothing is loaded, or shown, where the API is known not to list endpoints."""
    if known == "no_route":
        return {"endpoints_state": "hidden"}
    if known == "no_permission":
        return {"endpoints_state": "unknown", "endpoints_text": NO_PERMISSION}
    return {"endpoints_state": "loading" if known else "unasked"}


def endpoints_context(reach: Reach, *, project: str) -> dict[str, Any]:
    """The card once the API has answered."""
    if reach.knowledge == "no_route":
        return {"endpoints_state": "unknown", "endpoints_text": NO_ROUTE}
    if reach.knowledge == "no_permission":
        return {"endpoints_state": "unknown", "endpoints_text": NO_PERMISSION}
    if reach.error:
        return {"endpoints_state": "failed", "problem": explain(reach.error)}
    whole = not (reach.incomplete or reach.unassigned)
    return {
        "endpoints_state": "known",
        "endpoints": endpoint_rows(reach.endpoints, project=project),
        "endpoints_text": NONE if whole and not reach.endpoints else "",
        "endpoints_note": incomplete_note(reach),
    }


def incomplete_note(reach: Reach) -> str:
    """What may be missing from the list, "" where it is whole."""
    parts = ["The list of endpoints may not be complete."] if reach.incomplete else []
    if reach.unassigned:
        count = display.plural(reach.unassigned, "endpoint")
        parts.append(f"{count} of the project can't be assigned to a model.")
    return " ".join(parts)
