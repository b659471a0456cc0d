"""The models of a list, read column by column.

Ten thousand models must not cost much more than their JSON. The entries of a list mostly have the same
keys; so the types of a whole column are checked at once, and the loops run inside of Python's own C code.
Where anything is out of the ordinary, the entries are read one by one by `parsing.model_from_json`; both
ways give the same, and a property test holds that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, make_dataclass
from datetime import datetime, timezone
from itertools import repeat
from typing import Any, cast

from models_admin.xerotier.errors import BadAnswer
from models_admin.xerotier.ids import MODEL_ID
from models_admin.xerotier.parsing import (
    KEYS,
    LARGEST,
    READERS,
    count_of,
    flag_of,
    model_from_json,
    plain,
    text_of,
    time_of,
)
from models_admin.xerotier.schemas import Model

NOTHING = type(None)
FITTING: dict[Callable[[Any], Any], set[type]] = {
    text_of: {str, NOTHING},
    count_of: {int, NOTHING},
    flag_of: {bool, NOTHING},
}

# A frozen dataclass is made five times slower than a plain one. So a model of a list is made as a plain
# one with the same slots, which then becomes a Model: Python allows that between classes of one layout.
_NAMES = tuple(item.name for item in fields(Model))
_Draft = make_dataclass("_Draft", _NAMES, slots=True)


def models_from_json(entries: list[Any], *, request_id: str | None = None) -> tuple[list[Model], int]:
    """The models of a list, in its order, and how many entries had no usable id and were left out."""
    if _alike(entries) and (models := _by_column(tuple(entries[0]), entries, request_id)):
        return models, 0
    places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        if type(entry) is dict:
            places[tuple(entry)].append(index)
    found: list[Model | None] = [None] * len(entries)
    for keys, indexes in places.items():
        group = [entries[index] for index in indexes]
        made: Sequence[Model | None] | None = _by_column(keys, group, request_id)
        made = made or [_one(entry, request_id) for entry in group]
        for index, model in zip(indexes, made, strict=True):
            found[index] = model
    usable = [model for model in found if model is not None]
    return usable, len(entries) - len(usable)


def _alike(entries: list[Any]) -> bool:
    """Whether all are objects with the same keys in the same order: nearly every list."""
    return set(map(type, entries)) == {dict} and all(map(tuple(entries[0]).__eq__, map(tuple, entries)))


def _one(entry: dict[str, Any], request_id: str | None) -> Model | None:
    try:
        return model_from_json(entry, request_id=request_id)
    except BadAnswer:
        return None


def _by_column(
    keys: Sequence[str], entries: list[dict[str, Any]], request_id: str | None
) -> list[Model] | None:
    """All of these entries, which have these keys; None where only reading them one by one will do."""
    columns: dict[str, Iterable[Any]] = {}
    unknown = [key for key in keys if key not in KEYS]
    for key, values in zip(keys, zip(*map(dict.values, entries), strict=True), strict=True):
        name = KEYS.get(key)
        if name is None:
            continue
        read = None if name in columns else _column(name, values)
        if read is None:
            return None
        columns[name] = read
    if "id" not in columns or not all(map(MODEL_ID.fullmatch, columns["id"])):
        return None
    columns["reported"] = repeat(frozenset(columns))
    columns["request_id"] = repeat(request_id)
    columns["other"] = (
        [{key: plain(entry[key]) for key in unknown} for entry in entries]
        if unknown
        else [{} for _ in entries]
    )
    models = [*map(_Draft, *(columns.get(name, repeat(None)) for name in _NAMES))]
    for model in models:
        model.__class__ = Model
    return cast("list[Model]", models)


def _column(name: str, values: tuple[Any, ...]) -> Sequence[Any] | None:
    """The values of one field, all of the fitting type or null; None where one is not."""
    types = set(map(type, values))
    reader = READERS[name]
    if reader is time_of:
        return _times(values, types)
    if not types <= FITTING[reader] or (name == "id" and NOTHING in types):
        return None
    if reader is count_of and not _within(values):
        return None
    return values


def _within(values: Iterable[int | None]) -> bool:
    numbers = [value for value in values if value is not None]
    return not numbers or -LARGEST < min(numbers) <= max(numbers) < LARGEST


def _times(values: tuple[Any, ...], types: set[type]) -> Sequence[datetime | None] | None:
    """Dates of one kind; None where one of them is no date."""
    try:
        if types == {int}:
            return [*map(datetime.fromtimestamp, values, repeat(timezone.utc))]
        if types == {str}:
            times = [*map(datetime.fromisoformat, values)]
            if {time.tzinfo for time in times} == {timezone.utc}:
                return times
    except (ValueError, OverflowError, OSError):
        pass  # Python 3.10 knows no "Z"; or one of them is no date
    read = [*map(time_of, values)]
    return read if read.count(None) == values.count(None) else None
