"""Deleting a model: one DELETE, never repeated, and only what is known is said of it.

    read anew -> name typed? -> unchanged since the dialog? -> intent row -> DELETE -> outcome
                                                                          -> answer lost: read again

The API names no route for what falls with a model (endpoints, workers, routing rules), so nothing here
claims to know which ones or how many.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Literal

from models_admin.connections import Access
from models_admin.models import Activity
from models_admin.permissions import permission_require
from models_admin.services.api import client
from models_admin.services.recording import OUTCOMES, change_begin, change_finish, snapshot_of
from models_admin.services.spending import (
    model_gone,
    model_look_again,
    model_read_anew,
    token_check,
)
from models_admin.text import visible
from models_admin.tokens import token_issue
from models_admin.xerotier.errors import ApiError, Outcome
from models_admin.xerotier.schemas import CatalogInfo, Model

PURPOSE = "delete"
State = Literal["deleted", "gone", "there", "unknown", "refused", "not_sent"]


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """What a person must know before deleting.

    `catalog` is None where the model is not in the catalog, and also where looking it up failed:
    `catalog_error` then says how. `confirm` is the text to type. `token` is for the form.
    """

    model_id: str
    label: str
    status: str | None
    confirm: str
    by_id: bool
    token: str
    catalog: CatalogInfo | None = None
    catalog_error: ApiError | None = None
    catalog_read: bool = True


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person saw when the dialog was made, as the token carries it."""

    name: str | None
    status: str | None

    def dump(self) -> str:
        return json.dumps([self.name, self.status])

    @classmethod
    def load(cls, text: str) -> Seen:
        name, status = json.loads(text)
        return cls(name=name, status=status)


def delete_plan(*, access: Access, model_id: str) -> DeletePlan:
    """Read the model and its catalog entry anew. Raises NotAllowed, ApiError (about the model only)."""
    permission_require(user=access.user, act="delete")
    return _plan(access, model_read_anew(access=access, model_id=model_id))


def delete_plan_unread(*, access: Access, model_id: str, token: str) -> DeletePlan:
    """The same form again where the model could not be read: what it says comes from its own token.

    Nothing was sent with that token, so it may be used. Raises NotAllowed, TokenStale, AlreadyUsed.
    """
    permission_require(user=access.user, act="delete")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PURPOSE)
    return _plan_unread(model_id, Seen.load(read.seen), token)


def model_delete(*, access: Access, model_id: str, confirm_name: str, token: str) -> Deleted:
    """Delete it once, if the person typed its name and it is still what they saw.

    Raises NotAllowed, TokenStale, AlreadyUsed, NameDiffers, ModelDiffers, CannotRecord; an ApiError where
    the model could not be read first. In all these cases nothing was sent.
    """
    permission_require(user=access.user, act="delete")
    read = token_check(access=access, token=token, model_id=model_id, purpose=PURPOSE)
    seen = Seen.load(read.seen)
    try:
        model = model_read_anew(access=access, model_id=model_id)
    except ApiError as error:
        if model_gone(error):
            return Deleted(state="gone", label=seen.name or model_id, error=error)
        raise
    if Seen(model.name, model.status) != seen:
        raise ModelDiffers(_plan(access, model), seen)
    if not _confirmed(model, confirm_name):
        raise NameDiffers(_plan(access, model))
    activity = change_begin(
        access=access,
        action=Activity.Action.DELETE,
        model_id=model_id,
        model_name=model.name,
        token=read.nonce,
        snapshot=snapshot_of(model),
    )
    return _send(access, model, activity)


def confirm_text(*, name: str | None, model_id: str) -> tuple[str, bool]:
    """What to type, and whether that is the id: for a model without a name, or with one nobody can type.

    Hidden characters, white space that a page collapses and decomposed accents look like something
    else than they are; a browser's field would not even take a line break.
    """
    if not name:
        return model_id, True
    typeable = (
        visible(name) == name
        and " ".join(name.split()) == name
        and unicodedata.normalize("NFC", name) == name
    )
    return (name, False) if typeable else (model_id, True)


def _confirmed(model: Model, typed: str) -> bool:
    return typed in {model.name or model.id, confirm_text(name=model.name, model_id=model.id)[0]}


def _plan(access: Access, model: Model) -> DeletePlan:
    catalog: CatalogInfo | None = None
    failed: ApiError | None = None
    try:
        catalog = client().get_catalog_info(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        failed = error
    confirm, by_id = confirm_text(name=model.name, model_id=model.id)
    return DeletePlan(
        model_id=model.id,
        label=model.label,
        status=model.status,
        confirm=confirm,
        by_id=by_id,
        token=_token(access, model.id, Seen(model.name, model.status)),
        catalog=catalog,
        catalog_error=failed,
        catalog_read=failed is None,
    )


def _plan_unread(model_id: str, seen: Seen, token: str) -> DeletePlan:
    confirm, by_id = confirm_text(name=seen.name, model_id=model_id)
    return DeletePlan(
        model_id=model_id,
        label=seen.name or model_id,
        status=seen.status,
        confirm=confirm,
        by_id=by_id,
        token=token,
        catalog_read=False,
    )


def _token(access: Access, model_id: str, seen: Seen) -> str:
    return token_issue(
        user=access.user, project=access.project, model_id=model_id, purpose=PURPOSE, seen=seen.dump()
    )


def _send(access: Access, model: Model, activity: Activity) -> Deleted:
    try:
        answer = client().delete_model(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        return _failed(access, model, activity, error)
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
    plan: DeletePlan | None = None
    if state in ("refused", "not_sent"):
        # No further call: the API may just have asked for fewer.
        seen = Seen(model.name, model.status)
        plan = _plan_unread(model.id, seen, _token(access, model.id, seen))
    return Deleted(
        state=state, label=model.label, activity=activity, error=error, plan=plan, recorded=recorded
    )
