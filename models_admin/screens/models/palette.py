"""The models that the palette finds: a few, the best first (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from models_admin.formatting.text import visible
from models_admin.screens.models.filtering import select
from models_admin.screens.models.query import Query
from models_admin.screens.models.rows import has_page, status_view
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

MOST = 8


@dataclass(frozen=True, slots=True)
class Found:
    """One model as an option of the palette. `name` is plain text; `status` is {text, tone} for `_status.html`."""

    name: str
    id: str
    url: str
    status: dict[str, str]


@dataclass(frozen=True, slots=True)
class PaletteModels:
    """The models that match. `all_text` and `all_url` lead to the rest, "" where all of it is shown."""

    models: tuple[Found, ...]
    all_text: str = ""
    all_url: str = ""


def palette_models(models: ModelList, text: str, project: str) -> PaletteModels:
    """At most MOST models whose name, description, architecture or ID holds every word. No words find none."""
    query = Query.read({"q": text})
    if not query.q:
        return PaletteModels(())
    matching = [model for model in select(models, query).models if has_page(model.id)]
    best = sorted(matching, key=lambda model: _rank(model, query.q.casefold()))[:MOST]
    found = tuple(
        Found(
            name=visible(model.label),
            id=model.id,
            url=reverse("model", args=[project, model.id]),
            status=status_view(model.status),
        )
        for model in best
    )
    if len(matching) <= MOST:
        return PaletteModels(found)
    return PaletteModels(
        found,
        f"All {len(matching):,} matches, in the list",
        reverse("models", args=[project]) + query.encode(),
    )


def _rank(model: Model, text: str) -> int:
    """The name itself before one that begins so, before one that holds it, before the other facts."""
    name = model.label.casefold()
    if text in (name, model.id.casefold()):
        return 0
    return 1 if name.startswith(text) else 2 if text in name else 3
