"""Which models of a list a query asks for, in which order (pure).

Works on the list's columns: only the models that are shown or exported are read as a whole.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from models_admin.formatting.folding import fold, holds_all, natural_key, search_terms
from models_admin.screens.models.columns import SORTS
from models_admin.screens.models.query import Query
from models_admin.xerotier.model_list import ModelList
from models_admin.xerotier.schemas import Model

PAGE_ROWS = 50
NOT_REPORTED = "-"  # the filter value that stands for "the API gave none"
FACETS = {"status": "status", "format": "format", "workload": "workload_type"}  # filter -> field
FILTERS = (*FACETS, "protected")  # the last one filters by the console's own data
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
    """The positions in `source` of the models asked for, in order, all pages; and the filters by name.

    The filter "protected" is among them if there are any protected models, or it is chosen.
    """

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


def select(
    source: ModelList,
    query: Query,
    *,
    licenses: Mapping[str, str] | None = None,
    protected: Collection[str] = (),
) -> Selection:
    """`licenses`: what was last set here, by model ID. The search covers it, since the API returns no licences.

    `protected`: the IDs of protected models.
    """
    found = _search(source, query.q, licenses or {})
    chosen = {name: value for name in FACETS if (value := getattr(query, name))}
    ids = source.column("id")

    def is_protected(position: int) -> bool:
        return ids[position] in protected

    def fitting(*, without: str = "") -> list[int]:
        positions = found
        if query.protected and without != "protected":
            positions = [position for position in positions if is_protected(position)]
        for name, value in chosen.items():
            if name != without:
                positions = _having(source, name, value, positions)
        return positions

    facets = {}
    for name, field in FACETS.items():
        positions, values = fitting(without=name), source.column(field)
        facets[name] = Facet(len(positions), facet_counts(name, [values[position] for position in positions]))
    if query.protected or (protected and any(map(is_protected, range(len(ids))))):
        positions = fitting(without="protected")
        facets["protected"] = Facet(len(positions), Counter(yes=sum(map(is_protected, positions))))
    return Selection(source, _ordered(source, query, fitting()), facets)


def _having(source: ModelList, facet: str, key: str, positions: list[int]) -> list[int]:
    values = source.column(FACETS[facet])
    wanted = {value for value in set(values) if key in facet_keys(facet, value)}
    return [position for position in positions if values[position] in wanted]


def facet_counts(facet: str, values: Iterable[str | None]) -> Counter[str]:
    """How many of the values count as each key of a filter. Few values differ, so each is looked at once."""
    counts: Counter[str] = Counter()
    for value, times in Counter(values).items():
        for key in facet_keys(facet, value):
            counts[key] += times
    return counts


def facet_keys(facet: str, value: str | None) -> Keys:
    """What a model with this value counts as in a filter."""
    return frozenset(text.casefold() for text in _texts(facet, value)) or frozenset((NOT_REPORTED,))


def facet_labels(source: ModelList, facet: str) -> dict[str, str]:
    """How the API writes each value of a filter: the first spelling in the list."""
    values = dict.fromkeys(source.column(FACETS[facet]))
    return {text.casefold(): text for value in reversed(values) for text in _texts(facet, value)}


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
        if holds_all(fold("\n".join(value for value in values if value)), terms)
    ]


def _ordered(source: ModelList, query: Query, positions: list[int]) -> list[int]:
    """In the order asked for: stable, and what has no value comes last in both directions."""
    values = source.column(SORTS[query.column].field)
    by_value = {value: _sort_key(value) for value in set(values)}
    keys = [by_value[value] for value in values]
    present = [position for position in positions if keys[position] is not None]
    absent = [position for position in positions if keys[position] is None]
    return sorted(present, key=keys.__getitem__, reverse=query.descending) + absent


def _sort_key(value: Any) -> Any:
    """Texts in natural order, everything else as it is; None for what has no place in the order."""
    if isinstance(value, str):
        return natural_key(value) if value.strip() else None
    return value
