"""Reads the activity: the ledger of last values set here, the history of a model, a page of everything.

The ledger answers "what did this console last set this field to?" for what the API does not report.
It is never a live value: whoever uses the API directly leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from models_admin.formatting.storable import text_storable
from models_admin.models import Activity
from models_admin.xerotier.fields import BY_NAME

EDITS = (Activity.Action.EDIT, Activity.Action.UNDO)
UNKNOWNS = (Activity.Outcome.INTENT, Activity.Outcome.UNKNOWN)
LEDGER_DEPTH = 400  # rows of one model looked at; far more than any model sees between two readings


@dataclass(frozen=True, slots=True)
class LastSet:
    """The last value set here: `who` did it `at` (aware), recorded as activity `number`.

    `doubtful` holds a later value whose save has no known outcome; `has_doubt` says there is one.
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


def is_touched(*, project: str, model_id: str) -> bool:
    """Whether anything was done to the model from here. To most nothing was: then a page need not ask for more."""
    return Activity.objects.filter(project=project, model_id=model_id).exists()


def ledger(*, project: str, model_id: str) -> dict[str, LastSet]:
    """Last values set here, by field. A field that was never set here is absent. One query."""
    rows = Activity.objects.filter(project=project, model_id=model_id).order_by("-id")
    rows = rows.only("action", "field", "outcome", "changes", "username", "created_at", "finished_at")
    found: dict[str, LastSet] = {}
    doubts: dict[str, Any] = {}
    revalidated: datetime | None = None
    for row in rows[:LEDGER_DEPTH]:
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
        return "A revalidation cannot be undone. Set single values again instead."
    if row.outcome in UNKNOWNS:
        return "What came of it is unknown. Look at the value and edit it."
    if row.outcome != Activity.Outcome.DONE:
        return "It changed nothing."
    if row.field not in BY_NAME or not row.changes:
        return "This console cannot edit that field."
    entry = row.changes[0]
    if not entry.get("before_known", True):
        return "The value before is not known."
    if entry.get("before") == entry.get("after"):
        return "It changed nothing."
    return ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the activity page asks for. Every value is usable.

    `who` is a whole user name, `model` an id or a part of a name, `project` one of those connected.
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
        """ "?who=…", without what is not asked; "" where nothing is. Another filter means page 1."""
        pairs = {**asdict(self), "page": 1, **changes}
        given = {name: value for name, value in pairs.items() if value and (name, value) != ("page", 1)}
        return "?" + urlencode(given, errors="replace") if given else ""

    @property
    def asked(self) -> bool:
        return bool(self.who or self.action or self.model or self.project)


def _word(params: Mapping[str, str], name: str) -> str:
    return text_storable(params.get(name, "").replace("\0", "").strip(), limit=200)


def activity_rows(*, projects: Sequence[str], filters: Filters) -> QuerySet[Activity]:
    """The rows of these projects that the filters ask for, newest first."""
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
    """Who has changed anything in these projects, by name."""
    rows = Activity.objects.filter(project__in=projects).order_by("username")
    return list(rows.values_list("username", flat=True).distinct())


def history(*, project: str, model_id: str) -> QuerySet[Activity]:
    """What was done to one model from here, newest first."""
    return Activity.objects.filter(project=project, model_id=model_id).order_by("-id")
