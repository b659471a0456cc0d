"""The models as the rules see them: the list's columns, and what this console knows beside them (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from models_admin.checks.names import name_says
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.parsing import KEYS, READERS, value_of

NOT_RETURNED = frozenset(item.name for item in FIELDS if not item.readable)


@dataclass(frozen=True)
class Table:
    """`last_set`: values set here of the fields that the API may not return, by model ID and field.
    `revalidated`: when each model was last revalidated from here. `now`: aware, UTC.
    """

    models: ModelList
    last_set: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    revalidated: Mapping[str, datetime] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _columns: dict[str, list[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def column(self, name: str) -> list[Any]:
        """A field of all models, or "says": what their names say (see `names`)."""
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def reports(self, name: str) -> bool:
        """Whether this list, or this console, has anything to say about a field."""
        return (
            name == "says"
            or name in self._reported
            or any(name in values for values in self.last_set.values())
        )

    def since(self, position: int) -> tuple[bool, datetime | None]:
        """When one model was last revalidated from here (True), or else created (False)."""
        model_id = self.models.column("id")[position]
        if model_id in self.revalidated:
            return True, self.revalidated[model_id]
        return False, value_of(self.models.entries[position], KEYS["created_at"], READERS["created_at"])[1]

    def missing(self, name: str) -> list[int]:
        """The positions of the models whose field was sent as null or as a blank text."""
        if name not in self._reported:
            return []
        values, keys, entries = self.column(name), KEYS[name], self.models.entries
        different = set(values)  # few, or read only once: ten thousand models share most of their texts
        empty = {text for text in different if isinstance(text, str) and not text.strip()}
        if not empty and None not in different:
            return []
        return [
            at
            for at, value in enumerate(values)
            if value in empty or (value is None and _null(entries[at], keys))
        ]

    @cached_property
    def _reported(self) -> frozenset[str]:
        keys: set[str] = set().union(*self.models.entries)
        return frozenset(name for name, names in KEYS.items() if not keys.isdisjoint(names))

    def _column(self, name: str) -> list[Any]:
        if name == "says":
            return [name_says(text) if text else None for text in self.models.column("name")]
        values = self.models.column(name)
        if name not in NOT_RETURNED or not self.last_set:
            return values
        here = [self.last_set.get(model_id, {}).get(name) for model_id in self.models.column("id")]
        read = READERS[name]  # what the API made of a value that was set here can be of any type
        return [
            read(known) if value is None and known is not None else value
            for value, known in zip(values, here, strict=True)
        ]


def _null(entry: Mapping[str, Any], keys: tuple[str, ...]) -> bool:
    """Whether a field was sent as null: neither absent nor a value of an unexpected type."""
    return any(key in entry for key in keys) and all(entry.get(key) is None for key in keys)
