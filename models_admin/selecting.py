"""Which models of a list a person asked for, and in which order. Pure and quick: 10,000 models in milliseconds.

The words of the URL are read here and written here, so that a page, its fragment and its exports agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from models_admin.xerotier.schemas import Model

PAGE_ROWS = 50
MAX_SEARCH = 200  # characters; a longer search is cut, as no name is that long
NOT_REPORTED = "-"  # the filter value that stands for "the API gave none"

Keys = frozenset[str]  # what one model counts as in a facet, casefolded


def _text(value: str | None) -> str | None:
    return value.casefold() if value and value.strip() else None


SORTS: dict[str, Callable[[Model], Any]] = {
    "name": lambda model: _text(model.name),
    "status": lambda model: _text(model.status),
    "format": lambda model: _text(model.format),
    "size": lambda model: model.size_bytes,
    "architecture": lambda model: _text(model.architecture),
    "quantization": lambda model: _text(model.quantization),
    "context": lambda model: model.context_length,
    "params": lambda model: model.parameter_count,
    "workload": lambda model: _text(model.workload_type),
    "created": lambda model: model.created_at,
}
# The API's own names of the same columns: whoever writes a URL by hand may use either.
ALIASES = {
    "size_bytes": "size",
    "context_length": "context",
    "parameter_count": "params",
    "workload_type": "workload",
    "created_at": "created",
}
DEFAULT_SORT = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """What the URL asks for. Every value is usable: what the URL got wrong has fallen back."""

    q: str = ""
    status: str = ""
    format: str = ""
    workload: str = ""
    sort: str = DEFAULT_SORT  # a key of SORTS, "-" before it for descending
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Query:
        return cls(
            q=" ".join(params.get("q", "").replace("\0", "").split())[:MAX_SEARCH],
            status=_facet(params.get("status", "")),
            format=_facet(params.get("format", "")),
            workload=_facet(params.get("workload", "")),
            sort=_sort(params.get("sort", "")),
            page=_page(params.get("page", "")),
        )

    @property
    def column(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    @property
    def filtered(self) -> bool:
        return bool(self.q or self.status or self.format or self.workload)

    def with_(self, **changes: Any) -> Query:
        """The same with changes, back on the first page unless the page is what changes."""
        return replace(self, **{"page": 1, **changes})

    def encode(self) -> str:
        """ "?q=…&page=2", without what stands at its default; "" where all does."""
        pairs = {
            "q": self.q,
            "status": self.status,
            "format": self.format,
            "workload": self.workload,
            "sort": "" if self.sort == DEFAULT_SORT else self.sort,
            "page": "" if self.page == 1 else str(self.page),
        }
        given = {key: value for key, value in pairs.items() if value}
        # A lone surrogate out of a hand-made URL must not fail the page that shows it.
        return "?" + urlencode(given, errors="replace") if given else ""


def _facet(value: str) -> str:
    return value.replace("\0", "").strip().casefold()[:MAX_SEARCH]


def _sort(value: str) -> str:
    sign, name = ("-", value[1:]) if value.startswith("-") else ("", value)
    name = ALIASES.get(name, name)
    return sign + name if name in SORTS else DEFAULT_SORT


def _page(value: str) -> int:
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 10 else 1


class Index:
    """What searching and sorting need of one list, worked out once and only when asked for.

    Two threads may work out the same thing at once; both come to the same result.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self.models = models
        self._orders: dict[str, list[int]] = {}

    @cached_property
    def haystacks(self) -> list[str]:
        return [
            "\n".join(filter(None, (m.name, m.description, m.architecture, m.id))).casefold()
            for m in self.models
        ]

    @cached_property
    def statuses(self) -> list[Keys]:
        return [_keys((m.status,)) for m in self.models]

    @cached_property
    def formats(self) -> list[Keys]:
        return [_keys((m.format,)) for m in self.models]

    @cached_property
    def workloads(self) -> list[Keys]:
        # Newer servers answer several, as one text with commas.
        return [_keys((m.workload_type or "").split(",")) for m in self.models]

    def order(self, sort: str) -> list[int]:
        """Positions in the order asked for: stable, and what has no value last both ways."""
        if sort not in self._orders:
            key, models = SORTS[sort.removeprefix("-")], self.models
            values = [(key(model), position) for position, model in enumerate(models)]
            present = [pair for pair in values if pair[0] is not None]
            present.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
            absent = [position for value, position in values if value is None]
            self._orders[sort] = [position for _, position in present] + absent
        return self._orders[sort]


def _keys(values: Iterable[str | None]) -> Keys:
    found = frozenset(value.strip().casefold() for value in values if value and value.strip())
    return found or frozenset((NOT_REPORTED,))


@dataclass(frozen=True, slots=True)
class Selection:
    """The models asked for, in order, all pages; and how many each filter would leave.

    A count takes the search and the other filters into account: it is what one sees after choosing it.
    """

    models: list[Model]
    statuses: Counter[str]
    formats: Counter[str]
    workloads: Counter[str]
    any_status: int  # how many there are without the filter by status; the next two likewise
    any_format: int
    any_workload: int

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.models) // PAGE_ROWS))

    def page(self, number: int) -> tuple[int, list[Model]]:
        """The page of that number, or the last one where the number is beyond it."""
        number = min(number, self.pages)
        return number, self.models[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]


def select(index: Index, query: Query) -> Selection:
    found = _search(index, query.q)
    by_status = _having(index, "statuses", query.status, found)
    by_format = _having(index, "formats", query.format, found)
    by_workload = _having(index, "workloads", query.workload, found)
    for_status, for_format = by_format & by_workload, by_status & by_workload
    for_workload = by_status & by_format
    chosen = for_status & by_status
    models = index.models
    return Selection(
        models=[models[position] for position in index.order(query.sort) if position in chosen],
        statuses=_count(index.statuses, for_status),
        formats=_count(index.formats, for_format),
        workloads=_count(index.workloads, for_workload),
        any_status=len(for_status),
        any_format=len(for_format),
        any_workload=len(for_workload),
    )


def _search(index: Index, text: str) -> set[int]:
    """Positions whose text holds every word of the search."""
    words = text.casefold().split()
    if not words:
        return set(range(len(index.models)))
    first, *more = words
    found = [position for position, hay in enumerate(index.haystacks) if first in hay]
    for word in more:
        found = [position for position in found if word in index.haystacks[position]]
    return set(found)


def _having(index: Index, facet: str, value: str, found: set[int]) -> set[int]:
    if not value:
        return found
    keys: list[Keys] = getattr(index, facet)
    return {position for position in found if value in keys[position]}


def _count(keys: list[Keys], positions: set[int]) -> Counter[str]:
    counter: Counter[str] = Counter()
    # Few distinct sets stand for many models: count the sets first.
    for names, times in Counter(map(keys.__getitem__, positions)).items():
        counter.update(dict.fromkeys(names, times))
    return counter
