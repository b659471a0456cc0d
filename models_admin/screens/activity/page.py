"""The activity page, and the history of one model."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.auth.models import User
from django.urls import reverse

from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.screens.activity.rows import activity_views, jobs_grouped
from models_admin.screens.filters import FilterMenu, filter_menu
from models_admin.services.activity_search import OUTCOMES, Filters, activity_slice, people

PAGE_ROWS = 25  # a row takes 0.7 ms, so 50 made the page three times as slow as an empty one
HISTORY_ROWS = 8
OUTCOME_LABELS = [(name, Activity.Outcome(values[-1]).label) for name, values in OUTCOMES.items()]


def activity_page(*, project: str, projects: Sequence[str], filters: Filters, user: User) -> dict[str, Any]:
    """Of one `project`, or of all connected `projects` where `project` is "".

    Addresses are "" where there is no such page. `several`: it has rows of more than one project. `days` are the rows
    by day (UTC), newest first. `days_chosen` are the two filters for days: name, label, value.
    """
    several = not project
    projects = projects if several else [project]
    found = activity_slice(projects=projects, filters=filters, limit=PAGE_ROWS)
    views = activity_views(found.rows, user=user)
    views = jobs_grouped(views) if filters.grouped else views
    base, here = _address("activity", project), _position(filters)
    return {
        "filters": filters,
        "scope": "the projects you have connected" if several else project,
        "several": several,
        "menus": _menus(projects, filters, several=several),
        "days": [(day, list(rows)) for day, rows in groupby(views, key=itemgetter("day"))],
        "days_chosen": (
            ("since", "From", filters.chosen.get("since", "")),
            ("until", "To", filters.chosen.get("until", "")),
        ),
        "base_url": base,
        "here_url": base + here,
        "rows_url": _address("activity-rows", project) + here,
        "newer_url": base + filters.encode(after=views[0]["number"] if views else 0) if found.newer else "",
        "older_url": base + filters.encode(before=views[-1]["number"]) if found.older else "",
        "csv_url": _address("activity-export-csv", project) + filters.encode(),
        "json_url": _address("activity-export-json", project) + filters.encode(),
    }


def _position(filters: Filters) -> str:
    """The query string of this very page."""
    if filters.before:
        return filters.encode(before=filters.before)
    return filters.encode(after=filters.after) if filters.after else filters.encode()


def history_context(
    *, project: str, model_id: str, rows: Sequence[Activity], user: User
) -> dict[str, object]:
    """The context of `_history.html`: the newest changes of one model, and the address of the rest.

    `rows` are its changes, newest first: at least HISTORY_ROWS + 1 of them, or all.
    """
    rest = reverse("activity", args=[project]) + Filters(model=model_id).encode()
    return {
        "history": activity_views(rows[:HISTORY_ROWS], user=user),
        "history_more": rest if len(rows) > HISTORY_ROWS else "",
        "history_url": reverse("model-history", args=[project, model_id]),
    }


def _address(name: str, project: str) -> str:
    """The address of that name for one project, or for all projects."""
    return reverse(name, args=[project]) if project else reverse(name.replace("activity", "activity-all", 1))


def _menus(projects: Sequence[str], filters: Filters, *, several: bool) -> tuple[FilterMenu, ...]:
    names = [(name, visible(name)) for name in people(projects=projects)]
    menus = [
        filter_menu("who", "Person", "Everyone", names, filters.who),
        filter_menu("action", "Action", "All actions", Activity.Action.choices, filters.action),
        filter_menu("outcome", "Result", "All results", OUTCOME_LABELS, filters.outcome),
    ]
    if several:
        pairs = [(name, name) for name in projects]
        menus.append(filter_menu("project", "Project", "All projects", pairs, filters.project))
    return tuple(menus)
