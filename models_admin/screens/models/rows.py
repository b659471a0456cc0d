"""The rows of the models table: what each cell shows, ready for its template (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.columns import Column
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.schemas import Model

FRAGMENTS = {"charts", "rows", "statuses"}  # addresses beside those of the models' pages
CUT_OFF, CUT_OFF_NARROW = 30, 20  # characters; what is shorter fits its cell at any width
NO_PAGE = "This ID contains characters that the API doesn’t accept"  # noqa: RUF001  # an apostrophe


@dataclass(frozen=True, slots=True)
class Cell:
    """One value. `title` holds the exact or whole value where `text` is short, else "".

    `text_class` is the class of the text itself; `iso` makes it a date.
    """

    css_class: str
    label: str
    text: str = ""
    title: str = ""
    text_class: str = ""
    iso: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What `_models_row.html` shows. `url` is "" where the model has no page. Hidden characters are visible.

    `note` is the line below the name: the description, or the ID where the list carries no descriptions.
    """

    url: str
    name: str
    name_title: str
    note: str
    note_class: str
    note_title: str
    dom_id: str
    status: dict[str, str]
    cells: list[Cell]


def rows_make(
    models: Sequence[Model], columns: Sequence[Column], *, project: str, detailed: bool
) -> list[Row]:
    """One row for each model. `detailed`: the list carries descriptions."""
    today = datetime.now(UTC).date()
    return [_row(model, columns, project, detailed=detailed, today=today) for model in models]


def _row(model: Model, columns: Sequence[Column], project: str, *, detailed: bool, today: date) -> Row:
    linked = has_page(model.id)
    name = visible(model.label)
    note = visible(model.description or "No description" if detailed else model.id)
    return Row(
        url=reverse("model", args=[project, model.id]) if linked else "",
        name=name,
        name_title=_title(name),
        note=note if linked else NO_PAGE,
        note_class="desc" if detailed else "mono muted wrap",
        note_title=_title(note) if linked else visible(model.id),
        dom_id=status_dom_id(model.id),
        status=status_view(model.status),
        cells=[CELLS[column.name](column, model, today) for column in columns if column.name in CELLS],
    )


def _title(text: str, cut_off: int = CUT_OFF) -> str:
    return text if len(text) > cut_off else ""


def _text_cell(column: Column, model: Model, today: date) -> Cell:
    text = visible(getattr(model, column.field) or "")
    return Cell(column.css_class, column.label, text, _title(text, CUT_OFF_NARROW), "clip")


def _format_cell(column: Column, model: Model, today: date) -> Cell:
    return Cell(column.css_class, column.label, visible(model.format or ""), text_class="tag")


def _size_cell(column: Column, model: Model, today: date) -> Cell:
    size = model.size_bytes
    if size is None:
        return Cell(column.css_class, column.label, visible(model.size_formatted or ""))
    return Cell(column.css_class, column.label, display.size_human(size), display.size_exact(size))


def _context_cell(column: Column, model: Model, today: date) -> Cell:
    count = model.context_length
    if count is None:
        return Cell(column.css_class, column.label)
    return Cell(column.css_class, column.label, display.tokens_human(count), f"{count:,} tokens")


def _params_cell(column: Column, model: Model, today: date) -> Cell:
    count = model.parameter_count
    if count is None:
        return Cell(column.css_class, column.label)
    return Cell(column.css_class, column.label, display.count_human(count), f"{count:,}")


def _created_cell(column: Column, model: Model, today: date) -> Cell:
    moment = model.created_at
    if moment is None:
        return Cell(column.css_class, column.label)
    return Cell(
        column.css_class,
        column.label,
        display.day_short(moment, today=today),
        display.moment_utc(moment),
        iso=display.moment_iso(moment),
    )


# Name and status have a markup of their own.
CELLS: dict[str, Callable[[Column, Model, date], Cell]] = {
    "format": _format_cell,
    "size": _size_cell,
    "architecture": _text_cell,
    "quantization": _text_cell,
    "context": _context_cell,
    "params": _params_cell,
    "created": _created_cell,
}


def status_view(status: Any) -> dict[str, str]:
    """What `_status.html` takes."""
    return {"text": display.status_label(status), "tone": display.status_tone(status)}


def has_page(model_id: str) -> bool:
    """Whether a model can have a page: an ID that the API would not accept has no address here."""
    return is_model_id(model_id) and model_id not in FRAGMENTS


def status_dom_id(model_id: str) -> str:
    """The DOM id of a model's badge in the table: always the same for a model, never its remote text."""
    return "st-" + hashlib.blake2s(model_id.encode("utf-8", "replace"), digest_size=6).hexdigest()
