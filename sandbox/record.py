"""One model as the stand-in keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """A model and what hangs on it.

    `facts` holds every field of the extended form and the four that can only be written. `extracted` is what a
    validation reads from the files and writes over the facts; `broken` files end a validation in `error`.
    `catalog` is the answer of catalog-info without the id, None for a model that is not in the catalog.
    `until` is the clock's reading at which a running validation ends, None when none runs.
    """

    id: str
    facts: dict[str, Any]
    extracted: dict[str, Any] = field(default_factory=dict)
    catalog: dict[str, Any] | None = None
    created_at: str | None = None  # where the document's list gives another date than its details do
    broken: bool = False
    until: float | None = None
    encoded: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> Record:
        """Fresh facts; the rest is never changed in place. The encoded answers stay right until the facts change."""
        return Record(
            self.id,
            dict(self.facts),
            self.extracted,
            self.catalog,
            self.created_at,
            self.broken,
            None,
            dict(self.encoded),
        )

    def change(self, changes: dict[str, Any]) -> None:
        self.facts.update(changes)
        self.encoded.clear()
