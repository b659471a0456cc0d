"""The rows of the models table: what each cell shows, ready for its template (pure)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.odd import odd_value
from models_admin.formatting.text import visible
from models_admin.screens.models.columns import FIXED, Column
from models_admin.services.listing import LastChange
from models_admin.xerotier.ids import is_model_id, why_no_page
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

Changes = Mapping[str, LastChange]
FRAGMENTS = {"charts", "preferences", "rows", "statuses"}  # addresses beside those of the models' pages
CUT_OFF, CUT_OFF_NARROW = 30, 20  # characters; what is shorter fits its cell at any width
LONGEST_NAME, LONGEST_NOTE, LONGEST_TEXT = 200, 160, 120  # characters; the model's page has the whole
LONGEST_WHO = 30
ID_START = 8  # characters of an ID beside a name that occurs twice
MARKS = re.compile(r"^[#>]+ |[*`]")  # of Markdown
RESERVED = "This model can't be opened: its ID is an address of the console's own."


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

    `note` is the line below the name: the start of the description, the ID where the list has no descriptions, or why
    the model cannot be opened. `id_start` tells models of the same name apart and is "" for all others.
    """

    url: str
    name: str
    name_title: str
    id: str
    id_start: str
    note: str
    note_class: str
    note_title: str
    dom_id: str
    status: dict[str, str]
    cells: list[Cell]


def rows_make(
    source: ModelList, positions: Sequence[int], columns: Sequence[Column], *, project: str, changes: Changes
) -> list[Row]:
    """One row for each position in the list. `changes`: the last change made here, by model ID."""
    today = datetime.now(UTC).date()
    starts = _id_starts(source, positions) if source.detailed else {}
    models = [source.model(position) for position in positions]
    return [_row(model, columns, project, source.detailed, starts, changes, today) for model in models]


def _row(
    model: Model,
    columns: Sequence[Column],
    project: str,
    detailed: bool,
    starts: Mapping[str, str],
    changes: Changes,
    today: date,
) -> Row:
    name = _cut(visible(model.label), LONGEST_NAME)
    obstacle = why_no_page(model.id) or (RESERVED if model.id in FRAGMENTS else "")
    note = visible(model.id)
    if detailed:
        note = first_sentence(model.description or "", limit=LONGEST_NOTE) or "No description"
    return Row(
        url="" if obstacle else reverse("model", args=[project, model.id]),
        name=name,
        name_title=_title(name),
        id_start=starts.get(model.id, ""),
        id=_cut(visible(model.id), LONGEST_NAME),
        note=obstacle or note,
        note_class="desc" if detailed or obstacle else "mono muted wrap",
        note_title=_title(obstacle or note),
        dom_id=status_dom_id(model.id),
        status=status_view(model.status if model.understood("status") else model.current("status")),
        cells=[_cell(column, model, changes, today) for column in columns if column.name not in FIXED],
    )


def _id_starts(source: ModelList, positions: Sequence[int]) -> dict[str, str]:
    """The beginning of the ID for each of these models whose name occurs more than once, long enough to differ."""
    names, ids = source.column("name"), source.column("id")
    groups: dict[str, list[str]] = {names[position]: [] for position in positions if names[position]}
    for name, model_id in zip(names, ids, strict=True):
        if name in groups:
            groups[name].append(model_id)
    starts: dict[str, str] = {}
    for same in groups.values():
        if len(same) > 1:
            lengths = range(ID_START, max(map(len, same)) + ID_START)
            length = next(length for length in lengths if len({text[:length] for text in same}) == len(same))
            starts |= {model_id: visible(model_id[:length]) for model_id in same}
    return starts


def _title(text: str, cut_off: int = CUT_OFF) -> str:
    return text if len(text) > cut_off else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _cell(column: Column, model: Model, changes: Changes, today: date) -> Cell:
    if not column.field:
        return _changed_cell(column, changes.get(model.id), today)
    if not model.understood(column.field):
        odd = odd_value(column.field, model.current(column.field))
        text = _cut(odd.text, LONGEST_TEXT)
        return Cell(column.css_class, column.label, text, odd.note, "clip odd")
    return CELLS[column.name](column, model, today)


def _text_cell(column: Column, model: Model, today: date) -> Cell:
    text = _cut(visible(getattr(model, column.field) or ""), LONGEST_TEXT)
    return Cell(column.css_class, column.label, text, _title(text, CUT_OFF_NARROW), "clip")


def _format_cell(column: Column, model: Model, today: date) -> Cell:
    return Cell(
        column.css_class, column.label, _cut(visible(model.format or ""), LONGEST_TEXT), text_class="tag"
    )


def _size_cell(column: Column, model: Model, today: date) -> Cell:
    size = model.size_bytes
    if size is None:
        return Cell(column.css_class, column.label, visible(model.size_formatted or ""))
    human, exact = display.size_human(size), display.size_exact(size)
    return Cell(column.css_class, column.label, human, exact if exact != human else "")


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


def _changed_cell(column: Column, change: LastChange | None, today: date) -> Cell:
    if change is None:
        return Cell(column.css_class, column.label)
    who = _cut(visible(change.who), LONGEST_WHO)
    text = f"{who}, {display.day_short(change.at, today=today)}"
    return Cell(
        column.css_class, column.label, text, f"{visible(change.who)}, {display.moment_utc(change.at)}"
    )


# Name and status have a markup of their own.
CELLS: dict[str, Callable[[Column, Model, date], Cell]] = {
    "format": _format_cell,
    "size": _size_cell,
    "architecture": _text_cell,
    "quantization": _text_cell,
    "workload": _text_cell,
    "version": _text_cell,
    "context": _context_cell,
    "params": _params_cell,
    "created": _created_cell,
}


def status_view(status: Any) -> dict[str, str]:
    """What `_status.html` takes. A status that is no text is shown as it was sent."""
    if status is not None and not isinstance(status, str):
        return {"text": _cut(odd_value("status", status).text, LONGEST_TEXT), "tone": "idle"}
    return {"text": _cut(display.status_label(status), LONGEST_TEXT), "tone": display.status_tone(status)}


def has_page(model_id: str) -> bool:
    """Whether a model can have a page: an ID that the API would not accept has no address here."""
    return is_model_id(model_id) and model_id not in FRAGMENTS


def first_sentence(text: str, *, limit: int) -> str:
    """The first sentence of a text, on one line. Its first 1,000 characters are enough to find it."""
    paragraphs = [" ".join(part.split()) for part in text[:1000].replace("\r\n", "\n").split("\n\n")]
    paragraphs.sort(key=lambda part: part.startswith("#") or not part)  # a heading only if nothing follows it
    line = MARKS.sub("", paragraphs[0])
    head, stop, _ = line.partition(". ")
    return _cut(visible(head + stop.strip()), limit)


def status_dom_id(model_id: str) -> str:
    """The DOM id of a model's badge in the table: always the same for a model, never its remote text."""
    return "st-" + hashlib.blake2s(model_id.encode("utf-8", "replace"), digest_size=6).hexdigest()
