"""Reads the activity: the ledger of last values set here, the history of a model, a page of everything.

The ledger answers "what did this console last set this field to?" for what the API does not report.
It is never a live value: whoever uses the API directly leaves no trace here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models_admin.models import Activity

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


def ledger_value(book: Mapping[str, LastSet], field: str) -> str | int | None:
    return book[field].value if field in book else None
