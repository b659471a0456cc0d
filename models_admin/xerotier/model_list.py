"""The models of a project as the API listed them, read only as far as they are needed.

Ten thousand models must not cost much more than their JSON. So a list keeps the entries as decoded; searching, sorting
and filtering read the columns they use, and only the rows that are shown or exported become Models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from models_admin.xerotier.parsing import FIELD_OF_KEY, KEYS, READERS, model_from_json, text_of, value_of
from models_admin.xerotier.schemas import Model, RateLimit

# One of these on any model shows that the list carries more than the document's six fields.
DETAILS = ("architecture", "quantization", "context_length", "parameter_count", "version", "is_shared")
DETAIL_KEYS = frozenset(key for name in DETAILS for key in KEYS[name])


@dataclass(frozen=True)
class ModelList:
    """The models of a project ("List Project Models"), in the order the API gave them, each ID once.

    `entries` are their JSON objects. `complete` is False if reading stopped early (rate limit, number of pages) or if
    there may be more models; `note` says why.
    """

    entries: tuple[dict[str, Any], ...]
    complete: bool = True
    note: str = ""
    rate_limit: RateLimit = field(default_factory=RateLimit)
    request_id: str | None = None
    _columns: dict[str, list[Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def _keys(self) -> set[str]:
        """The keys that any entry has."""
        return set().union(*self.entries)

    @property
    def detailed(self) -> bool:
        """Whether the list carries the extended fields. The document dialect does not."""
        return not DETAIL_KEYS.isdisjoint(self._keys)

    @property
    def unknown_keys(self) -> set[str]:
        """Keys of the entries that this console does not know."""
        return self._keys - FIELD_OF_KEY.keys()

    def column(self, name: str) -> list[Any]:
        """One field of all models, in their order: what `Model` has under this name. Read once; not to be changed."""
        if name not in self._columns:
            self._columns[name] = _column(self.entries, name, self._keys)
        return self._columns[name]

    def model(self, position: int) -> Model:
        return model_from_json(self.entries[position], request_id=self.request_id)

    @property
    def models(self) -> tuple[Model, ...]:
        """All of them as Models: a millisecond for each hundred, so not for what a column can answer."""
        return tuple(map(self.model, range(len(self))))


def _column(entries: Sequence[dict[str, Any]], name: str, known: set[str]) -> list[Any]:
    keys, reader = KEYS[name], READERS[name]
    present = [key for key in keys if key in known]
    if not present:
        return [None] * len(entries)
    if len(present) != 1:
        return [value_of(entry, keys, reader)[1] for entry in entries]
    values = [entry.get(present[0]) for entry in entries]
    if reader is text_of and set(map(type, values)) <= {str, type(None)}:
        return values  # texts need no reading
    return [None if value is None else reader(value) for value in values]
