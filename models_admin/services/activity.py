"""Reads the activity of one model: the values last set here, its history, and what can be undone.

"Last set here" is what this console last set a field to, for fields that the API does not return. It is never a live
value: changes made with the API directly leave no trace here.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet

from models_admin.models import Activity
from models_admin.xerotier.fields import BY_NAME

EDITS = (Activity.Action.EDIT, Activity.Action.UNDO)
UNKNOWNS = (Activity.Outcome.INTENT, Activity.Outcome.UNKNOWN)
SENT = (Activity.Outcome.DONE, *UNKNOWNS)  # or may have been
# Changes that have no undo, and what can be done instead.
WITHOUT_UNDO: dict[str, str] = {
    Activity.Action.DELETE: "A deletion can't be undone.",
    Activity.Action.REVALIDATE: "A revalidation can't be undone. Restore individual values instead.",
    Activity.Action.SHARE: "Sharing can't be undone here. Unshare the model on its page instead.",
    Activity.Action.UNSHARE: "Unsharing can't be undone: the model's counters and featured flag are lost.",
    Activity.Action.VERSION: "A version can't be removed.",
    Activity.Action.CANCEL_UPLOAD: "A cancelled upload can't be continued. Upload the files again.",
    Activity.Action.PROTECT: "Lift the protection on the model's page instead.",
    Activity.Action.ASK_DELETE: "Withdraw the request on its page instead.",
    Activity.Action.DECLINE_DELETE: "Ask for the deletion again instead.",
    Activity.Action.WITHDRAW_DELETE: "Ask for the deletion again instead.",
    Activity.Action.SETTINGS: "Change the settings again instead.",
    Activity.Action.UNPROTECT: "Protect the model on its page instead.",
}
# A change sends for at most 20 s and reads again for as long. Nobody completes an intent that is older than this.
DEAD_AFTER = timedelta(seconds=45)
READ_FOR_LAST_SET = ("action", "field", "outcome", "changes", "username", "created_at", "finished_at")
LAST_SET_ROWS = 400  # rows of one model that are read; far more than any model gets between two readings
FOLLOWED = (Activity.Action.REVALIDATE, Activity.Action.DELETE)  # they end after the API's answer
FOLLOWED_ROWS = 50


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
    return last_set_from(rows.only(*READ_FOR_LAST_SET)[:LAST_SET_ROWS])


def changes_newest(*, project: str, model_id: str) -> list[Activity]:
    """The newest changes of one model, newest first, at most LAST_SET_ROWS. One query.

    The model's page needs several kinds of changes, and a query for each took a third of its time.
    """
    return list(history(project=project, model_id=model_id)[:LAST_SET_ROWS])


def changes_followed(*, project: str, model_id: str) -> list[Activity]:
    """The newest revalidations and deletions of one model that were or may have been sent. One query."""
    rows = history(project=project, model_id=model_id).filter(action__in=FOLLOWED, outcome__in=SENT)
    return list(rows[:FOLLOWED_ROWS])


def last_set_many(*, project: str, fields: Collection[str]) -> dict[str, dict[str, LastSet]]:
    """What `last_set` returns for each model of a project, by model ID, reduced to these fields. Four queries.

    For each model it reads the newest save of each field, the newest revalidation, and saves whose result is unknown,
    so that the memory it needs doesn't grow with the activity.
    """
    rows = Activity.objects.filter(project=project).only("model_id", *READ_FOR_LAST_SET).order_by()
    saves = rows.filter(field__in=fields, outcome=Activity.Outcome.DONE)
    newest = saves.values("model_id", "field").annotate(newest=Max("id")).values("newest")
    revalidations = rows.filter(action=Activity.Action.REVALIDATE, outcome__in=SENT).order_by("id")
    times = revalidations.only("model_id", "action", "outcome", "created_at")
    needed = [
        *rows.filter(id__in=newest),
        *{row.model_id: row for row in times.iterator()}.values(),
        *rows.filter(field__in=fields, outcome__in=UNKNOWNS),
        *_of_several_fields(rows, fields),
    ]
    by_model: dict[str, list[Activity]] = {}
    for row in sorted(needed, key=lambda row: -row.pk):
        by_model.setdefault(row.model_id, []).append(row)
    found = {model_id: last_set_from(of_model) for model_id, of_model in by_model.items()}
    return {
        model_id: {name: value for name, value in values.items() if name in fields}
        for model_id, values in found.items()
    }


def _of_several_fields(rows: QuerySet[Activity], fields: Collection[str]) -> list[Activity]:
    """Saves of several fields at once: for each model and field the newest one, and all whose result is unknown.

    Only the contents of a row say which fields it has, so all such rows are looked at, one after the other.
    """
    rows = rows.filter(field="", action__in=EDITS, outcome__in=SENT)
    unknown: list[Activity] = []
    newest: dict[tuple[str, str], Activity] = {}
    for row in rows.iterator():
        for name in fields_of(row).intersection(fields):
            if row.outcome in UNKNOWNS:
                unknown.append(row)
            elif row.pk > getattr(newest.get((row.model_id, name)), "pk", 0):
                newest[row.model_id, name] = row
    return [*unknown, *newest.values()]


def last_set_from(rows: Iterable[Activity]) -> dict[str, LastSet]:
    """The same from the rows of one model, newest first."""
    found: dict[str, LastSet] = {}
    doubts: dict[str, Any] = {}
    revalidated: datetime | None = None
    for row in rows:
        if row.action == Activity.Action.REVALIDATE and row.outcome in SENT:
            revalidated = revalidated or row.created_at
        for entry in row.changes if row.action in EDITS else ():
            name = entry.get("field") or row.field
            if name in found:
                continue
            if row.outcome in UNKNOWNS:
                doubts.setdefault(name, entry.get("after"))
            elif row.outcome == Activity.Outcome.DONE:
                found[name] = LastSet(
                    field=name,
                    value=entry.get("after"),
                    who=row.username,
                    at=row.finished_at or row.created_at,
                    number=row.pk,
                    doubtful=doubts.get(name),
                    has_doubt=name in doubts,
                    revalidated_at=revalidated,
                )
    return found


def undo_obstacle(row: Activity) -> str:
    """Why this row cannot be undone, "" where it can."""
    if row.action in WITHOUT_UNDO:
        return WITHOUT_UNDO[row.action]
    if row.outcome in UNKNOWNS:
        if row.action == Activity.Action.PROMOTE:
            return "The result is unknown. Check which version is the latest on the model's page."
        return "The result is unknown. Check the value, then edit it if it is wrong."
    if row.outcome != Activity.Outcome.DONE:
        return "There is nothing to undo, because the value didn't change."
    if row.action == Activity.Action.PROMOTE:
        return _promote_obstacle(row)
    if not row.changes or not fields_of(row) <= BY_NAME.keys():
        return "This console can't edit that field."
    if not all(entry.get("before_known", True) for entry in row.changes):
        return "The previous value is not known."
    if any(entry.get("before_altered") for entry in row.changes):
        return "The previous value could not be stored exactly."
    if not all(_is_accepted(entry.get("before")) for entry in row.changes):
        return "The API doesn't accept the previous value's type."
    if all(entry.get("before") == entry.get("after") for entry in row.changes):
        return "There is nothing to undo, because the value didn't change."
    return ""


def _is_accepted(value: Any) -> bool:
    """Whether a PATCH may carry a value of this type: text, a whole number or null."""
    return value is None or type(value) in (str, int)


def _promote_obstacle(row: Activity) -> str:
    """Undoing makes the former version the latest again, so it has to be known."""
    entry = row.changes[0] if row.changes else {}
    known = entry.get("before_known") and isinstance(entry.get("before"), str)
    return "" if known else "The version that was the latest before is not known."


def fields_of(row: Activity) -> set[str]:
    """The fields that an edit changes: `row.field`, or several if that is empty."""
    return {row.field} if row.field else {entry.get("field", "") for entry in row.changes}


def values_of(row: Activity) -> dict[str, Any]:
    """The values that an edit sets, by field."""
    return {entry.get("field") or row.field: entry.get("after") for entry in row.changes}


def version_of(row: Activity) -> str:
    """The version that a row creates or promotes, "" for other rows."""
    names = {Activity.Action.VERSION: "version", Activity.Action.PROMOTE: "latest_version"}
    name = names.get(Activity.Action(row.action))
    found = [
        entry.get("after") for entry in row.changes if isinstance(entry, dict) and entry.get("field") == name
    ]
    return str(found[0]) if name and found else ""


def history(*, project: str, model_id: str) -> QuerySet[Activity]:
    """The changes made to one model in this console, newest first."""
    return Activity.objects.filter(project=project, model_id=model_id).order_by("-id")
