"""A filtered list as CSV or JSON, a piece at a time. Exact values as the API gave them, all pages (pure)."""

import codecs
import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from models_admin.formatting import display
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import Model

COLUMNS = (
    *("id", "name", "status", "format", "size_bytes", "created_at"),
    *(field.name for field in FIELDS if field.readable),
    *("version", "is_latest", "is_shared", "catalog_role", "owned_by"),
    *(field.name for field in FIELDS if not field.readable),
)
BYTE_ORDER_MARK = codecs.BOM_UTF8  # without it Excel reads the file in the machine's old encoding
# What a spreadsheet takes for the start of a formula; the last four are the same signs at full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001
_CHUNK = 200  # rows


def cell_inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return value


def csv_lines(rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """CSV in UTF-8 with a byte order mark and CR LF, every cell inert, in pieces of some hundred rows."""
    yield BYTE_ORDER_MARK
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for number, row in enumerate(rows, start=1):
        writer.writerow([cell_inert(value) for value in row])
        if number % _CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def json_lines(about: Mapping[str, Any], name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """One JSON object, a piece at a time: what `about` says, then under `name` the items, one a line."""
    head = json.dumps(dict(about), ensure_ascii=False, indent=2)
    yield _bytes(head.removesuffix("\n}") + f',\n  "{name}": [')
    for number, item in enumerate(items):
        yield _bytes(f"{',' if number else ''}\n    {json.dumps(item, ensure_ascii=False)}")
    yield b"\n  ]\n}\n"


def models_csv(models: Iterable[Model], protected: Mapping[str, str]) -> Iterator[bytes]:
    """`protected`: the reason for each protected model, by ID."""
    return csv_lines(_table(models, protected))


def models_json(
    models: Sequence[Model], about: Mapping[str, Any], protected: Mapping[str, str]
) -> Iterator[bytes]:
    """What `about` says, then `"models"`. A field that was not reported is left out."""
    facts = (_facts(model) | _protection(model, protected) for model in models)
    return json_lines({**about, "count": len(models)}, "models", facts)


def _table(models: Iterable[Model], protected: Mapping[str, str]) -> Iterator[Sequence[object]]:
    yield (*COLUMNS, "protected", "protected_reason")
    for model in models:
        values = [_csv_cell(model.current(name)) for name in COLUMNS]
        yield [*values, _csv_cell(model.id in protected), protected.get(model.id, "")]


def _protection(model: Model, protected: Mapping[str, str]) -> dict[str, Any]:
    if model.id not in protected:
        return {"protected": False}
    return {"protected": True, "protected_reason": protected[model.id]}


def _csv_cell(value: object) -> object:
    value = _as_json(value)
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _facts(model: Model) -> dict[str, Any]:
    facts = {name: _as_json(model.current(name)) for name in COLUMNS}
    known = {name: value for name, value in facts.items() if value is not None or name in model.reported}
    return {**known, "other": _as_json(dict(model.other))} if model.other else known


def _as_json(value: Any) -> Any:
    """A value that every JSON reader takes: dates in ISO 8601, NaN and Infinity as text, all else as sent."""
    if isinstance(value, datetime):
        return display.moment_iso(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else f"{value}".replace("inf", "Infinity")
    if isinstance(value, Mapping):
        return {key: _as_json(item) for key, item in value.items()}
    return [_as_json(item) for item in value] if isinstance(value, list | tuple) else value


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return _bytes(text)


def _bytes(text: str) -> bytes:
    # Half a surrogate pair has no UTF-8; written as \ud800 it is what JSON had it as.
    return text.encode("utf-8", "backslashreplace")
