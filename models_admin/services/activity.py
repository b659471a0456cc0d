"""Reads the activity: the values last set here, the history of one model, and the activity page with its filters.

"Last set here" is what this console last set a field to, for fields that the API does not return. It is never a live
value: changes made with the API directly leave no trace here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from models_admin.formatting.storable import text_storable
from models_admin.models import Activity
from models_admin.xerotier.fields import BY_NAME

EDITS = (Activity.Action.EDIT, Activity.Action.UNDO)
UNKNOWNS = (Activity.Outcome.INTENT, Activity.Outcome.UNKNOWN)
# A change sends for at most 20 s and reads again for as long. Nobody completes an intent that is older than this.
DEAD_AFTER = timedelta(seconds=45)
LAST_SET_ROWS = 400  # rows of one model that are read; far more than any model gets between two readings


@dataclass(frozen=True, slots=True)
class LastSet:
    """The value that a field was last set to here: by `who`, `at` (aware), recorded as activity `number`.

    `doubtful` holds a later value whose save has no known outcome; `has_doubt` says that there is one.
    `revalidated_at` is when a later revalidation may have replaced the value, else None.
    """

    field: str
    value: str | int | None
    who: str
    at: datetime
    number: int
    doubtful: str | int | None = None
    has_doubt: bool = False
    revalidated_at: datetime | None = None


def last_set(*, project: str, model_id: str) -> dict[str, LastSet]:
    """The values last set here, by field. A field that was never set here is absent. One query."""
    rows = history(project=project, model_id=model_id)
    rows = rows.only("action", "field", "outcome", "changes", "username", "created_at", "finished_at")
    found: dict[str, LastSet] = {}
    doubts: dict[str, Any] = {}
    revalidated: datetime | None = None
    for row in rows[:LAST_SET_ROWS]:
        if row.action == Activity.Action.REVALIDATE and row.outcome != Activity.Outcome.REFUSED:
            revalidated = revalidated or row.created_at
        if row.action not in EDITS or row.field in found or not row.changes:
            continue
        if row.outcome in UNKNOWNS:
            doubts.setdefault(row.field, row.changes[0].get("after"))
        elif row.outcome == Activity.Outcome.DONE:
            found[row.field] = LastSet(
                field=row.field,
                value=row.changes[0].get("after"),
                who=row.username,
                at=row.finished_at or row.created_at,
                number=row.pk,
                doubtful=doubts.get(row.field),
                has_doubt=row.field in doubts,
                revalidated_at=revalidated,
            )
    return found


def undo_obstacle(row: Activity) -> str:
    """Why this row cannot be undone, "" where it can."""
    if row.action == Activity.Action.DELETE:
        return "A deletion cannot be undone."
    if row.action == Activity.Action.REVALIDATE:
        return "A revalidation cannot be undone. Restore single values instead."
    if row.outcome in UNKNOWNS:
        return "The result is unknown. Check the value and edit it."
    if row.outcome != Activity.Outcome.DONE:
        return "It changed nothing."
    if row.field not in BY_NAME or not row.changes:
        return "This console can't edit that field."
    entry = row.changes[0]
    if not entry.get("before_known", True):
        return "The previous value is not known."
    if entry.get("before") == entry.get("after"):
        return "It changed nothing."
    return ""


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters in the address of the activity page. Any text is a usable value.

    `who` is a whole user name, `model` an ID or part of a name, `project` one of those connected.
    """

    who: str = ""
    action: str = ""
    model: str = ""
    project: str = ""
    page: int = 1

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Filters:
        page = params.get("page", "")
        action = params.get("action", "")
        return cls(
            who=_word(params, "who"),
            action=action if action in Activity.Action.values else "",
            model=_word(params, "model"),
            project=_word(params, "project"),
            page=max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 8 else 1,
        )

    def encode(self, **changes: str | int) -> str:
        """The filters as a query string, "?who=…", "" where there are none. Changing one leads to page 1."""
        pairs = {**asdict(self), "page": 1, **changes}
        given = {name: value for name, value in pairs.items() if value and (name, value) != ("page", 1)}
        return "?" + urlencode(given, errors="replace") if given else ""

    @property
    def active(self) -> bool:
        return bool(self.who or self.action or self.model or self.project)


def _word(params: Mapping[str, str], name: str) -> str:
    return text_storable(params.get(name, "").replace("\0", "").strip(), limit=200)


def activity_rows(*, projects: Sequence[str], filters: Filters) -> QuerySet[Activity]:
    """The rows of these projects that pass the filters, newest first."""
    wanted = [filters.project] if filters.project in projects else list(projects)
    rows = Activity.objects.filter(project__in=wanted).order_by("-id")
    if filters.who:
        rows = rows.filter(username__iexact=filters.who)
    if filters.action:
        rows = rows.filter(action=filters.action)
    if filters.model:
        rows = rows.filter(Q(model_id=filters.model) | Q(model_name__icontains=filters.model))
    return rows


def people(*, projects: Sequence[str]) -> list[str]:
    """The names of everybody who has changed anything in these projects, in order."""
    rows = Activity.objects.filter(project__in=projects).order_by("username")
    return list(rows.values_list("username", flat=True).distinct())


def history(*, project: str, model_id: str) -> QuerySet[Activity]:
    """The changes made to one model in this console, newest first."""
    return Activity.objects.filter(project=project, model_id=model_id).order_by("-id")
