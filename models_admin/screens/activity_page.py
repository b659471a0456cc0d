"""Everything that the activity page shows, made ready from the rows and the filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.activity import Filters, activity_rows, history, people
from models_admin.models import Activity
from models_admin.screens.activity_rows import ActivityView, activity_views
from models_admin.text import visible

PAGE_ROWS = 50
HISTORY_ROWS = 8


@dataclass(frozen=True, slots=True)
class Menu:
    """A filter: its field name, its label, and (value, label, chosen) of each option."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """The page. Addresses are "" where there is nothing to go to. `several`: rows of more than one project."""

    filters: Filters
    scope: str
    several: bool
    menus: tuple[Menu, ...]
    rows: list[ActivityView]
    span: str
    here_url: str
    rows_url: str
    previous_url: str
    next_url: str
    csv_url: str
    json_url: str


def activity_page(
    *, projects: Sequence[str], current: str, filters: Filters, user: User, may_edit: bool
) -> ActivityPage:
    """`projects` are those that the person is connected to now, `current` the one in use."""
    rows = activity_rows(projects=projects, filters=filters)
    total = rows.count()
    last = max(1, -(-total // PAGE_ROWS))
    number = min(filters.page, last)
    first = (number - 1) * PAGE_ROWS
    views = activity_views(rows[first : first + PAGE_ROWS], user=user, may_edit=may_edit)
    base = reverse("activity")
    return ActivityPage(
        filters=filters,
        scope=f"the models of {projects[0]}" if len(projects) == 1 else "the projects you are connected to",
        several=len(projects) > 1,
        menus=_menus(projects, filters),
        rows=[_linked(view, current) for view in views],
        span=f"{first + 1:,}\N{EN DASH}{first + len(views):,} of {total:,}",
        here_url=base + filters.encode(page=number),
        rows_url=reverse("activity-rows") + filters.encode(page=number),
        previous_url=base + filters.encode(page=number - 1) if number > 1 else "",
        next_url=base + filters.encode(page=number + 1) if number < last else "",
        csv_url=reverse("activity-export-csv") + filters.encode(),
        json_url=reverse("activity-export-json") + filters.encode(),
    )


def history_context(
    *, project: str, model_id: str, user: User, may_edit: bool, touched: bool = True
) -> dict[str, object]:
    """The context of `_history.html`: the newest rows of one model, and where the rest is.

    `touched` False: it is known that there are none.
    """
    rows = list(history(project=project, model_id=model_id)[: HISTORY_ROWS + 1]) if touched else []
    more = reverse("activity") + Filters(model=model_id).encode() if len(rows) > HISTORY_ROWS else ""
    return {
        "history": activity_views(rows[:HISTORY_ROWS], user=user, may_edit=may_edit),
        "history_more": more,
        "history_url": reverse("model-history", args=[model_id]),
    }


def _linked(view: ActivityView, current: str) -> ActivityView:
    """A model's page belongs to the project in use: a row of another project must not link to it."""
    return view if view.project == current else replace(view, model_url="")


def _menus(projects: Sequence[str], filters: Filters) -> tuple[Menu, ...]:
    names = [(name, visible(name)) for name in people(projects=projects)]
    menus = [
        _menu("who", "Person", "Everybody", names, filters.who),
        _menu("action", "Action", "All actions", Activity.Action.choices, filters.action),
    ]
    if len(projects) > 1:
        pairs = [(name, name) for name in projects]
        menus.append(_menu("project", "Project", "All projects", pairs, filters.project))
    return tuple(menus)


def _menu(name: str, label: str, everything: str, pairs: Sequence[tuple[str, str]], chosen: str) -> Menu:
    known = [("", everything), *pairs]
    if chosen and chosen not in dict(pairs):
        known.append((chosen, visible(chosen)))
    return Menu(name, label, tuple((value, text, value == chosen) for value, text in known))
