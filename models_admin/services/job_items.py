"""One item of a job: carried out by the same services as a single edit, revalidation, deletion or undo.

The item's nonce is the token of its activity row, and that row is written before the call. So a row that is missing
means that nothing was sent, and an item whose process died is read before anything is sent again.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting.storable import text_storable
from models_admin.formatting.values import same
from models_admin.models import Activity, Job, JobItem
from models_admin.services.activity import DEAD_AFTER
from models_admin.services.approval import SecondPersonNeeded, approval_of
from models_admin.services.audit import AlreadyUsed, change_finish
from models_admin.services.deleting import PURPOSE as DELETE_PURPOSE
from models_admin.services.deleting import ModelDiffers, NameDiffers, model_delete
from models_admin.services.editing import Edit, EditRequest, Result, current_of, edit_purpose, edit_send
from models_admin.services.protection import Protected
from models_admin.services.reading import Reread, model_gone, model_reread
from models_admin.services.reconcile import VALIDATING
from models_admin.services.revalidating import PURPOSE as REVALIDATE_PURPOSE
from models_admin.services.revalidating import WrongStatus, model_revalidate
from models_admin.services.undoing import CannotUndo, activity_undo, undo_purpose
from models_admin.xerotier import errors
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.schemas import label_of, status_key

State = JobItem.State
MOST_TRIES = 20  # in vain; with growing pauses that is a quarter of an hour
FIRST_PAUSE, LAST_PAUSE = 5.0, 60.0  # seconds
PAUSE_UNKNOWN = 30.0  # seconds after a 429 that does not say how long
DENIED_ALWAYS = ("scope", "project", "ip")  # words in the code of a 403 that holds for every model
GONE = "The model no longer exists."


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of an item. `state` WAITING: nothing was carried out, and it may be tried again.

    `pause` is in seconds: nobody should go on with the job before. `hold` says why the job can't go on at all.
    """

    state: State
    message: str = ""
    activity: Activity | None = None
    error: ApiError | None = None
    pause: float = 0.0
    hold: str = ""


def calls_of(job: Job) -> int:
    """How many calls an item takes: a read and a write; a deletion also lists the endpoints."""
    return 3 if job.action == Job.Action.DELETE else 2


class StillSending(Exception):
    """Another process may be sending this very item: nobody knows yet what comes of it."""


def item_carry(*, access: Access, job: Job, item: JobItem) -> ItemResult:
    """Carry out a leased item. At most one call that changes anything is made, and it is never repeated.

    A model that was protected since the preview is skipped. Raises NotAllowed and CannotRecord (nothing was sent) and
    StillSending.
    """
    try:
        if job.action == Job.Action.REVALIDATE:
            return _revalidate(access, item)
        if job.action == Job.Action.DELETE:
            return _delete(access, job, item)
        return _of_edit(
            _undo(access, item) if job.action == Job.Action.UNDO else _edit(access, job, item), item
        )
    except AlreadyUsed as used:
        return of_activity(used.activity)
    except (CannotUndo, Protected) as refused:
        return ItemResult(State.SKIPPED, str(refused))
    except ApiError as error:  # the model could not be read, so nothing was sent
        return _of_error(error, item)


def item_find_out(*, access: Access, job: Job, item: JobItem) -> ItemResult:
    """What became of an item whose process died, from its activity row and the model. Sends no change.

    Raises StillSending if that process may not be dead.
    """
    row = item.activity or Activity.objects.filter(token=item.nonce).first()
    if row is None:
        return ItemResult(State.WAITING)  # without a row there was no call
    if row.outcome not in (Activity.Outcome.INTENT, Activity.Outcome.UNKNOWN):
        return of_activity(row)
    if row.outcome == Activity.Outcome.INTENT and timezone.now() - row.created_at < DEAD_AFTER:
        raise StillSending
    reading = model_reread(access=access, model_id=item.model_id)
    message = _happened(job, item, reading, row.created_at)
    if message:
        change_finish(activity=row, outcome=Activity.Outcome.DONE, message=message)
        return ItemResult(State.DONE, message, row)
    message = "We don't know whether the change was made. "
    message += (
        GONE if reading.gone else "The model couldn't be read." if reading.error else _not_seen(job, item)
    )
    if row.outcome == Activity.Outcome.INTENT:
        change_finish(activity=row, outcome=Activity.Outcome.UNKNOWN, message=message)
    return ItemResult(State.UNKNOWN, message, row, reading.error)


def of_activity(row: Activity) -> ItemResult:
    """The result that a row has recorded. Raises StillSending if there is none yet."""
    if row.outcome == Activity.Outcome.INTENT:
        raise StillSending
    states = {
        Activity.Outcome.DONE: State.DONE,
        Activity.Outcome.REFUSED: State.REFUSED,
        Activity.Outcome.NOT_SENT: State.WAITING,
        Activity.Outcome.UNKNOWN: State.UNKNOWN,
    }
    return ItemResult(states[Activity.Outcome(row.outcome)], row.message, row)


def _token(access: Access, item: JobItem, purpose: str, seen: str = "") -> str:
    return access.form_token(item.model_id, purpose, seen=seen, nonce=item.nonce)


def _edit(access: Access, job: Job, item: JobItem) -> Edit:
    field = BY_NAME[item.field or job.field]
    purpose = edit_purpose(field.name)
    request = EditRequest(access.project, item.model_id, field, item.after, item.base)
    return edit_send(access=access, request=request, purpose=purpose, token=_token(access, item, purpose))


def _undo(access: Access, item: JobItem) -> Edit:
    if item.undoes is None:
        raise CannotUndo("The activity no longer has a record of this change.")
    token = _token(access, item, undo_purpose(item.undoes))
    return activity_undo(access=access, row=item.undoes, token=token)


def _of_edit(edit: Edit, item: JobItem) -> ItemResult:
    if edit.result is Result.REPLAYED and edit.activity:
        return of_activity(edit.activity)
    if edit.result is Result.CONFLICT:
        by = f" by {edit.changed_by}" if edit.changed_by else ""
        return ItemResult(
            State.CONFLICT, edit.message or f"The value has been changed{by} since the preview."
        )
    if edit.result is Result.UNKNOWN:
        return ItemResult(State.UNKNOWN, edit.message, edit.activity, edit.error)
    if edit.error is not None:
        return _of_error(edit.error, item, edit.activity)
    if edit.result is Result.SAVED:
        return ItemResult(State.DONE, edit.message, edit.activity)
    already = "Someone else has set the same value." if edit.result is Result.ALREADY else ""
    return ItemResult(State.UNCHANGED, already)


def _revalidate(access: Access, item: JobItem) -> ItemResult:
    token = _token(access, item, REVALIDATE_PURPOSE)
    try:
        done = model_revalidate(access=access, model_id=item.model_id, token=token)
    except WrongStatus as wrong:
        return ItemResult(State.SKIPPED, str(wrong))
    return _of_state(done.state, done.error, item)


def _delete(access: Access, job: Job, item: JobItem) -> ItemResult:
    """The person typed the sentence for all of them; each must still be as the preview showed it."""
    name = item.model_name or None
    token = _token(access, item, DELETE_PURPOSE, json.dumps([name, item.status or None, item.before]))
    typed = label_of(name, model_id=item.model_id)
    try:
        done = model_delete(
            access=access,
            model_id=item.model_id,
            confirm_name=typed,
            confirm_endpoints=True,
            token=token,
            approval=approval_of(job),
        )
    except SecondPersonNeeded as needed:  # switched on since the job was started
        return ItemResult(State.WAITING, hold=str(needed))
    except (ModelDiffers, NameDiffers):
        return ItemResult(
            State.CONFLICT,
            "Its name, status or endpoints have changed since the preview. It was not deleted.",
        )
    return _of_state(done.state, done.error, item)


def _of_state(state: str, error: ApiError | None, item: JobItem) -> ItemResult:
    """Of a revalidation or a deletion, whose activity row has the API's words."""
    row = Activity.objects.filter(token=item.nonce).first()
    message = row.message if row else ""
    if state in ("started", "deleted"):
        return ItemResult(State.DONE, message, row)
    if state == "accepted":
        return ItemResult(State.UNKNOWN, "The API accepted the deletion and has not finished it.", row, error)
    if state == "gone":
        return ItemResult(State.SKIPPED, GONE, row, error)
    if state in ("refused", "not_sent") and error is not None:
        return _of_error(error, item, row)
    return ItemResult(State.UNKNOWN, message, row, error)


def _of_error(error: ApiError, item: JobItem, row: Activity | None = None) -> ItemResult:
    """Nothing was carried out: the API refused, or nothing reached it, or the model could not even be read."""
    words = explain(error)
    if isinstance(error, errors.NotFound) and model_gone(error):
        return ItemResult(State.SKIPPED, GONE, row, error)
    if isinstance(error, errors.RateLimited) and error.code != "quota_exceeded":
        pause = PAUSE_UNKNOWN if error.retry_after is None else max(1.0, error.retry_after)
        return ItemResult(State.WAITING, "", row, error, pause=pause)
    if _holds_for_all(error):
        return ItemResult(
            State.WAITING, "", row, error, hold=f"{words.title}. {words.detail} {words.next_step}"
        )
    if isinstance(error, errors.Refused | errors.InvalidRequest):
        return ItemResult(State.REFUSED, f"{words.title}. {words.detail}", row, error)
    if item.tries >= MOST_TRIES:
        return ItemResult(State.REFUSED, f"Nothing was sent. {words.title}. {words.detail}", row, error)
    pause = min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(item.tries, 10))
    return ItemResult(State.WAITING, "", row, error, pause=max(pause, error.retry_after or 0.0))


def _holds_for_all(error: ApiError) -> bool:
    """Whether every other model would be refused in the same way: then the job waits for a person."""
    if error.code == "quota_exceeded" or isinstance(error, errors.KeyRefused | errors.ProxyRefused):
        return True
    if isinstance(error, errors.NotFound):  # of the project, or from a proxy: the model's own was handled
        return True
    code = (error.code or "").casefold().split("_")
    return isinstance(error, errors.Denied) and any(word in code for word in DENIED_ALWAYS)


def _happened(job: Job, item: JobItem, reading: Reread, sent_at: datetime) -> str:
    """A sentence if the model shows that the change was made, else ""."""
    if job.action == Job.Action.DELETE:
        return "The console has checked: the model no longer exists." if reading.gone else ""
    if reading.model is None:
        return ""
    if job.action == Job.Action.REVALIDATE:
        recent = timezone.now() - sent_at < timedelta(minutes=10)
        started = recent and status_key(reading.model.status) == VALIDATING
        return "The console has checked: the model is being validated." if started else ""
    now = current_of(reading.model, BY_NAME[item.field or job.field], {})
    saved = now.certain and same(now.value, item.after)
    return "The console has checked: the value is saved." if saved else ""


def _not_seen(job: Job, item: JobItem) -> str:
    if job.action not in (Job.Action.REVALIDATE, Job.Action.DELETE):
        reads = BY_NAME[item.field or job.field].readable
        return "The model doesn't have the new value." if reads else "The API does not return this field."
    return "The model's status doesn't show it."


def result_message(result: ItemResult) -> str:
    """The item's message, storable: the console's words, or else those of the API."""
    text = result.message or (result.error.message if result.error else "")
    return text_storable(text, limit=2000)


def request_id_of(result: ItemResult) -> str:
    """The API's request ID of the newest call of an item, "" if it has none."""
    found = result.activity.api_request_id if result.activity else ""
    return text_storable(found or (result.error.request_id if result.error else "") or "", limit=200)
