"""The rows of the models table, made ready: a cell of the template is one lookup, no filter, no {% url %}."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import TypedDict

from django.template.loader import render_to_string
from django.urls import reverse

from models_admin import formats
from models_admin.text import visible
from models_admin.xerotier.schemas import Model

# What the URL of a model's page takes (converters.ModelId): a model with another id has no page.
LINKABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_PLACE = "0"


class Row(TypedDict):
    """A dict and not an object: Django's templates look up keys first, which halves the time of a page.

    `url` is "" where the model has no page. Texts are plain, with hidden characters shown; `badge` is HTML.
    """

    url: str
    name: str
    nameless: bool
    id: str
    description: str
    hook: str
    badge: str
    format: str
    size: str
    size_exact: str
    architecture: str
    quantization: str
    context: str
    context_exact: str
    params: str
    params_exact: str
    created: str
    created_iso: str
    created_utc: str


def rows_make(models: Iterable[Model]) -> list[Row]:
    before, _, after = reverse("model", args=[_PLACE]).rpartition(_PLACE)
    badges, today = Badges(), datetime.now(timezone.utc)
    return [_row(model, before, after, badges, today) for model in models]


def _row(model: Model, before: str, after: str, badges: Badges, today: datetime) -> Row:
    size, context, params = model.size_bytes, model.context_length, model.parameter_count
    created = model.created_at
    return {
        "url": f"{before}{model.id}{after}" if LINKABLE.fullmatch(model.id) else "",
        "name": visible(model.label),
        "nameless": not model.name,
        "id": visible(model.id),
        "description": visible(model.description or ""),
        "hook": status_hook(model.id),
        "badge": badges[model.status],
        "format": visible(model.format or ""),
        "size": formats.size_human(size) if size is not None else visible(model.size_formatted or ""),
        "size_exact": formats.size_exact(size) if size is not None else "",
        "architecture": visible(model.architecture or ""),
        "quantization": visible(model.quantization or ""),
        "context": formats.tokens_human(context) if context is not None else "",
        "context_exact": f"{context:,} tokens" if context is not None else "",
        "params": formats.count_human(params) if params is not None else "",
        "params_exact": f"{params:,}" if params is not None else "",
        "created": formats.day_short(created, today=today) if created else "",
        "created_iso": formats.moment_iso(created) if created else "",
        "created_utc": formats.moment_utc(created) if created else "",
    }


class Badges(dict[str | None, str]):
    """The badge of a status as HTML, rendered once for each status that occurs."""

    def __missing__(self, status: str | None) -> str:
        self[status] = badge(status)
        return self[status]


def badge(status: str | None) -> str:
    context = {"tone": formats.status_tone(status), "label": formats.status_label(status)}
    return render_to_string("_status.html", context).strip()


def status_hook(model_id: str) -> str:
    """The DOM id of a model's badge in the table: always the same for a model, never its remote text."""
    return "st-" + hashlib.blake2s(model_id.encode("utf-8", "replace"), digest_size=6).hexdigest()
