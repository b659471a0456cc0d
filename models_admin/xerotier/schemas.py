"""What the API answers, as frozen values. Read by `parsing.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from models_admin.xerotier.fields import BY_NAME


def label_of(name: str | None, *, model_id: str) -> str:
    """What a person calls a model: its name, or its ID if the name is missing or blank."""
    return name if name and not name.isspace() else model_id


def status_key(status: str | None) -> str:
    """A status as it is compared: without regard to case and surrounding white space. It is shown as it was sent."""
    return (status or "").strip().casefold()


@dataclass(frozen=True, slots=True)
class Model:
    """One model ("Get Model Details", "List Project Models").

    A field is None if the answer did not carry it, carried null, or carried something that could not be read as the
    field's type. `sent` tells these apart: it has every known field that the answer carried, under the name it has
    here, with its JSON value as it came. `other` has the keys that this console does not know.
    """

    id: str
    name: str | None = None
    format: str | None = None
    size_bytes: int | None = None
    size_formatted: str | None = None
    status: str | None = None
    created_at: datetime | None = None  # aware, UTC
    owned_by: str | None = None
    object: str | None = None  # the kind of object: "model"
    version: str | None = None
    is_latest: bool | None = None
    is_shared: bool | None = None
    catalog_role: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)  # the editable fields of `fields.py`, by name
    sent: Mapping[str, Any] = field(default_factory=dict)
    other: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        return label_of(self.name, model_id=self.id)

    @property
    def reported(self) -> frozenset[str]:
        """The known fields that the answer carried, null or not."""
        return frozenset(self.sent)

    def value(self, name: str) -> Any:
        """The value of a field, editable or not, as its type. None if it was absent, null or not understood."""
        return self.metadata.get(name) if name in BY_NAME else getattr(self, name)

    def current(self, name: str) -> Any:
        """The value of a field: as its type if it was understood, else as it was sent. None if null or absent."""
        value = self.value(name)
        return self.sent.get(name) if value is None else value

    def understood(self, name: str) -> bool:
        """False if something other than null was sent and could not be read as the field's type."""
        return self.value(name) is not None or self.sent.get(name) is None


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`X-RateLimit-*` of an answer: requests a minute, what is left, seconds or epoch of the reset."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """The entry of a model in the public catalog ("Get Catalog Info")."""

    id: str
    catalog_role: str | None = None
    deployment_count: int | None = None
    is_on_shared_agents: bool | None = None
    is_public: bool | None = None
    featured: bool | None = None
    shared_at: datetime | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Deletion:
    """The answer to a DELETE ("Delete Model").

    `deleted` is False if the API accepted the deletion and has not finished it: `status` may say `deleting`.
    """

    deleted: bool
    model_id: str
    status: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Revalidation:
    """The answer to a revalidation ("Revalidate Model"): queued, not done."""

    id: str
    status: str | None
    message: str | None
    request_id: str | None = None
