"""Deleting a model: what to confirm, one DELETE that is never repeated, and what became of it.

A deletion takes the model's endpoints with it, their workers and routing rules. Endpoints are listed where the API
has that optional route; of workers and rules nothing here claims to know which ones or how many.
"""

import json
from dataclasses import dataclass, replace
from typing import Literal, Self

from models_admin.access.connections import Access
from models_admin.access.tokens import Token
from models_admin.formatting.text import is_typeable
from models_admin.models import Activity, DeletionRequest
from models_admin.services.approval import (
    RequestOutdated,
    approval_claim,
    approval_require,
    approval_return,
    asked_entries,
    facts_of,
    outdated_by,
)
from models_admin.services.audit import Sent, send_recorded, write_check
from models_admin.services.client import client
from models_admin.services.endpoints import Reach, SeenEndpoints, endpoints_of
from models_admin.services.protection import protection_require
from models_admin.services.reading import Reread, model_fetch, model_gone, model_reread, snapshot_of
from models_admin.xerotier.errors import ApiError, BadAnswer, NotFound, Outcome
from models_admin.xerotier.schemas import CatalogInfo, Model, label_of, status_key
from models_admin.xerotier.schemas import Deletion as Answer

PURPOSE = "delete"
ACCEPTED = "The API accepted the deletion and has not finished it."
State = Literal["deleted", "accepted", "gone", "still_there", "unknown", "refused", "not_sent"]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the confirmation showed. Its token carries it, to notice a model that has changed since."""

    name: str | None
    status: str | None
    endpoints: SeenEndpoints | None = None  # those that serve the model; None where they were not known

    @classmethod
    def from_json(cls, text: str) -> Self:
        name, status, *endpoints = json.loads(text)
        return cls(name, status, SeenEndpoints.from_json(*endpoints))

    def as_json(self) -> str:
        return json.dumps([self.name, self.status, self.endpoints and self.endpoints.as_json()])


@dataclass(frozen=True, slots=True)
class DeletePlan:
    """What a person must know before deleting.

    `token` is for the form. `catalog` is None where the model is not in the catalog, and where that is unknown:
    `catalog_read` is then False, and `catalog_error` says why, None where it was not looked up. `reach` has the
    endpoints that serve the model, None where they were not looked up.
    """

    project: str
    model_id: str
    shown: Shown
    token: str
    catalog: CatalogInfo | None = None
    catalog_error: ApiError | None = None
    catalog_read: bool = False
    reach: Reach | None = None
    facts: str = ""  # a digest of the metadata

    @property
    def label(self) -> str:
        return label_of(self.shown.name, model_id=self.model_id)

    @property
    def confirm(self) -> str:
        """The text to type: the name, or the ID of a model whose name is missing or can't be typed."""
        name = self.shown.name
        return name if name and is_typeable(name) else self.model_id


@dataclass(frozen=True, slots=True)
class Deletion:
    """What became of a deletion.

    deleted: the model is gone. accepted: the API is deleting it. gone: it was gone before, and nothing was sent.
    still_there: the answer was lost, and the model could be read again. unknown: neither is known. refused,
    not_sent: it was not deleted, and `plan` is for a new form. `recorded` is False where the outcome could not be
    written to the activity.
    """

    state: State
    label: str
    error: ApiError | None = None
    plan: DeletePlan | None = None
    recorded: bool = True


class DeletionStopped(Exception):
    """What was typed, or the model, is not as it has to be. Nothing was sent. `plan` is for a new form."""

    def __init__(self, plan: DeletePlan) -> None:
        super().__init__(f"the deletion of {plan.model_id} was stopped")
        self.plan = plan


class NameDiffers(DeletionStopped):
    """The text typed is not the model's name."""


class EndpointsUnconfirmed(DeletionStopped):
    """The model has endpoints, and their deletion was not confirmed."""


class ModelDiffers(DeletionStopped):
    """The name or the status is no longer what the person saw (`before`), or an endpoint is new. Nothing was sent."""

    def __init__(self, plan: DeletePlan, before: Shown) -> None:
        super().__init__(plan)
        self.before = before


def delete_plan(*, access: Access, model_id: str) -> DeletePlan:
    """Read the model, its endpoints and its catalog entry. Raises NotAllowed, Protected, ApiError (of the model)."""
    access.require("delete")
    protection_require(project=access.project, model_id=model_id)
    model = model_fetch(access=access, model_id=model_id)
    return _whole_plan(access, model, _reach(access, model))


def delete_plan_unread(*, access: Access, model_id: str, token: str) -> DeletePlan:
    """The same form again where the model could not be read, made from its own token.

    Nothing was sent with that token, so it can be used again. Raises NotAllowed, TokenStale, AlreadyUsed.
    """
    read = write_check(access=access, act="delete", model_id=model_id, purpose=PURPOSE, token=token)
    return DeletePlan(access.project, model_id, Shown.from_json(read.seen), token)


def model_as_shown(*, access: Access, model_id: str, shown: Shown) -> tuple[Model, Reach]:
    """Read the model and its endpoints. Raises ModelDiffers if they are not what the person saw, and ApiError."""
    model = model_fetch(access=access, model_id=model_id)
    reach = _reach(access, model)
    lost = shown.endpoints is not None and not reach.known
    if lost and reach.error:
        raise reach.error  # they were listed before, so nothing is deleted without listing them again
    new = reach.endpoints if shown.endpoints is None else shown.endpoints.new_among(reach.endpoints)
    if new or lost or (model.name, status_key(model.status)) != (shown.name, status_key(shown.status)):
        raise ModelDiffers(_whole_plan(access, model, reach), shown)
    return model, reach


def model_delete(
    *,
    access: Access,
    model_id: str,
    confirm_name: str,
    confirm_endpoints: bool,
    token: str,
    approval: DeletionRequest | None = None,
) -> Deletion:
    """Delete the model once, if its name was typed and it is still what the person saw.

    A model with endpoints needs `confirm_endpoints` too. They are read again here, so that none is deleted that was
    not shown. `approval` is the request that this person approves, or the approved one of a job. Raises
    NotAllowed, TokenStale, AlreadyUsed, Protected, NameDiffers, EndpointsUnconfirmed, ModelDiffers, SecondPersonNeeded,
    RequestClosed, RequestOutdated, CannotRecord; an ApiError where the model could not be read first. In all these
    cases nothing was sent.
    """
    read = write_check(access=access, act="delete", model_id=model_id, purpose=PURPOSE, token=token)
    approval_require(access=access, approval=approval)
    shown = Shown.from_json(read.seen)
    try:
        model, reach = model_as_shown(access=access, model_id=model_id, shown=shown)
    except ApiError as error:
        if model_gone(error):
            return Deletion("gone", label_of(shown.name, model_id=model_id), error)
        raise
    if approval and approval.model_id:
        differences = plan_outdated(approval, _plan(access, model, reach))
        if differences:
            raise RequestOutdated(differences)
    # The exact name is accepted too where the ID is asked for. Phone keyboards add a space after a word.
    if not {confirm_name, confirm_name.strip()} & {model.label, _plan(access, model).confirm}:
        raise NameDiffers(_whole_plan(access, model, reach))
    if shown.endpoints and shown.endpoints.count and not confirm_endpoints:
        raise EndpointsUnconfirmed(_whole_plan(access, model, reach))
    return _send(access, model, read, reach, approval)


def plan_outdated(request: DeletionRequest, plan: DeletePlan) -> list[str]:
    """What differs between the model now and what the person who asked has seen, as sentences."""
    endpoints = plan.reach.endpoints if plan.reach and plan.reach.known else None
    return outdated_by(request, plan.shown.name, plan.shown.status, endpoints, plan.facts)


def _send(
    access: Access, model: Model, token: Token, reach: Reach, approval: DeletionRequest | None
) -> Deletion:
    sent = send_recorded(
        access=access,
        action=Activity.Action.DELETE,
        model_id=model.id,
        model_name=model.name,
        token=token,
        call=lambda: client().delete_model(project=access.project, key=access.key, model_id=model.id),
        snapshot=snapshot_of(model),
        changes=asked_entries(approval) if approval else (),
        claim=lambda: _claim(access, approval),
    )
    if sent.answer and not sent.answer.deleted:
        sent = replace(sent, error=BadAnswer(ACCEPTED, status=202, request_id=sent.answer.request_id))
    if sent.error is None:
        return Deletion("deleted", model.label, recorded=sent.finish())
    result = _failed(access, model, sent, sent.error, reach)
    if approval and approval.model_id and result.state in ("refused", "not_sent"):
        approval_return(access=access, approval=approval)
    return result


def _claim(access: Access, approval: DeletionRequest | None) -> None:
    """Approve the request with this very deletion. That of a job was approved when the job was started."""
    if approval and approval.model_id:
        approval_claim(access=access, approval=approval)


def _failed(access: Access, model: Model, sent: Sent[Answer], error: ApiError, reach: Reach) -> Deletion:
    """Determine the result of a DELETE that did not succeed. The DELETE is never sent again."""
    outcome, note = "", ""
    state: State = "not_sent" if error.outcome is Outcome.NOT_SENT else "refused"
    if error.outcome is Outcome.UNKNOWN or _may_be_gone(error):
        state, outcome, note = _found(error, model_reread(access=access, model_id=model.id))
    recorded = sent.finish(outcome=outcome, message=note)
    # The new form costs no further call: the API may just have asked for fewer.
    plan = _plan(access, model, reach) if state in ("refused", "not_sent") else None
    return Deletion(state, model.label, error, plan, recorded)


def _may_be_gone(error: ApiError) -> bool:
    """Whether a 404 may mean that the deletion, sent on twice by a proxy, was carried out the first time."""
    return isinstance(error, NotFound) and error.code in (None, "model_not_found")


def _found(error: ApiError, again: Reread) -> tuple[State, Activity.Outcome, str]:
    """What the reading after an unclear answer shows: the state, the outcome to record, and a sentence about it."""
    why = {202: "", 404: "The API responded with 404."}.get(error.status or 0, "The response was lost.")
    if again.gone:
        return (
            "deleted",
            Activity.Outcome.DONE,
            f"{why} When the console checked, the model no longer existed.".strip(),
        )
    if error.status == 202:
        return "accepted", Activity.Outcome.UNKNOWN, ""
    if again.model is None:
        return (
            "unknown",
            Activity.Outcome.UNKNOWN,
            f"{why} The console couldn't check whether the model still exists.",
        )
    note = f"{why} When the console checked, the model still existed."
    if error.outcome is Outcome.REFUSED:
        return "refused", Activity.Outcome.REFUSED, note
    return "still_there", Activity.Outcome.UNKNOWN, note


def _reach(access: Access, model: Model) -> Reach:
    return endpoints_of(access=access, model_id=model.id, name=model.name)


def _plan(access: Access, model: Model, reach: Reach | None = None) -> DeletePlan:
    seen = SeenEndpoints.of(reach.endpoints) if reach and reach.known else None
    shown = Shown(model.name, model.status, seen)
    token = access.form_token(model.id, PURPOSE, seen=shown.as_json())
    return DeletePlan(access.project, model.id, shown, token, reach=reach, facts=facts_of(model))


def _whole_plan(access: Access, model: Model, reach: Reach) -> DeletePlan:
    plan = _plan(access, model, reach)
    try:
        catalog = client().get_catalog_info(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        return replace(plan, catalog_error=error)
    return replace(plan, catalog=catalog, catalog_read=True)
