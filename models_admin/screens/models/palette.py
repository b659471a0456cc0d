"""The models that the palette finds: a few, the best first (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from models_admin.formatting.text import visible
from models_admin.screens.models.filtering import select
from models_admin.screens.models.query import Query
from models_admin.screens.models.rows import has_page, status_view
from models_admin.services.listing import Listing
from models_admin.xerotier.schemas import Model

MOST = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One model as an option. `name` is plain text; `status` is {text, tone} for `_status.html`."""

    name: str
    id: str
    url: str
    status: dict[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What fits the words. `all_text` and `all_url` lead to the rest, "" where all of it is shown."""

    models: tuple[Found, ...]
    all_text: str = ""
    all_url: str = ""


def models_find(listing: Listing, text: str, project: str) -> Finding:
    """At most MOST models whose name, description, architecture or ID holds every word. No words find none."""
    query = Query.read({"q": text})
    if not query.q:
        return Finding(())
    fitting = [model for model in select(listing.index, query).models if has_page(model.id)]
    best = sorted(fitting, key=lambda model: _rank(model, query.q.casefold()))[:MOST]
    found = tuple(
        Found(
            name=visible(model.label),
            id=model.id,
            url=reverse("model", args=[project, model.id]),
            status=status_view(model.status),
        )
        for model in best
    )
    if len(fitting) <= MOST:
        return Finding(found)
    return Finding(
        found,
        f"All {len(fitting):,} that fit, in the list",
        reverse("models", args=[project]) + query.encode(),
    )


def _rank(model: Model, text: str) -> int:
    """The name itself before one that begins so, before one that holds it, before the other facts."""
    name = model.label.casefold()
    if text in (name, model.id.casefold()):
        return 0
    return 1 if name.startswith(text) else 2 if text in name else 3
