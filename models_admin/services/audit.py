"""The one path of every write: permission, form token, a recorded intent, the call, its recorded outcome.

    write_check      permission, token and protection, before the API is called
    send_recorded    protection again, and the intent row (one transaction, UNIQUE token) -> the call
    Sent.finish      the outcome, once it is known
    change_record    a change to the console's own tables, such as a protection, which makes no call

Without a row there is no call. If the process dies in between, the row stays an intent, which reads as "unknown".
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import Error, IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.access.permissions import Act
from models_admin.access.tokens import Token, token_read
from models_admin.formatting.storable import changes_storable, json_storable, text_storable
from models_admin.models import Activity, JobItem
from models_admin.services.locks import transaction_lock
from models_admin.services.protection import protection_require
from models_admin.xerotier.errors import ApiError

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# Sent in the transaction that writes a row, for the audit stream: `activity` and `event`, which is begun, finished,
# resolved or dropped. A receiver that fails undoes the write.
activity_changed = Signal()
activity_pruned = Signal()  # `count` rows from before a moment, `before`, were deleted


class AlreadyUsed(Exception):
    """The form's one-time token was used before: `activity` is its result. Nothing was sent now."""

    def __init__(self, activity: Activity) -> None:
        super().__init__(f"the form was already sent: activity {activity.pk}")
        self.activity = activity


class CannotRecord(Exception):
    """The activity can't be written (database locked, unreachable or full), so nothing was sent."""

    message = "The change was not sent, because it could not be recorded in the activity first."


class Overtaken(Exception):
    """Another change (`other`) came first. The intent was dropped and nothing was sent."""

    def __init__(self, other: Activity) -> None:
        super().__init__(f"activity {other.pk} came first")
        self.other = other


@dataclass(frozen=True, slots=True)
class Sent(Generic[Answer]):
    """A call that was made: its row, and either the API's answer or its error."""

    activity: Activity
    answer: Answer | None = None
    error: ApiError | None = None

    def finish(
        self,
        *,
        outcome: str = "",
        changes: Sequence[Mapping[str, Any]] | None = None,
        message: str = "",
        api_request_id: str | None = None,
    ) -> bool:
        """Record the outcome, by default the one that the error implies. Return whether that worked."""
        implied = self.error.outcome.value if self.error else Activity.Outcome.DONE
        return change_finish(
            activity=self.activity,
            outcome=outcome or implied,
            changes=changes,
            message=message,
            error=self.error,
            api_request_id=api_request_id or getattr(self.answer, "request_id", None),
        )


def write_check(*, access: Access, act: Act, model_id: str, purpose: str, token: str) -> Token:
    """Check permission, token and protection. Raises NotAllowed, TokenStale, AlreadyUsed, Protected."""
    access.require(act)
    read = token_check(access=access, token=token, model_id=model_id, purpose=purpose)
    protection_require(project=access.project, model_id=model_id)
    return read


def send_recorded(
    *,
    access: Access,
    action: str,
    model_id: str,
    model_name: str | None,
    token: Token,
    call: Callable[[], Answer],
    field: str = "",
    changes: Sequence[Mapping[str, Any]] = (),
    snapshot: Mapping[str, Any] | None = None,
    undoes: Activity | None = None,
    overtaken_by: Callable[[Activity], Activity | None] = lambda row: None,
    claim: Callable[[], None] = lambda: None,
) -> Sent[Answer]:
    """Record the intent, then make the call once. An ApiError of the call is in the result, never raised.

    `overtaken_by` gets the new row and returns the change that came first, if any. `claim` runs in the transaction that
    writes the row. Raises AlreadyUsed, CannotRecord, Protected, Overtaken and what `claim` raises: nothing was sent.
    """
    row = change_begin(
        access=access,
        action=action,
        model_id=model_id,
        model_name=model_name,
        token=token.nonce,
        field=field,
        changes=changes,
        snapshot=snapshot,
        undoes=undoes,
        claim=claim,
    )
    other = overtaken_by(row)
    if other is not None:
        change_drop(activity=row)
        raise Overtaken(other)
    try:
        return Sent(row, answer=call())
    except ApiError as error:
        return Sent(row, error=error)


def token_check(*, access: Access, token: str, model_id: str, purpose: str) -> Token:
    """Read a form's one-time token. Raises AlreadyUsed if the form was sent before.

    What guarantees that a form is sent only once is the unique token of the row that `change_begin` writes. This check
    saves a second submit the calls to the API, and shows it the result of the first.
    Raises TokenStale if the token was not issued for this person, project, model and purpose.
    """
    read = token_read(token, user=access.user, project=access.project, model_id=model_id, purpose=purpose)
    earlier = Activity.objects.filter(token=read.nonce).first()
    if earlier is not None:
        raise AlreadyUsed(earlier)
    return read


def change(*, field: str, before: Any, after: Any, before_known: bool = True, **more: Any) -> dict[str, Any]:
    """One entry of `Activity.changes`. `before_known` is False if the old value could not be read."""
    return {"field": field, "before": before, "after": after, "before_known": before_known, **more}


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
    claim: Callable[[], None] = lambda: None,
) -> Activity:
    """Write the intent, in its own transaction, and return its row.

    `token` is the nonce of the form's one-time token (`token_check(...).nonce`).
    Raises AlreadyUsed if a row with this token exists, Protected if the model is protected by now, and CannotRecord if
    no row can be written. In all cases the caller must not send anything.
    """
    row = _row_new(access, action, model_id, model_name, token, field=field, undoes=undoes)
    row.changes, row.snapshot = changes_storable(changes), json_storable(snapshot or {})
    row.job_id = JobItem.job_of_nonce(token)

    def allowed() -> None:
        protection_require(project=row.project, model_id=row.model_id)
        claim()

    _row_write(row, "begun", allowed)
    return row


def change_record(
    *,
    access: Access,
    action: str,
    model_id: str,
    model_name: str | None,
    token: str,
    changes: Sequence[Mapping[str, Any]],
    carry_out: Callable[[], None],
) -> Activity:
    """Make a change to the console's own tables, and record it in the same transaction. Return its row.

    `carry_out` makes the change, with the model locked against other changes. What it raises undoes both. Raises
    AlreadyUsed and CannotRecord too.
    """
    done: dict[str, Any] = {"outcome": Activity.Outcome.DONE, "finished_at": timezone.now()}
    row = _row_new(access, action, model_id, model_name, token, changes=changes_storable(changes), **done)
    _row_write(row, "finished", carry_out)
    return row


def _row_new(
    access: Access, action: str, model_id: str, model_name: str | None, token: str, **more: Any
) -> Activity:
    """An unsaved row of this person and project. `token` is the nonce of a token."""
    return Activity(
        **access.author,
        model_id=model_id,
        model_name=text_storable(model_name, limit=500),
        action=action,
        request_id=text_storable(access.request_id, limit=64),
        token=token,
        **more,
    )


def _row_write(row: Activity, event: str, before: Callable[[], None]) -> None:
    """Write a new row. `before` runs first, in the same transaction, while nothing else is recorded for the model.

    Raises AlreadyUsed, CannotRecord, and what `before` raises.
    """
    try:
        with transaction.atomic(durable=True):
            transaction_lock(f"{row.project}/{row.model_id}")
            before()
            row.save(force_insert=True)
            activity_changed.send(Activity, activity=row, event=event)
    except IntegrityError as exc:
        raise _used_or_not_recorded(row.token) from exc
    except Error as exc:
        logger.error("an activity row could not be written", exc_info=exc)
        raise CannotRecord(CannotRecord.message) from exc


def _used_or_not_recorded(token: str) -> AlreadyUsed | CannotRecord:
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
    """Complete the row. Return whether that could be written.

    `outcome` is an Activity.Outcome. `message` comes before the API's own message from `error`, which also gives
    status, code and request ID. The call was made, so this never raises: a row that can't be completed stays an
    intent, which reads as "unknown".
    """
    words = [part for part in (message, error.message if error else "") if part]
    activity.outcome = outcome
    activity.finished_at = timezone.now()
    activity.message = text_storable(" ".join(words), limit=4000)
    if changes is not None:
        activity.changes = changes_storable(changes)
    if error is not None:
        activity.status = error.status
        activity.code = text_storable(error.code, limit=100)
    if api_request_id := api_request_id or (error.request_id if error else None):
        activity.api_request_id = text_storable(api_request_id, limit=200)
    names = ["outcome", "finished_at", "message", "changes", "status", "code", "api_request_id"]
    try:
        with transaction.atomic():
            activity.save(update_fields=names)
            activity_changed.send(Activity, activity=activity, event="finished")
    except Error as exc:
        logger.error("the outcome of activity %s could not be written", activity.pk, exc_info=exc)
        return False
    return True


def change_drop(*, activity: Activity) -> None:
    """Remove a row whose call was never made. A row that can't be removed reads as "unknown"."""
    try:
        with transaction.atomic():
            activity_changed.send(Activity, activity=activity, event="dropped")
            activity.delete()
    except Error as exc:
        logger.error("activity %s could not be dropped", activity.pk, exc_info=exc)
