"""A form that counts once, by the row that is written before its change is sent and completed afterwards.

    token unused? -> begin (own transaction, UNIQUE token) -> the call -> finish
                                                           -> never sent: finish(NOT_SENT), or drop

No row, no call. A process that dies in between leaves the row as it was begun, which reads as "unknown".
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.tokens import Token, token_read
from models_admin.formatting.storable import json_storable, text_storable
from models_admin.models import Activity
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.schemas import Model

logger = logging.getLogger(__name__)

OUTCOMES = {
    Outcome.NOT_SENT: Activity.Outcome.NOT_SENT,
    Outcome.REFUSED: Activity.Outcome.REFUSED,
    Outcome.UNKNOWN: Activity.Outcome.UNKNOWN,
}


class AlreadyUsed(Exception):
    """The form's one-time token was used before: `activity` is what came of it. Nothing was sent now."""

    def __init__(self, activity: Activity) -> None:
        super().__init__(f"the form was already sent: activity {activity.pk}")
        self.activity = activity


class CannotRecord(Exception):
    """The activity cannot be written (database locked, gone or full), so nothing was sent."""

    message = "The change was not sent, because it could not be written to the activity first."


def token_check(*, access: Access, token: str, model_id: str, purpose: str) -> Token:
    """Read a form's one-time token, and raise AlreadyUsed before anything is asked of the API.

    The unique row that `change_begin` writes is what really makes a form count once; this only
    spares a second submit the calls, and gives it the outcome of the first.
    Raises TokenStale where the token was not made for this person, project, model and purpose.
    """
    read = token_read(token, user=access.user, project=access.project, model_id=model_id, purpose=purpose)
    earlier = Activity.objects.filter(token=read.nonce).first()
    if earlier is not None:
        raise AlreadyUsed(earlier)
    return read


def change(*, field: str, before: Any, after: Any, before_known: bool = True, **more: Any) -> dict[str, Any]:
    """One entry of `Activity.changes`. `before_known` is False where nobody could read the old value."""
    return {"field": field, "before": before, "after": after, "before_known": before_known, **more}


def snapshot_of(model: Model) -> dict[str, Any]:
    """What the API reported of a model, as JSON: kept with a deletion, dates as ISO 8601."""
    known = {
        item.name: model.current(item.name)
        for item in dataclasses.fields(model)
        if item.name not in ("other", "sent", "request_id")
    }
    plain = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in known.items()
        if value is not None or name in model.reported
    }
    return {**plain, "other": dict(model.other)} if model.other else plain


def change_begin(
    *,
    access: Access,
    action: str,
    model_id: str,
    model_name: str | None,
    token: str,
    field: str = "",
    changes: Sequence[Mapping[str, Any]] = (),
    snapshot: Mapping[str, Any] | None = None,
    undoes: Activity | None = None,
) -> Activity:
    """Write the intent, in its own transaction, and return its row.

    `token` is the nonce of the form's one-time token (`token_check(...).nonce`).
    Raises AlreadyUsed where a row with this token exists, CannotRecord where no row can be written;
    in both cases the caller must not send anything.
    """
    row = Activity(
        user=access.user,
        username=access.user.get_username(),
        project=access.project,
        model_id=model_id,
        model_name=text_storable(model_name, limit=500),
        action=action,
        field=field,
        changes=json_storable(list(changes)),
        snapshot=json_storable(snapshot or {}),
        request_id=text_storable(access.request_id, limit=64),
        token=token,
        undoes=undoes,
    )
    _intent_write(row)
    return row


def _intent_write(row: Activity) -> None:
    try:
        with transaction.atomic(durable=True):
            _line_up(row.project, row.model_id)
            row.save(force_insert=True)
    except IntegrityError as exc:
        raise _used_or_broken(row.token) from exc
    except Error as exc:
        logger.error("an intent could not be written", exc_info=exc)
        raise CannotRecord(CannotRecord.message) from exc


def _line_up(project: str, model_id: str) -> None:
    """Let intents for one model be written one after the other, so that a lower id was committed first.

    SQLite has one writer anyway. PostgreSQL hands out ids before commit, so the order needs a lock;
    it ends with the transaction.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{project}/{model_id}"])


def _used_or_broken(token: str) -> AlreadyUsed | CannotRecord:
    try:
        earlier = Activity.objects.filter(token=token).first()
    except Error:
        earlier = None
    return AlreadyUsed(earlier) if earlier else CannotRecord(CannotRecord.message)


def change_finish(
    *,
    activity: Activity,
    outcome: str,
    changes: Sequence[Mapping[str, Any]] | None = None,
    message: str = "",
    error: ApiError | None = None,
    api_request_id: str | None = None,
) -> bool:
    """Complete the row with what is known now. Return whether that could be written.

    `outcome` is an Activity.Outcome (`OUTCOMES` maps an ApiError's). `message` stands before the API's
    own words from `error`, which also gives status, code and request id. A row that cannot be
    completed stays an intent, which reads as "unknown": the call was made, so this never raises.
    """
    words = [part for part in (message, error.message if error else "") if part]
    activity.outcome = outcome
    activity.finished_at = timezone.now()
    activity.message = text_storable(" ".join(words), limit=4000)
    if changes is not None:
        activity.changes = json_storable(list(changes))
    if error is not None:
        activity.status = error.status
        activity.code = text_storable(error.code, limit=100)
    api_request_id = api_request_id or (error.request_id if error else None)
    activity.api_request_id = text_storable(api_request_id, limit=200)
    names = ["outcome", "finished_at", "message", "changes", "status", "code", "api_request_id"]
    try:
        activity.save(update_fields=names)
    except Error as exc:
        logger.error("the outcome of activity %s could not be written", activity.pk, exc_info=exc)
        return False
    return True


def change_drop(*, activity: Activity) -> None:
    """Remove a row whose call was certainly never sent. A row that cannot be removed reads as unknown."""
    try:
        activity.delete()
    except Error as exc:
        logger.error("activity %s could not be dropped", activity.pk, exc_info=exc)
