"""From JSON objects to the values of `schemas.py`, in both dialects.

Keys come in camelCase or snake_case, dates as ISO 8601 or epoch seconds. A value of the wrong type counts
as not reported; a key that this console does not know is kept in `other`. What the console cannot do
without (an id) raises BadAnswer.

A list of 10,000 models must cost less than half of what parsing its JSON costs, so the items of one list
that have the same keys and the same types share a plan, worked out once: `_Plan`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, make_dataclass
from datetime import datetime, timezone
from operator import itemgetter
from typing import Any, NamedTuple, cast

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.ids import MODEL_ID, is_model_id
from models_admin.xerotier.limits import MAX_DEPTH
from models_admin.xerotier.schemas import CatalogInfo, Deletion, Model, Revalidation

LARGEST = 2**63  # no count or size is beyond it; formatting a larger one would overflow
TEXT = (
    *("id", "object", "name", "format", "size_formatted", "status", "owned_by", "version", "description"),
    *("architecture", "quantization", "workload_type", "catalog_role", "license"),
)
COUNTS = ("size_bytes", "context_length", "parameter_count", "hidden_size", "num_layers", "vocab_size")
FLAGS = ("is_latest", "is_shared")


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Any) -> int | None:
    """A whole number; `4.0` is one. None for a bool, and beyond 64 bits."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and -LARGEST < value < LARGEST else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _time(value: Any) -> datetime | None:
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
    **dict.fromkeys(TEXT, _text),
    **dict.fromkeys(COUNTS, _count),
    **dict.fromkeys(FLAGS, _flag),
    "created_at": _time,
}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _keys(names: Iterable[str]) -> dict[str, str]:
    """From each key that may stand for a field, in both dialects, to the field's name."""
    return {key: name for name in names for key in (name, _camel(name))}


KEYS = {**_keys(READERS), "created": "created_at"}


class _Read(NamedTuple):
    """`values` by field; `sources` is the key that each came from."""

    values: dict[str, Any]
    sources: dict[str, str]
    other: dict[str, Any]


def _read(obj: Mapping[str, Any], keys: Mapping[str, str], readers: Mapping[str, Callable]) -> _Read:
    """Field by field. Where two keys stand for one field, the first that has a usable value wins."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    other: dict[str, Any] = {}
    for key, value in obj.items():
        name = keys.get(key)
        if name is None:
            other[key] = _plain(value)
        elif values.get(name) is None:
            usable = readers[name](value)
            if usable is not None or value is None:
                values[name], sources[name] = usable, key
    return _Read(values, sources, other)


def _plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """What this console does not know, made safe to print: no infinities, no numbers or nests beyond measure."""
    if isinstance(value, (list, dict)) and not depth:
        return "…"
    if isinstance(value, list):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, depth - 1) for name, item in value.items()}
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if type(value) is not int or -LARGEST < value < LARGEST else str(value)


def model_from_json(obj: object, *, request_id: str | None = None) -> Model:
    """One model. Raises BadAnswer where it is no object or has no usable id."""
    if isinstance(obj, dict):
        read = _read(obj, KEYS, READERS)
        if is_model_id(read.values.get("id")):
            reported = frozenset(read.values)
            return Model(**read.values, other=read.other, reported=reported, request_id=request_id)
    raise BadAnswer("The answer has no model with a usable id.", request_id=request_id)


# A frozen dataclass is made five times slower than a plain one. So a model of a list is made as a plain
# one with the same slots, which then becomes a Model: Python allows that between classes of one layout.
_PLACED = ("created_at", "other", "reported", "request_id")
_PICKED = tuple(item.name for item in fields(Model) if item.name not in _PLACED)
_Draft = make_dataclass("_Draft", [*_PLACED, *_PICKED], slots=True)


class _Plan(NamedTuple):
    """How to read items of one shape: `pick` takes the fields, in `_PICKED`'s order, from the values and a None."""

    pick: Callable[[list[Any]], tuple[Any, ...]]
    id_at: int
    created_at: int  # where the date stands; -1, the None at the end, where there is none
    counts: tuple[int, ...]
    reported: frozenset[str]


_usable = MODEL_ID.fullmatch
_FITTING: dict[Callable[[Any], Any], type] = {_text: str, _count: int, _flag: bool}


def _plan(obj: dict[str, Any]) -> _Plan | None:
    """None where the shape needs the careful way: unknown keys, wrong types, two keys for one field."""
    at: dict[str, int] = {}
    for index, (key, value) in enumerate(obj.items()):
        name = KEYS.get(key)
        if name is None or name in at:
            return None
        fitting = _FITTING.get(READERS[name])
        if value is not None and fitting is not None and type(value) is not fitting:
            return None
        at[name] = index
    if obj.get("id") is None:
        return None
    picked = itemgetter(*(at.get(name, -1) for name in _PICKED))
    values = [*obj.values()]
    counts = tuple(at[name] for name in COUNTS if name in at and values[at[name]] is not None)
    return _Plan(picked, at["id"], at.get("created_at", -1), counts, frozenset(at))


def models_from_json(items: list[Any], *, request_id: str | None = None) -> tuple[list[Model], int]:
    """The models of a list, and how many entries had no usable id and were left out."""
    plans: dict[tuple, dict[tuple, _Plan | None]] = {}
    keys: list[str] = []
    of_keys: dict[tuple, _Plan | None] = {}  # by types: neighbours mostly have the same keys
    models: list[Model] = []
    for item in items:
        if type(item) is not dict:
            continue
        if [*item] != keys:
            keys = [*item]
            of_keys = plans.setdefault(tuple(keys), {})
        row = [*item.values()]
        types = tuple(map(type, row))
        plan = of_keys[types] if types in of_keys else of_keys.setdefault(types, _plan(item))
        model = _planned(plan, row, request_id) if plan else None
        try:
            models.append(model or model_from_json(item, request_id=request_id))
        except BadAnswer:
            continue
    return models, len(items) - len(models)


def _planned(plan: _Plan, row: list[Any], request_id: str | None) -> Model | None:
    """The fast way; None where only the careful one will do. Both give the same (a property test holds it)."""
    if not _usable(row[plan.id_at]):
        return None
    for index in plan.counts:
        if not -LARGEST < row[index] < LARGEST:
            return None
    row.append(None)
    created = row[plan.created_at]
    if created is not None:
        created = _time(created)
        if created is None:
            return None
    draft = _Draft(created, {}, plan.reported, request_id, *plan.pick(row))
    draft.__class__ = Model
    return cast(Model, draft)


CATALOG_READERS: dict[str, Callable[[Any], Any]] = {
    "id": _text,
    "catalog_role": _text,
    "deployment_count": _count,
    "is_on_shared_agents": _flag,
    "is_public": _flag,
    "featured": _flag,
    "shared_at": _time,
}
CATALOG_KEYS = _keys(CATALOG_READERS)


def catalog_from_json(obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None) -> CatalogInfo:
    """Raises BadAnswer where the answer is for another model, or carries nothing of a catalog."""
    values, _, other = _read(obj, CATALOG_KEYS, CATALOG_READERS)
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
    status = _text(obj.get("status"))
    if not status:
        raise BadAnswer("The answer does not say what became of the revalidation.", request_id=request_id)
    same_model(obj.get("id"), model_id, request_id)
    return Revalidation(model_id, status, _text(obj.get("message")), request_id)


def same_model(told: object, asked: str, request_id: str | None) -> None:
    """Ids are compared without regard to case: a service may write a UUID its own way."""
    if not isinstance(told, str) or told.lower() != asked.lower():
        raise BadAnswer("The answer is for another model than the one asked for.", request_id=request_id)
