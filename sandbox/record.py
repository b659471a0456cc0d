"""One model as the sandbox stores it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Record:
    """A model.

    `facts` holds every field of the extended form and the four that can only be written. `extracted` holds the values
    that validation reads from the files and that overwrite the facts; validation of `broken` files ends in `error`.
    `catalog` is the catalog-info response without the ID, or None for a model that is not in the catalog.
    `until` is the clock reading at which a running validation ends, or None.
    """

    id: str
    facts: dict[str, Any]
    extracted: dict[str, Any] = field(default_factory=dict)
    catalog: dict[str, Any] | None = None
    created_at: str | None = None  # only if the documented list has a different date from the details
    broken: bool = False
    until: float | None = None
    encoded: dict[str, bytes] = field(default_factory=dict)

    def copy(self) -> "Record":
        """Copies the facts; nothing else is changed in place. Encoded responses stay valid until the facts change."""
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
