"""Deleting a model: one DELETE, never repeated, and only what is known is said of it.

read anew -> unchanged since the dialog? -> name typed? -> intent row -> DELETE -> outcome
                                                                      -> answer lost: read again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.models import Activity
from models_admin.services.audit import OUTCOMES, change_begin, change_finish, snapshot_of, token_check
from models_admin.services.client import client
from models_admin.services.confirming import PURPOSE, DeletePlan, Seen, is_confirmed, plan_again, plan_make
from models_admin.services.reading import model_fetch, model_gone, model_look_again
from models_admin.xerotier.errors import ApiError, BadAnswer, Outcome
from models_admin.xerotier.schemas import Model

State = Literal["deleted", "gone", "there", "unknown", "refused", "not_sent"]


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of it. `state` is what is true now, as far as anybody can tell.

    deleted: it is gone, and this did it. gone: the API says there is no such model. there: no answer
    came, and the model could still be read. unknown: neither could be found out. refused, not_sent:
    it was not deleted, and `plan` is for a fresh form. `activity` is None where nothing was attempted.
    `recorded` is False where the outcome could not be written: the activity then says unknown.
    """

    state: State
    label: str
    activity: Activity | None = None
    error: ApiError | None = None
    plan: DeletePlan | None = None
    recorded: bool = True


class NameDiffers(Exception):
    """What was typed is not the model's name. Nothing was sent."""

    def __init__(self, plan: DeletePlan) -> None:
        super().__init__("the typed name differs")
        self.plan = plan


class ModelDiffers(Exception):
    """Name or status are not those that the person confirmed. Nothing was sent. `before` is what they saw."""

    def __init__(self, plan: DeletePlan, before: Seen) -> None:
        super().__init__("the model changed since it was shown")
        self.plan = plan
        self.before = before


def model_delete(*, access: Access, model_id: str, confirm_name: str, token: str) -> Deleted:
    """Delete it once, if the person typed its name and it is still what they saw.

    Raises NotAllowed, TokenStale, AlreadyUsed, NameDiffers, ModelDiffers, CannotRecord; an ApiError where
    the model could not be read first. In all these cases nothing was sent.
    """
    permission_require(user=access.user, act="delete")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PURPOSE)
    seen = Seen.load(read.seen)
    try:
        model = model_fetch(access=access, model_id=model_id)
    except ApiError as error:
        if model_gone(error):
            return Deleted(state="gone", label=seen.name or model_id, error=error)
        raise
    if Seen.of(model) != seen:
        raise ModelDiffers(plan_make(access=access, model=model), seen)
    if not is_confirmed(model=model, typed=confirm_name):
        raise NameDiffers(plan_make(access=access, model=model))
    activity = change_begin(
        access=access,
        action=Activity.Action.DELETE,
        model_id=model_id,
        model_name=model.name,
        token=read.nonce,
        snapshot=snapshot_of(model),
    )
    return _send(access, model, activity)


def _send(access: Access, model: Model, activity: Activity) -> Deleted:
    try:
        answer = client().delete_model(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        return _failed(access, model, activity, error)
    if not answer.deleted:
        accepted = BadAnswer(
            "The API accepted the deletion and has not finished it.", request_id=answer.request_id
        )
        return _failed(access, model, activity, accepted)
    recorded = change_finish(
        activity=activity, outcome=Activity.Outcome.DONE, api_request_id=answer.request_id
    )
    return Deleted(state="deleted", label=model.label, activity=activity, recorded=recorded)


def _failed(access: Access, model: Model, activity: Activity, error: ApiError) -> Deleted:
    """Say what is true after a DELETE that was not answered with success. It is not sent again."""
    outcome, note = OUTCOMES[error.outcome], ""
    state: State = "not_sent" if error.outcome is Outcome.NOT_SENT else "refused"
    if model_gone(error):
        state, note = "gone", "The API answered that there was no such model any more."
    elif error.outcome is Outcome.UNKNOWN:
        again = model_look_again(access=access, model_id=model.id)
        if again.gone:
            state, outcome = "deleted", Activity.Outcome.DONE
            note = "No proper answer came. Read again, the model was gone."
        elif again.model is not None:
            state, note = "there", "No proper answer came. Read again, the model was still there."
        else:
            state, note = "unknown", "No proper answer came, and the model could not be read again."
    recorded = change_finish(activity=activity, outcome=outcome, message=note, error=error)
    plan = plan_again(access=access, model=model) if state in ("refused", "not_sent") else None
    return Deleted(
        state=state, label=model.label, activity=activity, error=error, plan=plan, recorded=recorded
    )
