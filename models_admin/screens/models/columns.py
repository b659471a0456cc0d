"""The columns of the models table, defined once: headings, sorting and cells all read them from here (pure)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is its word in an address (`?sort=name`), `field` the model's field that it shows.

    `extended`: only the list of the openai dialect carries the field. `css_class` belongs to every cell.
    """

    name: str
    label: str
    field: str
    css_class: str = ""
    extended: bool = False


COLUMNS = (
    Column("name", "Name", "name"),
    Column("status", "Status", "status"),
    Column("format", "Format", "format"),
    Column("size", "Size", "size_bytes", "num"),
    Column("architecture", "Architecture", "architecture", "lesser", extended=True),
    Column("quantization", "Quantization", "quantization", "least", extended=True),
    Column("context", "Context", "context_length", "num", extended=True),
    Column("params", "Params", "parameter_count", "num lesser", extended=True),
    Column("created", "Created", "created_at", "muted least"),
)
# Not in the table, yet an address may sort by it.
WORKLOAD = Column("workload", "Workload", "workload_type", extended=True)
SORTS = {column.name: column for column in (*COLUMNS, WORKLOAD)}


def columns_shown(*, detailed: bool) -> list[Column]:
    """The columns of a list. `detailed`: the list carries the extended fields too."""
    return [column for column in COLUMNS if detailed or not column.extended]
