"""Upload sessions: listing them, reading one, and cancelling one by a POST that is never repeated.

Their list alone decides whether the API has upload sessions, since a 404 for one session may be about that session.
In the activity, the ID and file name of a session are in the place of a model's ID and name.
"""

from dataclasses import dataclass

from models_admin.access.connections import Access
from models_admin.models import Activity
from models_admin.services.audit import Sent, change, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.publishing import (
    LOST,
    PostResult,
    State,
    available_require,
    optional_reading,
    outcome_of,
    state_of,
)
from models_admin.services.reconcile import resolve_cancelled
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.schemas import status_key
from models_admin.xerotier.uploads import COMPLETED, OPEN, STATUSES, Upload, UploadList

PURPOSE = "cancel_upload"


@dataclass(frozen=True, slots=True)
class CancelPlan:
    """A session that may be cancelled. `token` is for the form."""

    project: str
    upload: Upload
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelResult(PostResult):
    """done: the session has ended, or the API doesn't have it any more. `plan` is for a new form."""

    label: str
    plan: CancelPlan | None = None


class UploadEnded(Exception):
    """The session has ended by itself, so there is nothing to cancel. Nothing was sent."""

    def __init__(self, upload: Upload) -> None:
        super().__init__("the upload has ended")
        self.upload = upload


class UploadGone(Exception):
    """The API has no such session. Nothing was sent."""


def uploads_list(*, access: Access, status: str = "") -> UploadList:
    """The project's upload sessions, all or those with one status. One call. Raises NotAllowed, NotAvailable, ApiError.

    A status that the list can't be filtered by is looked for in the whole list.
    """
    access.require("read")
    wanted = status_key(status)
    asked = wanted if wanted in STATUSES else ""
    found = optional_reading(
        access=access,
        route="uploads",
        call=lambda: client().list_uploads(project=access.project, key=access.key, status=asked),
    )
    resolve_cancelled(access=access, uploads=found.uploads)
    uploads = tuple(item for item in found.uploads if not wanted or status_key(item.status) == wanted)
    return UploadList(uploads, found.complete)


def upload_read(*, access: Access, upload_id: str) -> Upload:
    """Raises NotAllowed, NotAvailable, UploadGone, ApiError."""
    access.require("read")
    available_require(access=access, route="uploads")
    upload = _fetch(access, upload_id)
    resolve_cancelled(access=access, uploads=[upload])
    return upload


def cancel_plan(*, access: Access, upload_id: str) -> CancelPlan:
    """Raises NotAllowed, NotAvailable, UploadEnded, UploadGone, ApiError."""
    access.require("delete")
    available_require(access=access, route="uploads")
    return _plan(access, _open(access, upload_id))


def upload_cancel(*, access: Access, upload_id: str, token: str) -> CancelResult:
    """Cancel the session once, unless it has ended.

    Raises NotAllowed, TokenStale, AlreadyUsed, NotAvailable, UploadEnded, UploadGone, CannotRecord; an ApiError where
    the session could not be read first. In all these cases nothing was sent.
    """
    read = write_check(access=access, act="delete", model_id=upload_id, purpose=PURPOSE, token=token)
    available_require(access=access, route="uploads")
    upload = _open(access, upload_id)
    sent = send_recorded(
        access=access,
        action=Activity.Action.CANCEL_UPLOAD,
        model_id=upload.id,
        model_name=upload.filename,
        token=read,
        call=lambda: client().cancel_upload(project=access.project, key=access.key, upload_id=upload.id),
        changes=[change(field="upload_status", before=upload.status, after="cancelled")],
    )
    return _result(access, upload, sent)


def _result(access: Access, upload: Upload, sent: Sent[str | None]) -> CancelResult:
    """Read again after the POST, which is not repeated, and record the result."""
    state, note = state_of(sent.error), ""
    if state in ("done", "unknown") or _is_gone(sent.error):
        state, note = _seen(access, upload, state, sent.error)
    recorded = sent.finish(outcome=outcome_of(state), message=note, api_request_id=sent.answer)
    plan = _plan(access, upload) if state in ("refused", "not_sent") else None
    return CancelResult(
        state=state, label=upload.label, note=note, error=sent.error, plan=plan, recorded=recorded
    )


def _seen(access: Access, upload: Upload, state: State, error: ApiError | None) -> tuple[State, str]:
    """The state that another reading shows, and a sentence about it if it is not simply done."""
    first = LOST if error else "The API accepted the request."
    try:
        again = _fetch(access, upload.id)
    except UploadGone:
        if state == "refused":
            return "gone", ""
        return "done", f"{LOST} When the console checked, the API no longer had the upload." if error else ""
    except ApiError:
        return state, f"{first} The console couldn't read the upload again."
    if state == "refused":
        return state, ""
    shown = f"{first} When the console checked, its status was {again.status or 'not reported'}."
    status = status_key(again.status)
    if again.ended and status != COMPLETED:
        return "done", shown if error else ""
    contradicts = status in (COMPLETED, *OPEN, status_key(upload.status)) and status != ""
    return ("unknown" if error or contradicts else "done"), shown


def _open(access: Access, upload_id: str) -> Upload:
    upload = _fetch(access, upload_id)
    if upload.ended:
        raise UploadEnded(upload)
    return upload


def _fetch(access: Access, upload_id: str) -> Upload:
    try:
        return client().get_upload(project=access.project, key=access.key, upload_id=upload_id)
    except NotFound as error:
        if _is_gone(error):
            raise UploadGone from error
        raise


def _is_gone(error: ApiError | None) -> bool:
    """Whether the API itself says so, and not a proxy. Not every server sends a code with it."""
    return (
        isinstance(error, NotFound)
        and error.is_json
        and error.code in (None, "", "not_found", "upload_not_found")
    )


def _plan(access: Access, upload: Upload) -> CancelPlan:
    token = access.form_token(upload.id, PURPOSE, seen=upload.status)
    return CancelPlan(access.project, upload, token)
