"""Everything that the models page shows, made ready from a list and a query. Templates only print it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.columns import COLUMNS, FIXED, SORTS, Column, columns_shown
from models_admin.screens.models.facets import Choice, Menu, menu_make, protected_menus, value_label
from models_admin.screens.models.filtering import FILTERS, PAGE_ROWS, facet_labels, select
from models_admin.screens.models.query import DEFAULT_SORT, Query
from models_admin.screens.models.rows import Row, has_page, rows_make
from models_admin.screens.models.summary import Summary, summary_make
from models_admin.services.listing import LastChange, Listing
from models_admin.services.preferences import Preferences
from models_admin.xerotier.model_list import ModelList

ChangesOf = Callable[[Sequence[str]], Mapping[str, LastChange]]
CHANGED = COLUMNS[-1]  # what the console recorded
SEARCH_HELP = "name, description, architecture, quantization, format, license, version and ID"
SEARCH_HELP_SHORT = "name, format, license and ID"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading. `aria` is "ascending", "descending" or "" where another column is sorted."""

    name: str
    label: str
    query: str
    aria: str
    css_class: str
    sortable: bool = True


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that can be shown or hidden; `available` is False where this list does not carry it."""

    name: str
    label: str
    shown: bool
    available: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """The page. Every `*_query` is a query string to put behind an address, "" for none.

    `asked` says in words which filters match nothing, and is "" where something was found.
    `kept_filters` go along with a search, as hidden fields, `selection_filters` with "all that match".
    `poll_url` is "" unless a row on the page is validating.
    """

    project: str
    query: Query
    count: str
    age: str
    read_iso: str
    read_utc: str
    complete: bool
    detailed: bool
    note: str
    summary: Summary | None
    chips: list[Choice]
    menus: list[Menu]
    headings: list[Heading]
    rows: list[Row]
    span: str
    total: int
    pages: int
    here_query: str
    export_query: str
    previous_query: str
    next_query: str
    has_previous: bool
    has_next: bool
    unlinked: int
    asked: str
    without_search_query: str
    cleared_query: str
    fresh_query: str
    poll_url: str
    searches: str
    kept_filters: list[tuple[str, str]]
    selection_filters: list[tuple[str, str]]
    choices: list[ColumnChoice]
    compact: bool
    filters_active: int


def listpage_make(
    *,
    listing: Listing,
    query: Query,
    project: str,
    preferences: Preferences,
    licenses: Mapping[str, str],
    changes_of: ChangesOf,
    protected: Mapping[str, str],
) -> ListPage:
    """`licenses` and `protected` (why) are by model ID. `changes_of` reads the last changes, where they are shown."""
    models = listing.list
    query = query_fit(query, models)
    selection = select(models, query, licenses=licenses, protected=protected)
    number, positions = selection.page(query.page)
    query = replace(query, page=number)
    total, first = len(selection.positions), (number - 1) * PAGE_ROWS
    names = ("status", "format", "workload") if models.detailed else ("status", "format")
    statuses, *menus = [menu_make(name, query=query, selection=selection) for name in names]
    chips, others = statuses.split()
    return ListPage(
        project=project,
        query=query,
        summary=summary_make(models) if len(models) else None,
        chips=chips,
        menus=[*filter(None, [others]), *menus, *protected_menus(query, selection)],
        span=f"{first + 1:,}\N{EN DASH}{first + len(positions):,} of {total:,}" if total else "",
        total=total,
        pages=selection.pages,
        has_previous=number > 1,
        has_next=number < selection.pages,
        asked=_asked(query, models) if not total and len(models) else "",
        poll_url=_poll_url(project, models, positions),
        kept_filters=_kept_filters(query),
        selection_filters=[(name, value) for name in ("q", *FILTERS) if (value := getattr(query, name))],
        filters_active=sum(bool(getattr(query, name)) for name in FILTERS),
        **_table(models, positions, query, project, preferences, changes_of, protected),
        **_about(listing),
        **_queries(query),
    )


def _table(
    models: ModelList,
    positions: list[int],
    query: Query,
    project: str,
    preferences: Preferences,
    changes_of: ChangesOf,
    protected: Mapping[str, str],
) -> dict[str, Any]:
    """The table, and what can be chosen about it."""
    columns = columns_shown(detailed=models.detailed, chosen=preferences.columns)
    ids = [models.column("id")[position] for position in positions]
    changes = changes_of(ids) if CHANGED in columns else {}
    rows = rows_make(models, positions, columns, project=project, changes=changes, protected=protected)
    return {
        "headings": [_heading(column, query) for column in columns],
        "rows": rows,
        "unlinked": sum(not row["url"] for row in rows),
        "choices": _choices(preferences, detailed=models.detailed),
        "compact": preferences.compact,
    }


def _choices(preferences: Preferences, *, detailed: bool) -> list[ColumnChoice]:
    shown = columns_shown(detailed=True, chosen=preferences.columns)
    return [
        ColumnChoice(column.name, column.label, column in shown, detailed or not column.extended)
        for column in COLUMNS
        if column.name not in FIXED
    ]


def _about(listing: Listing) -> dict[str, Any]:
    """What the page says of the list itself."""
    detailed = listing.list.detailed
    return {
        "count": display.plural(len(listing.list), "model"),
        "age": display.age_text(listing.age),
        "read_iso": display.moment_iso(listing.read_at),
        "read_utc": display.moment_utc(listing.read_at),
        "complete": listing.list.complete,
        "detailed": detailed,
        "note": visible(listing.list.note),
        "searches": SEARCH_HELP if detailed else SEARCH_HELP_SHORT,
    }


def _queries(query: Query) -> dict[str, Any]:
    """Where the links of the page lead."""
    here = query.encode()
    return {
        "here_query": here,
        "export_query": query.with_(page=1).encode(),
        "previous_query": query.with_(page=query.page - 1).encode(),
        "next_query": query.with_(page=query.page + 1).encode(),
        "without_search_query": query.with_(q="").encode(),
        "cleared_query": Query(sort=query.sort).encode(),
        "fresh_query": f"{here}&fresh=1" if here else "?fresh=1",
    }


def query_fit(query: Query, models: ModelList) -> Query:
    """The query without what this list has no values for: an old bookmark must not empty the page."""
    if models.detailed:
        return query
    sort = DEFAULT_SORT if SORTS[query.column].extended else query.sort
    return replace(query, workload="", sort=sort)


def _heading(column: Column, query: Query) -> Heading:
    if not column.field:
        return Heading(column.name, column.label, "", "", column.css_class, sortable=False)
    here = query.column == column.name
    aria = ("descending" if query.descending else "ascending") if here else ""
    sort = f"-{column.name}" if here and not query.descending else column.name
    return Heading(column.name, column.label, query.with_(sort=sort).encode(), aria, column.css_class)


def _asked(query: Query, models: ModelList) -> str:
    """ "the search “llama” and status Error"."""
    parts = [f"the search “{visible(query.q)}”"] if query.q else []
    for name in ("status", "format", "workload"):
        value = getattr(query, name)
        if value:
            parts.append(f"{name} {value_label(name, value, facet_labels(models, name))}")
    if query.protected:
        parts.append("the filter Protected")
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def _kept_filters(query: Query) -> list[tuple[str, str]]:
    sort = "" if query.sort == DEFAULT_SORT else query.sort
    pairs = [*((name, getattr(query, name)) for name in FILTERS), ("sort", sort)]
    return [(name, value) for name, value in pairs if value]


def _poll_url(project: str, models: ModelList, positions: Sequence[int]) -> str:
    ids, statuses = models.column("id"), models.column("status")
    waiting = [ids[at] for at in positions if display.status_tone(statuses[at]) == "busy"]
    query = urlencode([("id", model_id) for model_id in waiting if has_page(model_id)])
    return f"{reverse('models-statuses', args=[project])}?{query}" if query else ""
