"""The rows of the models table: what each cell shows, ready for its template (pure)."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypedDict

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from models_admin.formatting import display
from models_admin.formatting.markdown import first_sentence
from models_admin.formatting.odd import odd_value
from models_admin.formatting.text import visible
from models_admin.screens.models.columns import FIXED, Column
from models_admin.services.listing import LastChange
from models_admin.xerotier.ids import why_no_page
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

Changes = Mapping[str, LastChange]
# Addresses beside those of the models' pages.
FRAGMENTS = {"charts", "checks", "compare", "preferences", "rows", "selection", "statuses"}
CUT_OFF, CUT_OFF_NARROW = 30, 20  # characters; what is shorter fits its cell at any width
LONGEST_NAME, LONGEST_NOTE, LONGEST_TEXT = 200, 160, 120  # characters; the model's page has the whole
LONGEST_WHO = 30
PLAIN = '<td class="{}"><span>{}</span></td>'
TITLED = '<td class="{}" title="{}"><span>{}</span></td>'
DATE = '<td class="{}"><time datetime="{}" data-time="date" title="{}">{}</time></td>'
ID_START = 8  # characters of an ID beside a name that occurs twice
RESERVED = "This model can't be opened: its ID is the same as an address that the console uses."


class Row(TypedDict):
    """What `_models_rows.html` shows. `url` is "" where the model has no page. Hidden characters are visible.

    `note` is the line below the name: the start of the description, the ID where the list has no descriptions, or why
    the model cannot be opened. `model_id` is the ID as the API sent it.
    `id_start` tells models of the same name apart and is "" for all others.
    `protected` says why the model is protected, "" if it isn't. `cells` is the HTML of the other columns.

    Rows are dicts because a template looks a key up in half the time that an attribute takes.
    """

    url: str
    name: str
    name_title: str
    id: str
    model_id: str
    id_start: str
    protected: str
    note: str
    note_class: str
    note_title: str
    dom_id: str
    status: dict[str, str]
    cells: str


def rows_make(
    source: ModelList,
    positions: Sequence[int],
    columns: Sequence[Column],
    *,
    project: str,
    changes: Changes,
    protected: Mapping[str, str],
) -> list[Row]:
    """One row for each position in the list.

    `changes`: the last change made here, `protected`: why the model is protected, both by model ID.
    """
    # One reverse() for all rows: it takes 66 µs. An ID has no character that an address would need to escape.
    before, _, after = reverse("model", args=[project, "0"]).rpartition("0")
    today = datetime.now(UTC).date()
    starts = _id_starts(source, positions) if source.detailed else {}
    shown = [column for column in columns if column.name not in FIXED]
    rows = []
    for model in map(source.model, positions):
        obstacle = why_unlinked(model.id)
        row = _row(model, obstacle, detailed=source.detailed)
        row["url"] = "" if obstacle else f"{before}{model.id}{after}"
        row["id_start"] = starts.get(model.id, "")
        row["protected"] = protected.get(model.id, "")
        row["cells"] = format_html_join(
            "\n", "{}", [(_cell(column, model, changes, today),) for column in shown]
        )
        rows.append(row)
    return rows


def _row(model: Model, obstacle: str, *, detailed: bool) -> Row:
    """A row without its address and cells. `obstacle`: why it has no page. `detailed`: the list has descriptions."""
    name = _cut(visible(model.label), LONGEST_NAME)
    note = visible(model.id)
    if detailed:
        note = first_sentence(model.value("description") or "", limit=LONGEST_NOTE) or "No description"
    return {
        "url": "",
        "name": name,
        "name_title": _title(name),
        "id": _cut(visible(model.id), LONGEST_NAME),
        "model_id": model.id,
        "id_start": "",
        "protected": "",
        "note": obstacle or note,
        "note_class": "desc" if detailed or obstacle else "mono muted wrap",
        "note_title": _title(obstacle or note),
        "dom_id": status_dom_id(model.id),
        "status": status_view(model.current("status")),
        "cells": "",
    }


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


def _cell(column: Column, model: Model, changes: Changes, today: date) -> str:
    """One `td`. `title` holds the exact or whole value where the text is short.

    It is formatted here because the 350 cells of a page take 1.9 ms this way, and 3.2 in the template.
    """
    value = model.value(column.field) if column.field else None
    css_class = column.css_class
    if not column.field:
        text, title, iso = _changed(changes.get(model.id), today)
    elif value is not None:
        text, title, iso = CELLS.get(column.name, _text)(value, today)
    elif model.understood(column.field):
        text, title, iso = "", "", ""
    else:
        odd = odd_value(column.field, model.current(column.field))
        text, title, iso = _cut(odd.text, LONGEST_TEXT), odd.note, ""
        css_class += " odd"
    if not text:
        text, css_class = display.DASH, f"{css_class} none"
    if iso:
        return format_html(DATE, css_class, iso, title, text)
    if title:
        return format_html(TITLED, css_class, title, text)
    return format_html(PLAIN, css_class, text)


Shown = tuple[str, str, str]  # text, title, iso


def _text(value: str, today: date) -> Shown:
    text = _cut(visible(value), LONGEST_TEXT)
    return text, _title(text, CUT_OFF_NARROW), ""


def _size(size: int, today: date) -> Shown:
    human, exact = display.size_human(size), display.size_exact(size)
    return human, exact if exact != human else "", ""


def _context(count: int, today: date) -> Shown:
    return display.tokens_human(count), f"{count:,} tokens", ""


def _params(count: int, today: date) -> Shown:
    return display.count_human(count), f"{count:,}", ""


def _created(moment: datetime, today: date) -> Shown:
    return display.day_short(moment, today=today), display.moment_utc(moment), display.moment_iso(moment)


def _changed(change: LastChange | None, today: date) -> Shown:
    if change is None:
        return "", "", ""
    who = visible(change.who)
    text = f"{_cut(who, LONGEST_WHO)}, {display.day_short(change.at, today=today)}"
    return text, f"{who}, {display.moment_utc(change.at)}", ""


CELLS: dict[str, Callable[[Any, date], Shown]] = {
    "size": _size,
    "context": _context,
    "params": _params,
    "created": _created,
}


def status_view(status: Any) -> dict[str, str]:
    """What `_status.html` takes. A status that is no text is shown as it was sent."""
    if status is not None and not isinstance(status, str):
        return {"text": _cut(odd_value("status", status).text, LONGEST_TEXT), "tone": "idle"}
    return {"text": _cut(display.status_label(status), LONGEST_TEXT), "tone": display.status_tone(status)}


def has_page(model_id: str) -> bool:
    return not why_unlinked(model_id)


def why_unlinked(model_id: str) -> str:
    """Why a model that is listed has no page, "" for one that has."""
    return why_no_page(model_id) or (RESERVED if model_id in FRAGMENTS else "")


def status_dom_id(model_id: str) -> str:
    """The DOM id of a model's badge in the table: always the same for a model, never its remote text."""
    return "st-" + hashlib.blake2s(model_id.encode("utf-8", "replace"), digest_size=4).hexdigest()
