"""Reads the JSON objects of the API, in both dialects: the only module that knows how a value may be written.

Keys come in camelCase or snake_case. A value is read generously: services also write numbers and flags as text, and
dates as ISO 8601 or as epoch seconds or milliseconds. What still cannot be read as the field's type is not lost: it
stays in `Model.sent` as it came. Keys that this console does not know are kept in `other`. An object without an ID
raises BadAnswer.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.fields import BY_NAME, FIELDS
from models_admin.xerotier.ids import is_listed_id
from models_admin.xerotier.limits import MAX_DEPTH
from models_admin.xerotier.schemas import CatalogInfo, Deletion, Model, Revalidation, status_key

Reader = Callable[[Any], Any]

LARGEST = 2**63  # larger numbers are no sizes or counts: tokenizers write 10**30 for "no limit"
DIGITS = re.compile(r"[0-9]{1,19}")
MILLISECONDS = 10**11  # epoch seconds reach this in the year 5138
EPOCH = datetime.fromtimestamp(0, UTC)
ABSENT = object()


def text_of(value: Any) -> str | None:
    """A text. A number becomes one: some services write `"version": 2`."""
    if isinstance(value, str):
        return value
    return str(value) if type(value) in (int, float) else None


def count_of(value: Any) -> int | None:
    """A whole number from 0 to 2**63 - 1; `4.0` and `"4"` are read as 4. None for anything else."""
    if isinstance(value, str):
        text = value.strip()
        value = int(text) if DIGITS.fullmatch(text) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    return value if type(value) is int and 0 <= value < LARGEST else None


def flag_of(value: Any) -> bool | None:
    """True or False, also written as text or as 1 and 0."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return bool(value) if value in (0, 1) and isinstance(value, int) else None


def time_of(value: Any) -> datetime | None:
    """An aware UTC time from ISO 8601 (without a zone: UTC) or an epoch, as a number or as digits.

    None for the epoch itself and anything before it: these are the zero values of programming languages (Go writes
    0001-01-01), and no model is that old.
    """
    try:
        if type(value) is str:
            when = _iso(value)
        elif type(value) in (int, float):
            when = _epoch(value)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return when if when > EPOCH else None


def _epoch(value: float) -> datetime:
    """Seconds, milliseconds, microseconds or nanoseconds, told apart by their size."""
    if abs(value) >= MILLISECONDS:
        value /= next((scale for scale in (10**3, 10**6) if abs(value) < MILLISECONDS * scale), 10**9)
    return datetime.fromtimestamp(value, UTC)


def _iso(value: str) -> datetime:
    text = value.strip().upper()  # "z" as well as "Z"
    if len(text) > 8 and DIGITS.fullmatch(text):  # eight digits are a date: 20260115
        return _epoch(int(text))
    when = datetime.fromisoformat(text)
    return when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _keys(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The keys that may stand for each field, in both dialects."""
    return {name: tuple(dict.fromkeys((name, _camel(name)))) for name in names}


TEXTS = ("id", "object", "name", "format", "size_formatted", "status", "owned_by", "version", "catalog_role")
READERS: dict[str, Reader] = {
    **dict.fromkeys(TEXTS, text_of),
    "size_bytes": count_of,
    "created_at": time_of,
    "is_latest": flag_of,
    "is_shared": flag_of,
    **{item.name: count_of if item.kind == "integer" else text_of for item in FIELDS},
}
KEYS = {**_keys(READERS), "created_at": ("created_at", "createdAt", "created")}
FIELD_OF_KEY = {key: name for name, keys in KEYS.items() for key in keys}

CATALOG_READERS: dict[str, Reader] = {
    "id": text_of,
    "catalog_role": text_of,
    "deployment_count": count_of,
    "is_on_shared_agents": flag_of,
    "is_public": flag_of,
    "featured": flag_of,
    "shared_at": time_of,
}
CATALOG_KEYS = _keys(CATALOG_READERS)


def value_of(entry: Mapping[str, Any], keys: tuple[str, ...], reader: Reader) -> tuple[Any, Any]:
    """One field of an object: the value as sent (ABSENT if it has none of the keys), and as read (None if unusable).

    Where several keys stand for one field, the first with a usable value counts, else the first that is not null.
    """
    sent: Any = ABSENT
    for key in keys:
        raw = entry.get(key, ABSENT)
        if raw is ABSENT:
            continue
        value = None if raw is None else reader(raw)
        if value is not None:
            return raw, value
        if sent is ABSENT or sent is None:
            sent = raw
    return sent, None


def plain(value: Any, depth: int = MAX_DEPTH) -> Any:
    """A list or object of the API's with its nesting cut at `depth`, so that it can be written out safely."""
    if not isinstance(value, (list, dict)):
        return value
    if not depth:
        return "…"
    if isinstance(value, list):
        return [plain(item, depth - 1) for item in value]
    return {name: plain(item, depth - 1) for name, item in value.items()}


def id_of(entry: object) -> str | None:
    """The ID of a list's entry, None if it has none that could name it."""
    value = entry.get("id") if isinstance(entry, dict) else None
    if type(value) is not str:
        value = text_of(value)
    return value if is_listed_id(value) else None


def model_from_json(obj: object, *, request_id: str | None = None) -> Model:
    """One model. Raises BadAnswer if it is not an object or has no ID."""
    if not isinstance(obj, dict) or id_of(obj) is None:
        raise BadAnswer("The response has no model with a usable ID.", request_id=request_id)
    values: dict[str, Any] = {}
    sent: dict[str, Any] = {}
    other: dict[str, Any] = {}
    for key, raw in obj.items():
        name = FIELD_OF_KEY.get(key)
        if name is None:
            other[key] = plain(raw)
            continue
        value = None if raw is None else READERS[name](raw)
        if name in sent:  # in both dialects
            raw, value = value_of(obj, KEYS[name], READERS[name])
        sent[name], values[name] = plain(raw), value
    metadata = {name: values.pop(name) for name in values.keys() & BY_NAME.keys()}
    return Model(**values, metadata=metadata, sent=sent, other=other, request_id=request_id)


def catalog_from_json(obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None) -> CatalogInfo:
    """Raises BadAnswer if the answer is for another model, or carries nothing about the catalog."""
    read = {name: value_of(obj, CATALOG_KEYS[name], reader) for name, reader in CATALOG_READERS.items()}
    values = {name: value for name, (sent, value) in read.items() if sent is None or value is not None}
    if not values:
        raise BadAnswer(
            "The response doesn't report whether the model is in the catalog.", request_id=request_id
        )
    same_model(values.pop("id", None) or model_id, model_id, request_id)
    known = {key for name in values.keys() | {"id"} for key in CATALOG_KEYS[name]}
    other = {key: plain(value) for key, value in obj.items() if key not in known}
    return CatalogInfo(id=model_id, **values, other=other, request_id=request_id)


def deletion_from_json(
    obj: Mapping[str, Any], *, model_id: str, accepted: bool = False, request_id: str | None = None
) -> Deletion:
    """Raises BadAnswer unless it says that exactly this model is deleted, or being deleted.

    `accepted`: the HTTP status said that the deletion is under way, so the answer need not say more.
    """
    answered = next((obj[key] for key in ("modelId", "model_id", "id") if key in obj), None)
    status = text_of(obj.get("status"))
    accepted = accepted or status_key(status) == "deleting"
    if obj.get("deleted") is not True and not accepted:
        raise BadAnswer("The response doesn't confirm that the model is deleted.", request_id=request_id)
    if answered is not None or not accepted:
        same_model(answered, model_id, request_id)
    return Deletion(not accepted, model_id, status, request_id)


def revalidation_from_json(
    obj: Mapping[str, Any], *, model_id: str, request_id: str | None = None
) -> Revalidation:
    """Raises BadAnswer if the answer is for another model or gives no status."""
    status = text_of(obj.get("status"))
    if not status:
        raise BadAnswer(
            "The response doesn't show whether the revalidation was queued.", request_id=request_id
        )
    same_model(obj.get("id"), model_id, request_id)
    return Revalidation(model_id, status, text_of(obj.get("message")), request_id)


def same_model(answered: object, asked: str, request_id: str | None) -> None:
    """Raises BadAnswer for another model's ID. Case does not count: a service may write a UUID its own way."""
    text = text_of(answered)
    if text is None or text.lower() != asked.lower():
        raise BadAnswer(
            "The response is for a different model from the one requested.", request_id=request_id
        )
