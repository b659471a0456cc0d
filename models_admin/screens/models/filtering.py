"""Which models of a list a query asks for, in which order (pure).

Works on the list's columns: only the models that are shown or exported are read as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from models_admin.formatting.folding import fold, natural_key, search_terms
from models_admin.screens.models.columns import SORTS
from models_admin.screens.models.query import Query
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

PAGE_ROWS = 50
NOT_REPORTED = "-"  # the filter value that stands for "the API gave none"
FACETS = {"status": "status", "format": "format", "workload": "workload_type"}  # filter -> field
SEARCHED = ("name", "description", "architecture", "quantization", "format", "version", "license", "id")

Keys = frozenset[str]  # what one model counts as in a filter, casefolded


@dataclass(frozen=True, slots=True)
class Facet:
    """How many models each value of one filter would leave, and how many there are without that filter.

    The search and the other filters are taken into account: it is what one sees after choosing it.
    """

    total: int
    counts: Counter[str]


@dataclass(frozen=True, slots=True)
class Selection:
    """The positions in `source` of the models asked for, in order, all pages; and the filters by name."""

    source: ModelList
    positions: list[int]
    facets: dict[str, Facet]

    @property
    def pages(self) -> int:
        return max(1, -(-len(self.positions) // PAGE_ROWS))

    @property
    def models(self) -> list[Model]:
        return [self.source.model(position) for position in self.positions]

    def page(self, number: int) -> tuple[int, list[int]]:
        """The positions on the page of that number, or on the last one if the number is beyond it."""
        number = min(number, self.pages)
        return number, self.positions[(number - 1) * PAGE_ROWS : number * PAGE_ROWS]


def select(source: ModelList, query: Query, *, licenses: Mapping[str, str] | None = None) -> Selection:
    """`licenses`: what was last set here, by model ID. The search covers it, since the API returns no licences."""
    found = _search(source, query.q, licenses or {})
    keys = {name: facet_keys(source, name) for name in FACETS}
    chosen = {name: value for name in FACETS if (value := getattr(query, name))}

    def fitting(*, without: str = "") -> list[int]:
        positions = found
        for name, value in chosen.items():
            if name != without:
                positions = [position for position in positions if value in keys[name][position]]
        return positions

    facets = {}
    for name in FACETS:
        positions = fitting(without=name)
        counts = Counter(chain.from_iterable(keys[name][position] for position in positions))
        facets[name] = Facet(len(positions), counts)
    return Selection(source, _ordered(source, query, fitting()), facets)


def facet_keys(source: ModelList, facet: str) -> list[Keys]:
    """What each model of a list counts as in a filter."""
    values = source.column(FACETS[facet])
    keys = {value: _keys(facet, value) for value in set(values)}
    return [keys[value] for value in values]


def facet_labels(source: ModelList, facet: str) -> dict[str, str]:
    """How the API writes each value of a filter: the first spelling in the list."""
    values = dict.fromkeys(source.column(FACETS[facet]))
    return {text.casefold(): text for value in reversed(values) for text in _texts(facet, value)}


def _keys(facet: str, value: str | None) -> Keys:
    return frozenset(text.casefold() for text in _texts(facet, value)) or frozenset((NOT_REPORTED,))


def _texts(facet: str, value: str | None) -> list[str]:
    """The values one by one: newer servers answer several workloads, as one text with commas."""
    texts = (value or "").split(",") if facet == "workload" else [value or ""]
    return [text.strip() for text in texts if text.strip()]


def _search(source: ModelList, text: str, licenses: Mapping[str, str]) -> list[int]:
    """The positions of the models whose searched fields hold every word and phrase, without regard to accents."""
    terms = search_terms(text)
    if not terms:
        return list(range(len(source)))
    more = [licenses.get(model_id) for model_id in source.column("id")]
    texts = zip(*(source.column(name) for name in SEARCHED), more, strict=True)
    return [
        position
        for position, values in enumerate(texts)
        if _holds(fold("\n".join(value for value in values if value)), terms)
    ]


def _holds(text: str, terms: Iterable[str]) -> bool:
    return all(term in text for term in terms)


def _ordered(source: ModelList, query: Query, positions: list[int]) -> list[int]:
    """In the order asked for: stable, and what has no value comes last in both directions."""
    values = source.column(SORTS[query.column].field)
    present = [position for position in positions if _has_order(values[position])]
    absent = [position for position in positions if not _has_order(values[position])]
    return sorted(present, key=_keys_of(values).__getitem__, reverse=query.descending) + absent


def _has_order(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _keys_of(values: list[Any]) -> list[Any]:
    """What the values are sorted by: texts in natural order, everything else as it is."""
    keys = {value: natural_key(value) for value in set(values) if isinstance(value, str)}
    return [keys.get(value, value) if isinstance(value, str) else value for value in values]
