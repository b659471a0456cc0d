"""Revalidating a model: one POST that is never repeated, allowed from `ready` and `error` only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from models_admin.access.connections import Access
from models_admin.formatting.text import visible
from models_admin.models import Activity
from models_admin.services.audit import Sent, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.reading import Reread, model_fetch, model_gone, model_reread, snapshot_of
from models_admin.services.reconcile import VALIDATING, resolve_revalidation
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.schemas import Model, Revalidation, status_key

PURPOSE = "revalidate"
ALLOWED = ("ready", "error")  # "Revalidate Model": the model must be in ready or error status
READ_AT_ONCE = 3  # models read one by one after a reading of the list
State = Literal["started", "gone", "unknown", "refused", "not_sent"]


@dataclass(frozen=True, slots=True)
class Revalidated:
    """What became of a revalidation.

    started: the API said so, or the model was then seen validating. unknown: the answer was lost, and the model
    doesn't show it. gone: the model doesn't exist. refused, not_sent: nothing was started.
    `model` is the newest reading, None where there is none. `recorded` is False where the outcome could not be
    written to the activity.
    """

    state: State
    label: str
    model: Model | None = None
    error: ApiError | None = None
    recorded: bool = True


class WrongStatus(Exception):
    """The model's status doesn't allow it. Nothing was sent. The text is the reason, for a person."""

    def __init__(self, reason: str, model: Model) -> None:
        super().__init__(reason)
        self.model = model


def revalidation_reason(*, status: str | None) -> str:
    """Why a model with this status can't be revalidated, in one sentence; empty where it can."""
    if status_key(status) in ALLOWED:
        return ""
    if status_key(status) == VALIDATING:
        return "This model is being validated."
    if status is None:
        return "The API doesn't report this model's status, which must be ready or error."
    return f"Only models with the status ready or error can be revalidated; this one is “{visible(status)}”."


def model_revalidate(*, access: Access, model_id: str, token: str) -> Revalidated:
    """Start a validation once, if the model's status allows it.

    Raises NotAllowed, TokenStale, AlreadyUsed, WrongStatus, CannotRecord; an ApiError where the model
    could not be read first. In all these cases nothing was sent.
    """
    read = write_check(access=access, act="edit", model_id=model_id, purpose=PURPOSE, token=token)
    model = model_fetch(access=access, model_id=model_id)
    resolve_revalidation(access=access, model=model)
    reason = revalidation_reason(status=model.status)
    if reason:
        raise WrongStatus(reason, model)
    sent = send_recorded(
        access=access,
        action=Activity.Action.REVALIDATE,
        model_id=model_id,
        model_name=model.name,
        token=read,
        call=lambda: client().revalidate_model(project=access.project, key=access.key, model_id=model_id),
        snapshot=snapshot_of(model),
    )
    if sent.answer:
        return Revalidated("started", model.label, recorded=sent.finish(message=sent.answer.message or ""))
    return _failed(access, model, sent)


def resolve_revalidations(*, access: Access, models: Sequence[Model]) -> None:
    """Record the end of validations that were started here, for models just seen in a list.

    A list doesn't carry every field, so each model is read by itself: at most READ_AT_ONCE now, and the rest when
    they are next read. A reading that fails changes nothing.
    """
    ids = [model.id for model in models if status_key(model.status) != VALIDATING]
    waiting = Activity.objects.filter(
        project=access.project,
        model_id__in=ids,
        action=Activity.Action.REVALIDATE,
        outcome=Activity.Outcome.DONE,
        resolved_at=None,
    )
    for model_id in list(dict.fromkeys(waiting.values_list("model_id", flat=True)))[:READ_AT_ONCE]:
        model = model_reread(access=access, model_id=model_id).model
        if model is not None:
            resolve_revalidation(access=access, model=model)


def _failed(access: Access, model: Model, sent: Sent[Revalidation]) -> Revalidated:
    """Determine the result of a POST that did not succeed. The POST is never sent again."""
    error, outcome, note, again = sent.error, "", "", Reread()
    state: State = "refused"
    if error and error.outcome is Outcome.NOT_SENT:
        state = "not_sent"
    elif error and model_gone(error):
        state = "gone"
    elif error and error.outcome is Outcome.UNKNOWN:
        again = model_reread(access=access, model_id=model.id)
        state, note = "gone" if again.gone else "unknown", _found(again)
        if again.model is not None and status_key(again.model.status) == VALIDATING:
            state, outcome = "started", Activity.Outcome.DONE
    return Revalidated(state, model.label, again.model, error, sent.finish(outcome=outcome, message=note))


def _found(again: Reread) -> str:
    if again.gone:
        return "The response was lost. When the console checked, the model no longer existed."
    if again.model is None:
        return "The response was lost, and the model couldn't be read again."
    status = visible(again.model.status or "not reported")
    return f"The response was lost. When the console checked, the status was {status}."
