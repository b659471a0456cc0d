"""Which models of a list a query asks for, in which order. Pure and quick: 10,000 models in milliseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from models_admin.query import SORTS, Query
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
        for status, kind, workload in dict.fromkeys(map(_FILTERED, self.models)):  # few differ
            for text in (status, kind, *(workload or "").split(",")):
                if text and text.strip():
                    found.setdefault(text.strip().casefold(), text.strip())
        return found

    @cached_property
    def statuses(self) -> list[Keys]:
        return _by_value([m.status for m in self.models], lambda value: (value,))

    @cached_property
    def formats(self) -> list[Keys]:
        return _by_value([m.format for m in self.models], lambda value: (value,))

    @cached_property
    def workloads(self) -> list[Keys]:
        # Newer servers answer several, as one text with commas.
        return _by_value([m.workload_type for m in self.models], lambda value: (value or "").split(","))

    def keys(self, facet: str) -> list[Keys]:
        return {"status": self.statuses, "format": self.formats}.get(facet) or self.workloads

    def counts(self, facet: str) -> Counter[str]:
        """How often each value of a filter occurs in the whole list."""
        if facet not in self._counts:
            self._counts[facet] = _count(self.keys(facet), range(len(self.models)))
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


_FILTERED = attrgetter("status", "format", "workload_type")


def _by_value(values: list[str | None], split: Callable[[str | None], Iterable[str | None]]) -> list[Keys]:
    """The keys of each value, worked out once for each of the few that differ."""
    keys = {value: _keys(split(value)) for value in set(values)}
    return [*map(keys.__getitem__, values)]


def _keys(values: Iterable[str | None]) -> Keys:
    found = frozenset(value.strip().casefold() for value in values if value and value.strip())
    return found or frozenset((NOT_REPORTED,))


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
    whole = positions is index.everything
    counts = index.counts(name) if whole else _count(index.keys(name), positions)
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


def _count(keys: list[Keys], positions: Iterable[int]) -> Counter[str]:
    counter: Counter[str] = Counter()
    # Few distinct sets stand for many models: count the sets first.
    for names, times in Counter(map(keys.__getitem__, positions)).items():
        counter.update(dict.fromkeys(names, times))
    return counter
