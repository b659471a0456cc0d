"""What the API answers, as frozen values. Read by `parsing.py`.

An unknown value is kept as it is; a value of the wrong type counts as not reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


def label_of(name: str | None, *, model_id: str) -> str:
    """What a person calls a model: its name, or its id where the name is missing or blank."""
    return name if name and not name.isspace() else model_id


@dataclass(frozen=True, slots=True)
class Model:
    """One model ("Get Model Details", "List Project Models").

    A field that the answer did not carry is None and is absent from `reported`; one that it carried
    as null is None and present in `reported`. `other` holds the keys that this console does not know.
    """

    id: str
    name: str | None = None
    format: str | None = None
    size_bytes: int | None = None
    size_formatted: str | None = None
    status: str | None = None
    created_at: datetime | None = None  # aware, UTC
    owned_by: str | None = None
    object: str | None = None  # the kind of thing that this is: "model"
    version: str | None = None
    is_latest: bool | None = None
    description: str | None = None
    architecture: str | None = None
    quantization: str | None = None
    context_length: int | None = None  # tokens
    parameter_count: int | None = None
    workload_type: str | None = None
    is_shared: bool | None = None
    catalog_role: str | None = None
    license: str | None = None  # written, not documented as readable: so the next three
    hidden_size: int | None = None
    num_layers: int | None = None
    vocab_size: int | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    reported: frozenset[str] = frozenset()
    request_id: str | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        return label_of(self.name, model_id=self.id)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`X-RateLimit-*` of an answer: requests a minute, what is left, seconds or epoch of the reset."""

    limit: int | None = None
    remaining: int | None = None
    reset: float | None = None


@dataclass(frozen=True, slots=True)
class ModelList:
    """The models of a project ("List Project Models"), in the order the API gave them, ids unique.

    `complete` is False where reading stopped early (rate limit, cap on pages); `note` says why.
    `detailed` is True where the items carry the extended facts, False in the document dialect.
    Two lists with the same `digest` have the same models; b"" where it is not known.
    """

    models: tuple[Model, ...]
    complete: bool = True
    detailed: bool = False
    note: str = ""
    rate_limit: RateLimit = RateLimit()
    request_id: str | None = None
    digest: bytes = field(default=b"", compare=False)
    weight: int = field(default=0, compare=False)  # bytes that it came in


@dataclass(frozen=True, slots=True)
class CatalogInfo:
    """How a model stands in the public catalog ("Get Catalog Info")."""

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
    """The answer to a DELETE ("Delete Model"). Only `deleted` with the asked `model_id` is success."""

    deleted: bool
    model_id: str
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Revalidation:
    """The answer to a revalidation ("Revalidate Model"): queued, not done."""

    id: str
    status: str | None
    message: str | None
    request_id: str | None = None
