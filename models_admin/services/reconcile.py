"""What a revalidation changed, found when its end is first seen and recorded once.

There is no webhook and this console has no background worker: whoever reads the model next, by a poll or
by opening its page, settles it. The row's snapshot is the model before; edits made here since then move
that baseline, so that they are not taken for the revalidation's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import Error
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.formatting.storable import json_storable, text_storable
from models_admin.models import Activity
from models_admin.services.activity import UNKNOWNS, LastSet, is_touched, ledger
from models_admin.services.audit import change
from models_admin.xerotier.fields import BY_NAME, FIELDS
from models_admin.xerotier.schemas import Model

VALIDATING = "validating"
COMPARED = (*(item.name for item in FIELDS), "format", "size_bytes")

# Validation is queued: for this long, a model that looks untouched may not have begun to validate.
BEGINS_WITHIN = timedelta(seconds=4)
# An intent younger than this may still be under way in another thread or process.
IN_FLIGHT = timedelta(seconds=60)
# A lost answer is taken to have started a validation that is seen within this time.
BELONGS_WITHIN = timedelta(minutes=10)


def revalidation_latest(*, access: Access, model_id: str) -> Activity | None:
    """The newest revalidation of the model that was or may have been sent."""
    if not is_touched(project=access.project, model_id=model_id):
        return None
    rows = Activity.objects.filter(
        project=access.project, model_id=model_id, action=Activity.Action.REVALIDATE
    ).exclude(outcome__in=[Activity.Outcome.REFUSED, Activity.Outcome.NOT_SENT])
    return rows.order_by("-id").first()


def revalidation_settle(*, access: Access, model: Model, row: Activity | None = None) -> Activity | None:
    """Record the end of the newest revalidation (`row`, where it is known already), if this reading shows it.

    Return the row where this call settled it, None where there was nothing to settle. Safe to call on
    every reading of a model, by anybody, at the same time: one caller writes. Never raises for a
    database that cannot be written; the next reading tries again.
    """
    row = row or revalidation_latest(access=access, model_id=model.id)
    if row is None or row.settled_at is not None or not _tells(model):
        return None
    age = timezone.now() - row.created_at
    if row.outcome == Activity.Outcome.INTENT and age < IN_FLIGHT:
        return None
    try:
        if model.status == VALIDATING:
            _confirm(row, age)
            return None
        changes = changes_found(row=row, model=model)
        if age < BEGINS_WITHIN and not changes and model.status == row.snapshot.get("status"):
            return None
        return row if _write(row, model, changes) else None
    except Error:
        return None


def changes_found(*, row: Activity, model: Model) -> list[dict[str, Any]]:
    """Each fact that differs from before the revalidation, as entries of `Activity.changes`.

    An entry whose old value was set here also has `set_by`, `set_at` (ISO 8601) and `set_number`.
    A fact that is not reported now is left out: nothing is known of it.
    """
    book = ledger(project=row.project, model_id=row.model_id)
    found = []
    for name in COMPARED:
        if name not in model.reported:
            continue
        last = book.get(name)
        known, before = _before(row, name, last)
        after = getattr(model, name)
        if not known or before == json_storable(after):
            continue
        found.append(change(field=name, before=before, after=after, **_set_here(last, before)))
    return found


def _tells(model: Model) -> bool:
    """Whether the reading is complete enough to compare: a status sent as text, and at least one editable field."""
    return isinstance(model.sent.get("status"), str) and any(name in model.sent for name in BY_NAME)


def _before(row: Activity, name: str, last: LastSet | None) -> tuple[bool, Any]:
    """Whether the value before is known, and the value: a later edit's, or else the snapshot's."""
    if last is not None and last.number > row.pk:
        return True, last.value
    return name in row.snapshot, row.snapshot.get(name)


def _set_here(last: LastSet | None, before: Any) -> Mapping[str, Any]:
    if last is None or last.value is None or last.value != before:
        return {}
    return {"set_by": last.who, "set_at": last.at.isoformat(), "set_number": last.number}


def _confirm(row: Activity, age: timedelta) -> None:
    """A revalidation whose answer was lost, and a model that validates: it was started after all."""
    if row.outcome == Activity.Outcome.DONE or age > BELONGS_WITHIN:
        return
    message = _joined(row.message, "Seen validating later: it was started.")
    Activity.objects.filter(pk=row.pk, outcome=row.outcome, settled_at=None).update(
        outcome=Activity.Outcome.DONE, finished_at=timezone.now(), message=message
    )


def _joined(said: str, more: str) -> str:
    """Two sentences in one line; the API's own words often lack the full stop."""
    said = said.strip()
    return f"{said}{'' if not said or said[-1] in '.!?…' else '.'} {more}".strip()


def _write(row: Activity, model: Model, changes: list[dict[str, Any]]) -> bool:
    """Write the end once: the row that is already settled stays as it is."""
    ended = f"Validation ended with the status {model.status or 'not reported'}."
    if row.outcome != Activity.Outcome.DONE:
        ended = f"Whether it was started is not known. Later the status was {model.status or 'not reported'}."
    row.changes = json_storable(changes)
    row.message = text_storable(_joined(row.message, ended), limit=4000)
    row.settled_at = timezone.now()
    written = Activity.objects.filter(pk=row.pk, settled_at=None).update(
        changes=row.changes, message=row.message, settled_at=row.settled_at
    )
    return bool(written)


def deletion_settle(*, access: Access, model_id: str) -> None:
    """The API says that the model does not exist: a deletion whose answer was lost did happen.

    Called where a reading finds the model gone. Only the newest deletion counts, and not one that may
    still be under way. Never raises for a database that cannot be written.
    """
    try:
        rows = Activity.objects.filter(
            project=access.project, model_id=model_id, action=Activity.Action.DELETE
        )
        row = rows.order_by("-id").first()
        if row is None or row.outcome not in UNKNOWNS:
            return
        if row.outcome == Activity.Outcome.INTENT and timezone.now() - row.created_at < IN_FLIGHT:
            return
        Activity.objects.filter(pk=row.pk, outcome=row.outcome).update(
            outcome=Activity.Outcome.DONE,
            finished_at=timezone.now(),
            message=text_storable(_joined(row.message, "Read later, the model was gone."), limit=4000),
        )
    except Error:
        return
