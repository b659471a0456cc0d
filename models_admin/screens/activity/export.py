"""The activity as CSV or JSON, streamed. Exact values; they never contain a key."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from models_admin.formatting import display
from models_admin.models import Activity
from models_admin.screens.activity.rows import change_entries, outcome_words
from models_admin.screens.models.export import csv_lines, json_lines

COLUMNS = (
    "number", "created_at", "finished_at", "who", "project", "model_id", "model_name", "action", "field",
    "before", "after", "outcome", "message", "status", "code", "api_request_id", "request_id", "undoes", "job",
)  # fmt: skip


def activity_csv(rows: Iterable[Activity]) -> Iterator[bytes]:
    """One line for each changed field, and one for a row that changed none. Cells can't act as formulas."""
    return csv_lines(_table(rows))


def _table(rows: Iterable[Activity]) -> Iterator[Sequence[object]]:
    yield COLUMNS
    for row in rows:
        values = _values(row)
        for entry in change_entries(row) or [{}]:
            known = entry.get("before_known", True)
            line = {
                **values,
                "field": entry.get("field", row.field),
                "before": entry.get("before") if known else "(unknown)",
                "after": entry.get("after"),
            }
            yield ["" if line[name] is None else line[name] for name in COLUMNS]


def activity_json(rows: Iterable[Activity], about: dict[str, Any]) -> Iterator[bytes]:
    """What `about` says, then "activity", newest first."""
    items = ({**_values(row), "changes": row.changes, "snapshot": row.snapshot} for row in rows)
    return json_lines(about, "activity", items)


def _values(row: Activity) -> dict[str, Any]:
    outcome, _, message = outcome_words(row)
    return {
        "number": row.pk,
        "created_at": display.moment_iso(row.created_at),
        "finished_at": display.moment_iso(row.finished_at) if row.finished_at else None,
        "who": row.username,
        "project": row.project,
        "model_id": row.model_id,
        "model_name": row.model_name,
        "action": row.action,
        "field": row.field,
        "outcome": outcome.lower(),
        "message": message,
        "status": row.status,
        "code": row.code,
        "api_request_id": row.api_request_id,
        "request_id": row.request_id,
        "undoes": row.undoes_id,
        "job": row.job_id,
    }
