"""From JSON objects to the values of `schemas.py`, in both dialects.

Keys come in camelCase or snake_case, dates as ISO 8601 or epoch seconds. A value of the wrong type counts
as not reported; a key that this console does not know is kept in `other`. What the console cannot do
without (an id) raises BadAnswer.
Lists are read by `columns.py`, which gives the same and is faster.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.ids import is_model_id
from models_admin.xerotier.limits import MAX_DEPTH
from models_admin.xerotier.schemas import CatalogInfo, Deletion, Model, Revalidation

LARGEST = 2**63  # no count or size is beyond it; formatting a larger one would overflow
TEXT = (
    *("id", "object", "name", "format", "size_formatted", "status", "owned_by", "version", "description"),
    *("architecture", "quantization", "workload_type", "catalog_role", "license"),
)
COUNTS = ("size_bytes", "context_length", "parameter_count", "hidden_size", "num_layers", "vocab_size")
FLAGS = ("is_latest", "is_shared")


def text_of(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def count_of(value: Any) -> int | None:
    """A whole number; `4.0` is one. None for a bool, and beyond 64 bits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -LARGEST < value < LARGEST else None


def flag_of(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def time_of(value: Any) -> datetime | None:
    """ISO 8601 (without a zone: UTC) or epoch seconds, as an aware UTC time."""
    try:
        if type(value) is str:
            # fromisoformat takes "Z" only from Python 3.11 on
            when = datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] == "Z" else value)
            if when.tzinfo is timezone.utc:
                return when
            return (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
        if type(value) in (int, float):
            return datetime.fromtimestamp(value, timezone.utc)
    except (ValueError, OverflowError, OSError):
        pass
    return None


READERS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TEXT, text_of),
    **dict.fromkeys(COUNTS, count_of),
    **dict.fromkeys(FLAGS, flag_of),
    "created_at": time_of,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _keys(names: Iterable[str]) -> dict[str, str]:
    """From each key that may stand for a field, in both dialects, to the field's name."""
    return {key: name for name in names for key in (name, _camel(name))}


KEYS = {**_keys(READERS), "created": "created_at"}


def _read(
    obj: Mapping[str, Any], keys: Mapping[str, str], readers: Mapping[str, Callable[[Any], Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields' values and the rest. Where two keys stand for one field, the first with a usable value wins."""
    values: dict[str, Any] = {}
    other: dict[str, Any] = {}
    for key, value in obj.items():
        name = keys.get(key)
        if name is None:
            other[key] = plain(value)
        elif values.get(name) is None:
            usable = readers[name](value)
            if usable is not None or value is None:
                values[name] = usable
    return values, other


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """What this console does not know, made safe to print: no infinities, no numbers or nests beyond measure."""
    if isinstance(value, (list, dict)) and not depth:
        return "…"
    if isinstance(value, list):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {name: plain(item, depth - 1) for name, item in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if type(value) is not int or -LARGEST < value < LARGEST else str(value)


def model_from_json(obj: object, *, request_id: str | None = None) -> Model:
    """One model. Raises BadAnswer where it is no object or has no usable id."""
    if isinstance(obj, dict):
        values, other = _read(obj, KEYS, READERS)
        if is_model_id(values.get("id")):
            return Model(**values, other=other, reported=frozenset(values), request_id=request_id)
    raise BadAnswer("The answer has no model with a usable id.", request_id=request_id)


CATALOG_READERS: dict[str, Callable[[Any], Any]] = {
    "id": text_of,
    "catalog_role": text_of,
    "deployment_count": count_of,
    "is_on_shared_agents": flag_of,
    "is_public": flag_of,
    "featured": flag_of,
    "shared_at": time_of,
}
CATALOG_KEYS = _keys(CATALOG_READERS)


def catalog_from_json(obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None) -> CatalogInfo:
    """Raises BadAnswer where the answer is for another model, or carries nothing of a catalog."""
    values, other = _read(obj, CATALOG_KEYS, CATALOG_READERS)
    if not values:
        raise BadAnswer("The answer says nothing of the catalog.", request_id=request_id)
    same_model(values.pop("id", None) or model_id, model_id, request_id)
    return CatalogInfo(id=model_id, **values, other=other, request_id=request_id)


def deletion_from_json(obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None) -> Deletion:
    """Raises BadAnswer unless it says that exactly this model is deleted."""
    told = next((obj[key] for key in ("modelId", "model_id", "id") if key in obj), None)
    if obj.get("deleted") is not True:
        raise BadAnswer("The answer does not say that the model is deleted.", request_id=request_id)
    same_model(told, model_id, request_id)
    return Deletion(deleted=True, model_id=model_id, request_id=request_id)


def revalidation_from_json(
    obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None
) -> Revalidation:
    """Raises BadAnswer where the answer is for another model or says no status."""
    status = text_of(obj.get("status"))
    if not status:
        raise BadAnswer("The answer does not say what became of the revalidation.", request_id=request_id)
    same_model(obj.get("id"), model_id, request_id)
    return Revalidation(model_id, status, text_of(obj.get("message")), request_id)


def same_model(told: object, asked: str, request_id: str | None) -> None:
    """Ids are compared without regard to case: a service may write a UUID its own way."""
    if not isinstance(told, str) or told.lower() != asked.lower():
        raise BadAnswer("The answer is for another model than the one asked for.", request_id=request_id)
