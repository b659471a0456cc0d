"""Make text and JSON from outside fit for any database (pure)."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

# PostgreSQL takes neither NUL in text and JSON nor NaN in JSON; no database takes half a
# surrogate pair. All of these come out of `json.loads` without complaint.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_DEPTH = 8
_ITEMS = 500
_DIGITS = 2**63


def text_storable(text: object, *, limit: int | None = None) -> str:
    """Return the text with what no database takes shown as U+FFFD, cut to `limit` characters."""
    clean = _UNSTORABLE.sub("\ufffd", str(text)) if text is not None else ""
    return clean if limit is None else clean[:limit]


def json_storable(value: Any, *, depth: int = _DEPTH) -> Any:
    """Return a copy of a JSON value that any database takes: bounded in depth, width and digits."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _DIGITS else "a number of more than 19 digits"
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return text_storable(value)
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(value.items())[:_ITEMS]
        return {text_storable(key): json_storable(item, depth=depth - 1) for key, item in pairs}
    if isinstance(value, list | tuple):
        return [json_storable(item, depth=depth - 1) for item in value[:_ITEMS]]
    return text_storable(value)


def changes_storable(changes: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Entries of `Activity.changes`. `before_altered` marks an old value that no undo could restore from them."""
    stored: list[dict[str, Any]] = json_storable(list(changes))
    for entry, given in zip(stored, changes, strict=False):
        if entry.get("before") != given.get("before"):
            entry["before_altered"] = True
    return stored
