"""The columns of the models table, defined once: headings, sorting and cells all read them from here (pure)."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is its word in an address (`?sort=name`), `field` the model's field that it shows.

    `extended`: only the list of the openai dialect carries the field. `css_class` belongs to every cell: its first
    word is the column's own; "lesser" and "least" leave narrow windows first. `default`: shown until the person
    chooses. A column without a `field` shows what the console itself recorded, and cannot be sorted by.
    """

    name: str
    label: str
    field: str
    css_class: str = ""
    extended: bool = False
    default: bool = True


COLUMNS = (
    Column("name", "Name", "name"),
    Column("status", "Status", "status"),
    Column("format", "Format", "format", "format"),
    Column("size", "Size", "size_bytes", "size num"),
    Column("architecture", "Architecture", "architecture", "architecture lesser", extended=True),
    Column("quantization", "Quantization", "quantization", "quantization least", extended=True),
    Column("context", "Context", "context_length", "context num", extended=True),
    Column("params", "Params", "parameter_count", "params num lesser", extended=True),
    Column("workload", "Workload", "workload_type", "workload least", extended=True, default=False),
    Column("version", "Version", "version", "version least", extended=True, default=False),
    Column("created", "Created", "created_at", "created muted least"),
    Column("changed", "Last changed here", "", "changed muted least", default=False),
)
FIXED = ("name", "status")  # always shown
SORTS = {column.name: column for column in COLUMNS if column.field}


def columns_shown(*, detailed: bool, chosen: Collection[str] | None = None) -> list[Column]:
    """The columns of a list. `detailed`: it carries the extended fields too. `chosen`: None for the default ones."""
    return [
        column
        for column in COLUMNS
        if (detailed or not column.extended)
        and (column.name in FIXED or (column.default if chosen is None else column.name in chosen))
    ]
