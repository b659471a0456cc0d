"""A filtered list as CSV or JSON, a piece at a time. Exact values as the API gave them, all pages (pure)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from models_admin.formatting import display
from models_admin.xerotier.schemas import Model

COLUMNS = (
    "id",
    "name",
    "status",
    "format",
    "size_bytes",
    "created_at",
    "description",
    "architecture",
    "quantization",
    "context_length",
    "parameter_count",
    "workload_type",
    "version",
    "is_latest",
    "is_shared",
    "catalog_role",
    "owned_by",
    "license",
    "hidden_size",
    "num_layers",
    "vocab_size",
)
# What a spreadsheet takes for the start of a formula; the last four are the same signs at full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_CHUNK = 200  # rows


def cell_inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return value


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """CSV in UTF-8 with CR LF, every cell inert, in pieces of some hundred rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell_inert(value) for value in row])
        if number % _CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def models_csv(models: Iterable[Model]) -> Iterator[bytes]:
    return csv_lines(_table(models))


def models_json(models: Sequence[Model], about: Mapping[str, Any]) -> Iterator[bytes]:
    """One object: what `about` says, then `"models"`. A fact that was not reported is left out."""
    head = json.dumps({**about, "count": len(models)}, ensure_ascii=False, indent=2)
    yield _bytes(head.removesuffix("\n}") + ',\n  "models": [')
    for number, model in enumerate(models):
        text = json.dumps(_facts(model), ensure_ascii=False, default=_plain)
        yield _bytes(("," if number else "") + "\n    " + text)
    yield b"\n  ]\n}\n"


def _table(models: Iterable[Model]) -> Iterator[Sequence[object]]:
    yield COLUMNS
    for model in models:
        yield [_csv_cell(getattr(model, name)) for name in COLUMNS]


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return display.moment_iso(value)
    return "" if value is None else value


def _facts(model: Model) -> dict[str, Any]:
    facts = {name: getattr(model, name) for name in COLUMNS}
    known = {
        name: value
        for name, value in facts.items()
        if value is not None or name in model.reported or name == "id"
    }
    return {**known, "other": dict(model.other)} if model.other else known


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return display.moment_iso(value)
    return dict(value) if isinstance(value, Mapping) else str(value)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return _bytes(text)


def _bytes(text: str) -> bytes:
    # Half a surrogate pair has no UTF-8; written as \ud800 it is what JSON had it as.
    return text.encode("utf-8", "backslashreplace")
