"""The rows of the models table: what each cell shows, and the row as HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timezone
from functools import lru_cache
from typing import TypedDict

from django.template.loader import render_to_string
from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.row_form import rows_fill
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.schemas import Model, label_of

FRAGMENTS = {"charts", "rows", "statuses"}  # addresses beside those of the models' pages
CUT_OFF, CUT_OFF_NARROW = 30, 20  # characters; what is shorter fits its cell at any width
KEPT_BADGES = 200
_PLACE = "0"


class Row(TypedDict):
    """What `_models_row.html` shows.

    `url` is "" where the model has no page. A `title` is the whole of what the cell may cut off, else "".
    Texts are plain, with hidden characters shown; `badge` is HTML.
    """

    url: str
    name: str
    title: str
    id: str
    description: str
    description_title: str
    hook: str
    badge: str
    format: str
    size: str
    size_exact: str
    architecture: str
    architecture_title: str
    quantization: str
    context: str
    context_exact: str
    params: str
    params_exact: str
    created: str
    created_iso: str
    created_utc: str


def rows_make(models: Iterable[Model], *, project: str, detailed: bool) -> list[str]:
    """The rows as HTML. `detailed`: with the columns that only an extended list fills."""
    before, _, after = reverse("model", args=[project, _PLACE]).rpartition(_PLACE)
    today = datetime.now(timezone.utc).date()
    rows = [_row(model, before, after, today) for model in models]
    return rows_fill("models_admin/_models_row.html", rows, html={"badge"}, detailed=detailed)


def _row(model: Model, before: str, after: str, today: date) -> Row:
    size, context, params = model.size_bytes, model.context_length, model.parameter_count
    created = model.created_at
    architecture = visible(model.architecture or "")
    name = visible(label_of(model.name, model_id=model.id))
    description = visible(model.description or "")
    return {
        "url": f"{before}{model.id}{after}" if has_page(model.id) else "",
        "name": name,
        "title": name if len(name) > CUT_OFF else "",
        "id": visible(model.id),
        "description": description or "No description",
        "description_title": description if len(description) > CUT_OFF else "",
        "hook": status_hook(model.id),
        "badge": badge(model.status),
        "format": visible(model.format or ""),
        "size": display.size_human(size) if size is not None else visible(model.size_formatted or ""),
        "size_exact": display.size_exact(size) if size is not None else "",
        "architecture": architecture,
        "architecture_title": architecture if len(architecture) > CUT_OFF_NARROW else "",
        "quantization": visible(model.quantization or ""),
        "context": display.tokens_human(context) if context is not None else "",
        "context_exact": f"{context:,} tokens" if context is not None else "",
        "params": display.count_human(params) if params is not None else "",
        "params_exact": f"{params:,}" if params is not None else "",
        "created": display.day_short(created, today=today) if created else "",
        "created_iso": display.moment_iso(created) if created else "",
        "created_utc": display.moment_utc(created) if created else "",
    }


@lru_cache(KEPT_BADGES)
def badge(status: str | None) -> str:
    return render_to_string("_status.html", {"status": status_view(status)})


def status_view(status: str | None) -> dict[str, str]:
    """What `_status.html` takes."""
    return {"text": display.status_label(status), "tone": display.status_tone(status)}


def has_page(model_id: str) -> bool:
    """Whether a model can have a page: an id that the API would not take back has no address here."""
    return is_model_id(model_id) and model_id not in FRAGMENTS


def status_hook(model_id: str) -> str:
    """The DOM id of a model's badge in the table: always the same for a model, never its remote text."""
    return "st-" + hashlib.blake2s(model_id.encode("utf-8", "replace"), digest_size=6).hexdigest()
