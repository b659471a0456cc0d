"""The activity page, and the history of one model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.screens.activity.rows import ActivityView, activity_views
from models_admin.services.activity import Filters, activity_rows, history, people

PAGE_ROWS = 50
HISTORY_ROWS = 8


@dataclass(frozen=True, slots=True)
class FilterMenu:
    """A filter: its field name, its label, and (value, label, chosen) of each option."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class ActivityPage:
    """The page. Addresses are "" where there is no such page. `several`: it has rows of more than one project."""

    filters: Filters
    scope: str
    several: bool
    menus: tuple[FilterMenu, ...]
    rows: list[ActivityView]
    span: str
    base_url: str
    here_url: str
    rows_url: str
    previous_url: str
    next_url: str
    csv_url: str
    json_url: str


def activity_page(
    *, project: str, projects: Sequence[str], filters: Filters, user: User, may_edit: bool
) -> ActivityPage:
    """Of one `project`, or of all connected `projects` where `project` is ""."""
    several = not project
    projects = projects if several else [project]
    rows = activity_rows(projects=projects, filters=filters)
    total = rows.count()
    last = max(1, -(-total // PAGE_ROWS))
    number = min(filters.page, last)
    first = (number - 1) * PAGE_ROWS
    views = activity_views(rows[first : first + PAGE_ROWS], user=user, may_edit=may_edit)
    base = _address("activity", project)
    return ActivityPage(
        filters=filters,
        scope="the projects you have connected" if several else project,
        several=several,
        menus=_menus(projects, filters, several=several),
        rows=views,
        span=f"{first + 1:,}\N{EN DASH}{first + len(views):,} of {total:,}",
        base_url=base,
        here_url=base + filters.encode(page=number),
        rows_url=_address("activity-rows", project) + filters.encode(page=number),
        previous_url=base + filters.encode(page=number - 1) if number > 1 else "",
        next_url=base + filters.encode(page=number + 1) if number < last else "",
        csv_url=_address("activity-export-csv", project) + filters.encode(),
        json_url=_address("activity-export-json", project) + filters.encode(),
    )


def history_context(*, project: str, model_id: str, user: User, may_edit: bool) -> dict[str, object]:
    """The context of `_history.html`: the newest rows of one model, and the address of the rest."""
    rows = list(history(project=project, model_id=model_id)[: HISTORY_ROWS + 1])
    rest = reverse("activity", args=[project]) + Filters(model=model_id).encode()
    return {
        "history": activity_views(rows[:HISTORY_ROWS], user=user, may_edit=may_edit),
        "history_more": rest if len(rows) > HISTORY_ROWS else "",
        "history_url": reverse("model-history", args=[project, model_id]),
    }


def _address(name: str, project: str) -> str:
    """The address of that name for one project, or for all projects."""
    return reverse(name, args=[project]) if project else reverse(name.replace("activity", "activity-all", 1))


def _menus(projects: Sequence[str], filters: Filters, *, several: bool) -> tuple[FilterMenu, ...]:
    names = [(name, visible(name)) for name in people(projects=projects)]
    menus = [
        _menu("who", "Person", "Everyone", names, filters.who),
        _menu("action", "Action", "All actions", Activity.Action.choices, filters.action),
    ]
    if several:
        pairs = [(name, name) for name in projects]
        menus.append(_menu("project", "Project", "All projects", pairs, filters.project))
    return tuple(menus)


def _menu(
    name: str, label: str, everything: str, pairs: Sequence[tuple[str, str]], chosen: str
) -> FilterMenu:
    known = [("", everything), *pairs]
    if chosen and chosen not in dict(pairs):
        known.append((chosen, visible(chosen)))
    return FilterMenu(name, label, tuple((value, text, value == chosen) for value, text in known))
