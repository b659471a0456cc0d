"""Everything that the models page shows, made ready from a list and a query. Templates only print it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode

from django.urls import get_script_prefix, reverse

from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.screens.models.facets import Choice, Menu, menu_make, value_label
from models_admin.screens.models.filtering import PAGE_ROWS, select
from models_admin.screens.models.query import DEFAULT_SORT, Query
from models_admin.screens.models.rows import has_page, rows_make
from models_admin.screens.models.summary import Figures, figures_make
from models_admin.services.listing import Listing
from models_admin.xerotier.memo import Memo
from models_admin.xerotier.schemas import Model

# name, heading, classes of its cells, whether only the extended list carries it
COLUMNS = (
    ("name", "Name", "", False),
    ("status", "Status", "", False),
    ("format", "Format", "", False),
    ("size", "Size", "num", False),
    ("architecture", "Architecture", "lesser", True),
    ("quantization", "Quantization", "least", True),
    ("context", "Context", "num", True),
    ("params", "Params", "num lesser", True),
    ("created", "Created", "least", False),
)
KEPT_CHARACTERS = 3_000_000  # of the pages' HTML: about thirty pages
EXTENDED = {name for name, _, _, extended in COLUMNS if extended} | {"workload"}


@dataclass(frozen=True, slots=True)
class Column:
    """A heading. `aria` is "ascending", "descending" or "" where the table is sorted by another one."""

    name: str
    label: str
    query: str
    aria: str
    look: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """The page. Every `*_query` is a query string to put behind an address, "" for none.

    `asked` says in words which filters leave nothing, and is "" where something is found.
    `poll_url` is "" unless a row on the page is validating. `kept` is what `{% kept %}` has rendered of it.
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
    figures: Figures | None
    chips: list[Choice]
    menus: list[Menu]
    columns: list[Column]
    rows: list[str]
    span: str
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
    kept: dict[tuple[str, bool], str] = field(default_factory=dict, compare=False, repr=False)


_pages: Memo[ListPage] = Memo(KEPT_CHARACTERS)


def listpage_make(*, listing: Listing, query: Query, project: str) -> ListPage:
    """The page for a list and a query: the one that was made of the same two before, but for the list's age."""
    query = query_fit(query, listing)
    today = datetime.now(timezone.utc).date()
    key = (listing.digest, listing.note, project, query, today, get_script_prefix())
    page = _pages.get(key) if listing.digest else None
    if page is not None:
        return replace(page, **_about(listing))
    page = _page(listing, query, project)
    return _pages.put(key, page, weight=_weight(page)) if listing.digest else page


def _weight(page: ListPage) -> int:
    """Characters: its rows, once more in the table that `{% kept %}` makes of them, and what stands around."""
    return 20_000 + 2 * sum(map(len, page.rows))


def _page(listing: Listing, query: Query, project: str) -> ListPage:
    selection = select(listing.index, query)
    number, models = selection.page(query.page)
    query = replace(query, page=number)
    total, first = len(selection.models), (number - 1) * PAGE_ROWS
    names = ("status", "format", "workload") if listing.detailed else ("status", "format")
    statuses, *menus = [
        menu_make(name, query=query, index=listing.index, selection=selection) for name in names
    ]
    chips, others = statuses.split()
    return ListPage(
        project=project,
        query=query,
        figures=figures_make(listing.models, detailed=listing.detailed) if listing.models else None,
        chips=chips,
        menus=[others, *menus] if others else menus,
        columns=_columns(query, detailed=listing.detailed),
        rows=rows_make(models, project=project, detailed=listing.detailed),
        span=f"{first + 1:,}\N{EN DASH}{first + len(models):,} of {total:,}" if total else "",
        pages=selection.pages,
        has_previous=number > 1,
        has_next=number < selection.pages,
        unlinked=sum(not has_page(model.id) for model in models),
        asked=_asked(query, listing) if not total and listing.models else "",
        poll_url=_poll_url(project, models),
        **_about(listing),
        **_queries(query),
    )


def _about(listing: Listing) -> dict[str, Any]:
    """What the page says of the reading itself."""
    return {
        "count": _plural(len(listing.models)),
        "age": display.age_text(listing.age),
        "read_iso": display.moment_iso(listing.read_at),
        "read_utc": display.moment_utc(listing.read_at),
        "complete": listing.complete,
        "detailed": listing.detailed,
        "note": visible(listing.note),
        "searches": "name, description, architecture and ID" if listing.detailed else "name and ID",
    }


def _queries(query: Query) -> dict[str, Any]:
    """Where one can go from here."""
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


def query_fit(query: Query, listing: Listing) -> Query:
    """The query without what this list has no values for: an old bookmark must not empty the page."""
    if listing.detailed:
        return query
    sort = DEFAULT_SORT if query.column in EXTENDED else query.sort
    return replace(query, workload="", sort=sort)


def _columns(query: Query, *, detailed: bool) -> list[Column]:
    return [
        _column(name, label, look if detailed else look.replace("least", ""), query)
        for name, label, look, extended in COLUMNS
        if detailed or not extended
    ]


def _column(name: str, label: str, look: str, query: Query) -> Column:
    here = query.column == name
    aria = ("descending" if query.descending else "ascending") if here else ""
    sort = f"-{name}" if here and not query.descending else name
    return Column(name, label, query.with_(sort=sort).encode(), aria, look)


def _asked(query: Query, listing: Listing) -> str:
    """ "the search “llama” and status Error"."""
    parts = [f"the search “{visible(query.q)}”"] if query.q else []
    for name in ("status", "format", "workload"):
        value = getattr(query, name)
        if value:
            parts.append(f"{name} {value_label(name, value, listing.index)}")
    return ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else "".join(parts)


def _poll_url(project: str, models: Sequence[Model]) -> str:
    waiting = [
        model.id for model in models if display.status_tone(model.status) == "busy" and has_page(model.id)
    ]
    return (
        f"{reverse('models-statuses', args=[project])}?{urlencode([('id', one) for one in waiting])}"
        if waiting
        else ""
    )


def _plural(count: int) -> str:
    return "1 model" if count == 1 else f"{count:,} models"
