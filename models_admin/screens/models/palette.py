"""The models that the palette finds: a few, the best first (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from models_admin.formatting.folding import fold
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


def palette_models(
    models: ModelList, text: str, project: str, *, licenses: Mapping[str, str] | None = None
) -> PaletteModels:
    """At most MOST models that hold every word of the text; none without a word."""
    query = Query.read({"q": text})
    if not query.q:
        return PaletteModels(())
    names, ids = models.column("name"), models.column("id")
    positions = select(models, query, licenses=licenses).positions
    matching = [position for position in positions if has_page(ids[position])]
    wanted = fold(query.q)
    best = sorted(matching, key=lambda at: _rank(fold(names[at] or ""), fold(ids[at]), wanted))[:MOST]
    found = tuple(_found(models.model(position), project) for position in best)
    if len(matching) <= MOST:
        return PaletteModels(found)
    return PaletteModels(
        found,
        f"Show all {len(matching):,} matches in the list",
        reverse("models", args=[project]) + query.encode(),
    )


def _found(model: Model, project: str) -> Found:
    return Found(
        name=visible(model.label),
        id=model.id,
        url=reverse("model", args=[project, model.id]),
        status=status_view(model.status),
    )


def _rank(name: str, model_id: str, text: str) -> int:
    """The name or ID itself before a name that begins with it, before one that contains it, before other fields."""
    if text in (name, model_id):
        return 0
    return 1 if name.startswith(text) else 2 if text in name else 3
