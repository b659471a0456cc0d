"""A model as JSON: the six fields of the documented list, the standard and the extended form."""

import json
from datetime import UTC, datetime
from typing import Any

from .record import Record
from .rules import WRITE_ONLY

EXTENDED = (
    "name",
    "format",
    "size_bytes",
    "size_formatted",
    "status",
    "version",
    "is_latest",
    "description",
    "architecture",
    "quantization",
    "context_length",
    "parameter_count",
    "workload_type",
    "is_shared",
    "catalog_role",
)


def listed(record: Record) -> dict[str, Any]:
    """An item of `{"models": [...]}`, the documented list."""
    facts = record.facts
    return {
        "id": record.id,
        "name": facts["name"],
        "format": facts["format"],
        "sizeBytes": facts["size_bytes"],
        "status": facts["status"],
        "createdAt": record.created_at or iso(facts["created"]),
    }


def standard(record: Record) -> dict[str, Any]:
    facts = record.facts
    return {
        "id": record.id,
        "object": "model",
        "created": facts["created"],
        "owned_by": facts["owned_by"],
    }


def extended(record: Record) -> dict[str, Any]:
    facts = record.facts
    return standard(record) | {name: facts[name] for name in EXTENDED}


def extended_all(record: Record) -> dict[str, Any]:
    """With the four fields that no documented response contains but some servers may return."""
    return extended(record) | {name: record.facts[name] for name in WRITE_ONLY}


def camel(record: Record) -> dict[str, Any]:
    """The extended form of servers that write camelCase and ISO dates throughout."""
    renamed = {_camel(name): value for name, value in extended(record).items()}
    renamed["createdAt"] = iso(renamed.pop("created"))
    return renamed


SHAPES = {
    "listed": listed,
    "standard": standard,
    "extended": extended,
    "extended_all": extended_all,
    "camel": camel,
}


def encoded(record: Record, shape: str) -> bytes:
    """The record as JSON, cached until it changes, so that a list of 10,000 is only a join."""
    text = record.encoded.get(shape)
    if text is None:
        text = json.dumps(SHAPES[shape](record)).encode()
        record.encoded[shape] = text
    return text


def iso(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def size_formatted(size: int | None) -> str | None:
    """As the document writes it: 4294967296 bytes are "4.00 GB"."""
    if size is None:
        return None
    amount, unit = float(size), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 1024 or unit == "TB":
            break
        amount /= 1024
    return f"{size} B" if unit == "B" else f"{amount:.2f} {unit}"


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
