"""Completes activity rows whose result only a later reading of the model shows.

The API has no webhook and this console has no background worker. So whoever reads the model next, by a poll or by
opening its page, records how a revalidation or a deletion ended. A share, a version or a cancelled upload whose
response was lost is recorded as done once a reading shows it. A revalidation's row holds the model as it was before.
Edits made here since then replace those values, so that they are not taken for the revalidation's work.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import Error, transaction
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting.storable import json_storable, text_storable
from models_admin.models import Activity
from models_admin.services.activity import (
    DEAD_AFTER,
    SENT,
    UNKNOWNS,
    LastSet,
    changes_followed,
    history,
    last_set,
    version_of,
)
from models_admin.services.audit import activity_changed, change
from models_admin.xerotier.fields import BY_NAME, FIELDS
from models_admin.xerotier.schemas import Model, status_key
from models_admin.xerotier.uploads import COMPLETED, Upload
from models_admin.xerotier.versions import VersionList

VALIDATING = "validating"
COMPARED = (*(item.name for item in FIELDS), "format", "size_bytes")

# Validation is queued: for this long, a model that looks unchanged may not have begun to validate.
QUEUE_TIME = timedelta(seconds=4)
# A revalidation whose answer was lost is taken to have started a validation that is seen within this time.
LOST_START = timedelta(minutes=10)
# A deletion that was accepted, or whose answer was lost, may still be carried out for this long.
SLOW_DELETION = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class RevalidationState:
    """The newest revalidation of a model, None where there is none. `just_ended`: this very reading showed its end."""

    row: Activity | None = None
    just_ended: bool = False


def revalidation_latest(changes: Iterable[Activity]) -> Activity | None:
    """The newest revalidation that was or may have been sent. `changes` of one model, newest first."""
    rows = (row for row in changes if row.action == Activity.Action.REVALIDATE)
    return next((row for row in rows if row.outcome in SENT), None)


def resolve_revalidation(
    *, access: Access, model: Model, changes: Sequence[Activity] | None = None
) -> RevalidationState:
    """Find the newest revalidation and record its end, if this reading of the model shows it.

    `changes`: those of the model, newest first, where they have been read already.
    Anybody may call it on every reading of a model, also at the same time: only one caller writes. It never raises
    for a database that cannot be written; the next reading tries again.
    """
    if changes is None:
        changes = changes_followed(project=access.project, model_id=model.id)
    row = revalidation_latest(changes)
    if row is None or row.resolved_at is not None or not _is_comparable(model):
        return RevalidationState(row)
    if _in_progress(row):
        return RevalidationState(row)
    age = timezone.now() - row.created_at
    try:
        if status_key(model.status) == VALIDATING:
            _confirm_started(row, age)
            return RevalidationState(row)
        found = changes_found(row=row, model=model)
        if age < QUEUE_TIME and not found and _is_same_status(model, row):
            return RevalidationState(row)
        if _record_end(row, model, found):
            return RevalidationState(row, just_ended=True)
        row.refresh_from_db()
        return RevalidationState(row)
    except Activity.DoesNotExist:  # pruned meanwhile
        return RevalidationState()
    except Error:
        return RevalidationState(row)


def changes_found(*, row: Activity, model: Model) -> list[dict[str, Any]]:
    """Each value that differs from before the revalidation, as entries of `Activity.changes`.

    An entry whose old value was set here also has `set_by`, `set_at` (ISO 8601) and `set_number`.
    A field that is not reported now is left out, since nothing is known about it.
    """
    last = last_set(project=row.project, model_id=row.model_id)
    found = []
    for name in COMPARED:
        if name not in model.reported:
            continue
        known, before = _before(row, name, last.get(name))
        after = model.current(name)
        if known and before != json_storable(after):
            found.append(change(field=name, before=before, after=after, **_set_here(last.get(name), before)))
    return found


def _is_comparable(model: Model) -> bool:
    """Whether the reading is complete enough to compare: a status sent as text, and at least one editable field."""
    return isinstance(model.sent.get("status"), str) and any(name in model.sent for name in BY_NAME)


def _is_same_status(model: Model, row: Activity) -> bool:
    before = row.snapshot.get("status")
    return isinstance(before, str) and status_key(before) == status_key(model.status)


def _before(row: Activity, name: str, last: LastSet | None) -> tuple[bool, Any]:
    """Whether the value before is known, and the value: from a later edit, or else from the snapshot."""
    if last is not None and last.number > row.pk:
        return True, last.value
    return name in row.snapshot, row.snapshot.get(name)


def _set_here(last: LastSet | None, before: Any) -> Mapping[str, Any]:
    if last is None or last.value is None or last.value != before:
        return {}
    return {"set_by": last.who, "set_at": last.at.isoformat(), "set_number": last.number}


def _confirm_started(row: Activity, age: timedelta) -> None:
    """The answer to a revalidation was lost, and now the model is validating: it did start."""
    if row.outcome == Activity.Outcome.DONE or age > LOST_START:
        return
    _mark_done(row, "The model was validating later, so revalidation did start.")


def _record_end(row: Activity, model: Model, changes: list[dict[str, Any]]) -> bool:
    """Write the end once. Return False where another reading wrote it first."""
    status = model.status or "not reported"
    ended = f"Validation ended with the status {status}."
    if row.outcome != Activity.Outcome.DONE:
        ended = f"We couldn't confirm that it started. Later the status was {status}."
    row.changes = json_storable(changes)
    row.message = _joined(row.message, ended)
    row.resolved_at = timezone.now()
    with transaction.atomic():
        written = Activity.objects.filter(pk=row.pk, resolved_at=None).update(
            changes=row.changes, message=row.message, resolved_at=row.resolved_at
        )
        if written:
            activity_changed.send(Activity, activity=row, event="resolved")
    return bool(written)


def pending_deletion(changes: Iterable[Activity]) -> Activity | None:
    """A recent deletion without a known end, for a model that still exists. `changes` of it, newest first."""
    since = timezone.now() - SLOW_DELETION
    rows = (row for row in changes if row.action == Activity.Action.DELETE and row.created_at > since)
    return next((row for row in rows if row.outcome in UNKNOWNS), None)


def resolve_deletion(*, access: Access, model_id: str) -> None:
    """The API says that the model does not exist: a deletion whose answer was lost did happen.

    Only the newest deletion counts, and not one that may still be in progress. Never raises for a database that
    cannot be written.
    """
    _resolve_newest(
        access,
        model_id,
        Activity.Action.DELETE,
        lambda _row: True,
        "When the console checked later, the model no longer existed.",
    )


def resolve_sharing(*, model: Model, changes: Iterable[Activity]) -> None:
    """A share or unshare whose answer was lost did happen if the model is as it wanted. `changes` of it, newest first.

    Only the newest one counts. What the model doesn't show stays unknown: a slow service may still carry it out. Never
    raises for a database that cannot be written.
    """
    if model.is_shared is None:
        return
    wanted = Activity.Action.SHARE if model.is_shared else Activity.Action.UNSHARE
    found = "shared" if model.is_shared else "no longer shared"
    rows = (row for row in changes if row.action in (Activity.Action.SHARE, Activity.Action.UNSHARE))
    newest = next(rows, None)
    if newest is not None and newest.action == wanted:
        _resolve(newest, f"When the console checked later, the model was {found}.")


def resolve_versions(*, access: Access, model_id: str, versions: VersionList) -> None:
    """The same for creating a version, and for making one the latest."""
    _resolve_newest(
        access,
        model_id,
        Activity.Action.VERSION,
        lambda row: versions.find(version_of(row)) is not None,
        "When the console checked later, the version existed.",
    )
    _resolve_newest(
        access,
        model_id,
        Activity.Action.PROMOTE,
        lambda row: versions.latest is not None and versions.latest == version_of(row),
        "When the console checked later, it was the latest version.",
    )


def resolve_cancelled(*, access: Access, uploads: Iterable[Upload]) -> None:
    """The same for cancelled uploads that the list still has. One query unless there is something to write."""
    ended = {item.id: item.status for item in uploads if item.ended and status_key(item.status) != COMPLETED}
    try:
        rows = Activity.objects.filter(
            project=access.project, action=Activity.Action.CANCEL_UPLOAD, outcome__in=UNKNOWNS
        ).filter(model_id__in=ended)
        for row in rows:
            _resolve(row, f"When the console checked later, its status was {ended[row.model_id]}.")
    except Error:
        return


def _resolve_newest(
    access: Access, model_id: str, action: str, happened: Callable[[Activity], bool], message: str
) -> None:
    """Resolve the newest change with this action, if it is known to have taken effect."""
    try:
        row = history(project=access.project, model_id=model_id).filter(action=action).first()
    except Error:
        return
    if row is not None and happened(row):
        _resolve(row, message)


def _resolve(row: Activity, message: str) -> None:
    """Mark a change that took effect as done, if its result is unknown and nobody may still be completing it."""
    if row.outcome in UNKNOWNS and not _in_progress(row):
        with suppress(Error):
            _mark_done(row, message)


def _in_progress(row: Activity) -> bool:
    """Whether the request that wrote it may not have ended yet."""
    return row.outcome == Activity.Outcome.INTENT and timezone.now() - row.created_at < DEAD_AFTER


def _mark_done(row: Activity, message: str) -> None:
    """Mark the row as done, unless someone else has changed its outcome since it was read."""
    with transaction.atomic():
        written = Activity.objects.filter(pk=row.pk, outcome=row.outcome, resolved_at=None).update(
            outcome=Activity.Outcome.DONE,
            finished_at=timezone.now(),
            message=_joined(row.message, message),
        )
        if written:
            row.refresh_from_db()
            activity_changed.send(Activity, activity=row, event="resolved")


def _joined(first: str, second: str) -> str:
    """Two sentences in one line; the API's own messages often lack the full stop."""
    first = first.strip()
    stop = "" if not first or first[-1] in ".!?…" else "."
    return text_storable(f"{first}{stop} {second}".strip(), limit=4000)
