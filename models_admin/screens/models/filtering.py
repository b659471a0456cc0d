"""Which models of a list a query asks for, in which order. Pure and quick: 10,000 models in milliseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from models_admin.screens.models.query import SORTS, Query
from models_admin.xerotier.schemas import Model

PAGE_ROWS = 50
NOT_REPORTED = "-"  # the filter value that stands for "the API gave none"

Keys = frozenset[str]  # what one model counts as in a filter, casefolded


class Index:
    """What searching and sorting need of one list, worked out once and only when asked for.

    Two threads may work out the same thing at once; both come to the same result.
    """

    def __init__(self, models: Iterable[Model]) -> None:
        self.models = tuple(models)
        self._orders: dict[str, list[int]] = {}
        self._tallies: dict[str, Counter[str | None]] = {}
        self._keys: dict[str, list[Keys]] = {}
        self._counts: dict[str, Counter[str]] = {}

    @cached_property
    def everything(self) -> frozenset[int]:
        return frozenset(range(len(self.models)))

    @cached_property
    def haystacks(self) -> list[str]:
        return [
            "\n".join(filter(None, (m.name, m.description, m.architecture, m.id))).casefold()
            for m in self.models
        ]

    @cached_property
    def labels(self) -> dict[str, str]:
        """How the API writes each filter value: the first spelling met."""
        found: dict[str, str] = {}
        for facet in FACETS:
            for text in _texts(facet, self.tally(facet)):
                found.setdefault(text.casefold(), text)
        return found

    def tally(self, facet: str) -> Counter[str | None]:
        """How often each value of a filter occurs, as the API writes it. Few differ, so the rest goes by them."""
        if facet not in self._tallies:
            self._tallies[facet] = Counter(map(FACETS[facet], self.models))
        return self._tallies[facet]

    def keys(self, facet: str) -> list[Keys]:
        """What each model counts as in a filter."""
        if facet not in self._keys:
            keys = {value: _keys(facet, value) for value in self.tally(facet)}
            self._keys[facet] = [*map(keys.__getitem__, map(FACETS[facet], self.models))]
        return self._keys[facet]

    def counts(self, facet: str) -> Counter[str]:
        """How often each value of a filter occurs in the whole list."""
        if facet not in self._counts:
            self._counts[facet] = _count(
                (_keys(facet, value), times) for value, times in self.tally(facet).items()
            )
        return self._counts[facet]

    def order(self, sort: str) -> list[int]:
        """Positions in the order asked for: stable, and what has no value last both ways."""
        if sort not in self._orders:
            values = [*map(SORTS[sort.removeprefix("-")], self.models)]
            present = [position for position, value in enumerate(values) if value is not None]
            present.sort(key=values.__getitem__, reverse=sort.startswith("-"))
            absent = [position for position, value in enumerate(values) if value is None]
            self._orders[sort] = present + absent
        return self._orders[sort]


FACETS: dict[str, Callable[[Model], str | None]] = {
    "status": attrgetter("status"),
    "format": attrgetter("format"),
    "workload": attrgetter("workload_type"),
}


def _texts(facet: str, values: Iterable[str | None]) -> Iterator[str]:
    """The values one by one: newer servers answer several workloads, as one text with commas."""
    for value in values:
        for text in (value or "").split(",") if facet == "workload" else [value or ""]:
            if text.strip():
                yield text.strip()


def _keys(facet: str, value: str | None) -> Keys:
    return frozenset(map(str.casefold, _texts(facet, [value]))) or frozenset((NOT_REPORTED,))


@dataclass(frozen=True, slots=True)
class Facet:
    """How many models each value of one filter would leave, and how many there are without that filter.

    The search and the other filters are taken into account: it is what one sees after choosing it.
    """

    total: int
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Selection:
    """The models asked for, in order, all pages; and the filters "status", "format", "workload"."""

    models: list[Model]
    facets: dict[str, Facet]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.models) // PAGE_ROWS))

    def page(self, number: int) -> tuple[int, list[Model]]:
        """The page of that number, or the last one where the number is beyond it."""
        number = min(number, self.pages)
        return number, self.models[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]


def select(index: Index, query: Query) -> Selection:
    found = _search(index, query.q)
    by_status = _having(index, "status", query.status, found)
    by_format = _having(index, "format", query.format, found)
    by_workload = _having(index, "workload", query.workload, found)
    for_status, for_format = _both(by_format, by_workload), _both(by_status, by_workload)
    for_workload = _both(by_status, by_format)
    chosen = _both(for_status, by_status)
    models = index.models
    return Selection(
        models=[models[position] for position in _ordered(index, query.sort, chosen)],
        facets={
            "status": _facet(index, "status", for_status),
            "format": _facet(index, "format", for_format),
            "workload": _facet(index, "workload", for_workload),
        },
    )


def _facet(index: Index, name: str, positions: AbstractSet[int]) -> Facet:
    if positions is index.everything:
        counts = index.counts(name)
    else:  # few distinct sets stand for many models: count the sets first
        counts = _count(Counter(map(index.keys(name).__getitem__, positions)).items())
    return Facet(len(positions), counts)


def _ordered(index: Index, sort: str, chosen: AbstractSet[int]) -> Iterable[int]:
    order = index.order(sort)
    return order if len(chosen) == len(order) else filter(chosen.__contains__, order)


def _search(index: Index, text: str) -> AbstractSet[int]:
    """Positions whose text holds every word of the search."""
    words = text.casefold().split()
    if not words:
        return index.everything
    first, *more = words
    found = [position for position, hay in enumerate(index.haystacks) if first in hay]
    for word in more:
        found = [position for position in found if word in index.haystacks[position]]
    return set(found)


def _both(one: AbstractSet[int], other: AbstractSet[int]) -> AbstractSet[int]:
    return one if one is other else one & other


def _having(index: Index, facet: str, value: str, found: AbstractSet[int]) -> AbstractSet[int]:
    if not value:
        return found
    keys = index.keys(facet)
    return {position for position in found if value in keys[position]}


def _count(found: Iterable[tuple[Keys, int]]) -> Counter[str]:
    """How often each name occurs, of how often each set of names does."""
    counter: Counter[str] = Counter()
    for names, times in found:
        for name in names:
            counter[name] += times
    return counter
