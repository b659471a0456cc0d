"""Revalidating a model: one POST, never repeated, from `ready` or `error` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.services.audit import OUTCOMES, change_begin, change_finish, snapshot_of, token_check
from models_admin.services.client import client
from models_admin.services.reading import model_fetch, model_gone, model_look_again
from models_admin.services.reconcile import VALIDATING, revalidation_settle
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.schemas import Model

PURPOSE = "revalidate"
ALLOWED = ("ready", "error")  # "Revalidate Model": the model must be in ready or error status
LOOKED_AT = 3  # models read one by one after a reading of the list
State = Literal["started", "gone", "unknown", "refused", "not_sent"]


@dataclass(frozen=True, slots=True)
class Revalidated:
    """What became of it.

    started: the API said so, or the model was then seen validating. unknown: no answer came, and the
    model does not show it. gone: there is no such model. refused, not_sent: nothing was started.
    `model` is the newest reading, None where there is none. `recorded` is False where the outcome could not
    be written: the activity then says unknown.
    """

    state: State
    label: str
    activity: Activity
    model: Model | None = None
    error: ApiError | None = None
    recorded: bool = True


class WrongStatus(Exception):
    """The model's status does not allow it. Nothing was sent. The text is the reason, for a person."""

    def __init__(self, reason: str, model: Model) -> None:
        super().__init__(reason)
        self.model = model


def revalidation_reason(*, status: str | None) -> str:
    """Why a model of this status cannot be revalidated, in one sentence; empty where it can."""
    if status in ALLOWED:
        return ""
    if status == VALIDATING:
        return "The model is being validated now."
    if status is None:
        return "The API does not report the model's status; it must be ready or in error."
    return f"Only a model that is ready or in error can be revalidated; this one is “{visible(status)}”."


def model_revalidate(*, access: Access, model_id: str, token: str) -> Revalidated:
    """Start a validation once, if the model's status allows it.

    Raises NotAllowed, TokenStale, AlreadyUsed, WrongStatus, CannotRecord; an ApiError where the model
    could not be read first. In all these cases nothing was sent.
    """
    permission_require(user=access.user, act="edit")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PURPOSE)
    model = model_fetch(access=access, model_id=model_id)
    revalidation_settle(access=access, model=model)
    reason = revalidation_reason(status=model.status)
    if reason:
        raise WrongStatus(reason, model)
    activity = change_begin(
        access=access,
        action=Activity.Action.REVALIDATE,
        model_id=model_id,
        model_name=model.name,
        token=read.nonce,
        snapshot=snapshot_of(model),
    )
    return _send(access, model, activity)


def revalidations_settle(*, access: Access, models: Sequence[Model]) -> None:
    """Settle those of the models just seen in a list whose validation was started here and has ended.

    A list does not carry every fact, so each is read by itself: at most LOOKED_AT of them, and the rest
    when they are next read. A reading that fails changes nothing.
    """
    ids = [model.id for model in models if model.status != VALIDATING]
    waiting = Activity.objects.filter(
        project=access.project,
        model_id__in=ids,
        action=Activity.Action.REVALIDATE,
        outcome=Activity.Outcome.DONE,
        settled_at=None,
    )
    for model_id in list(dict.fromkeys(waiting.values_list("model_id", flat=True)))[:LOOKED_AT]:
        try:
            model = model_fetch(access=access, model_id=model_id)
        except ApiError:
            continue
        revalidation_settle(access=access, model=model)


def _send(access: Access, model: Model, activity: Activity) -> Revalidated:
    try:
        answer = client().revalidate_model(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        return _failed(access, model, activity, error)
    recorded = change_finish(
        activity=activity,
        outcome=Activity.Outcome.DONE,
        message=answer.message or "",
        api_request_id=answer.request_id,
    )
    return Revalidated(state="started", label=model.label, activity=activity, recorded=recorded)


def _failed(access: Access, model: Model, activity: Activity, error: ApiError) -> Revalidated:
    """Say what is true after a POST that was not answered with success. It is not sent again."""
    outcome, note = OUTCOMES[error.outcome], ""
    state: State = "not_sent" if error.outcome is Outcome.NOT_SENT else "refused"
    now: Model | None = None
    if model_gone(error):
        state = "gone"
    elif error.outcome is Outcome.UNKNOWN:
        again = model_look_again(access=access, model_id=model.id)
        now, state = again.model, "gone" if again.gone else "unknown"
        note = _found(now, gone=again.gone)
        if now is not None and now.status == VALIDATING:
            state, outcome = "started", Activity.Outcome.DONE
    recorded = change_finish(activity=activity, outcome=outcome, message=note, error=error)
    return Revalidated(
        state=state, label=model.label, activity=activity, model=now, error=error, recorded=recorded
    )


def _found(model: Model | None, *, gone: bool) -> str:
    if gone:
        return "No proper answer came. Read again, the model was gone."
    if model is None:
        return "No proper answer came, and the model could not be read again."
    status = visible(model.status or "not reported")
    return f"No proper answer came. Read again, the model's status was {status}."
