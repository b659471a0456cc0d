"""Sharing a model in the public catalog and taking it out again: one POST that is never repeated, checked by reading.

Whether the API can share models is found out once and remembered (`capabilities.py`).
"""

import json
from dataclasses import dataclass, replace
from typing import Literal

from models_admin.access.connections import Access
from models_admin.models import Activity
from models_admin.services.audit import Sent, change, send_recorded, write_check
from models_admin.services.capabilities import Unavailable, optional_call, route_availability
from models_admin.services.client import client
from models_admin.services.protection import protection_require
from models_admin.services.publishing import (
    LOST,
    PostResult,
    State,
    available_require,
    optional_change,
    outcome_of,
    state_of,
)
from models_admin.services.reading import Reread, model_fetch, model_reread, snapshot_of
from models_admin.xerotier.errors import ApiError, NotFound
from models_admin.xerotier.publishing import Sharing
from models_admin.xerotier.schemas import CatalogInfo, Model

Verb = Literal["share", "unshare"]
ACTIONS = {"share": Activity.Action.SHARE, "unshare": Activity.Action.UNSHARE}
SHARED = {True: "shared", False: "not shared"}


@dataclass(frozen=True, slots=True)
class SharingPlan:
    """What a person must know before sharing or unsharing. `token` is for the form.

    `catalog` is the entry that unsharing removes, None where there is none or it was not read: `catalog_error` says
    why.
    """

    project: str
    verb: Verb
    model: Model
    token: str
    catalog: CatalogInfo | None = None
    catalog_error: ApiError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingResult(PostResult):
    """`plan` is for a new form, where nothing changed."""

    verb: Verb
    label: str
    plan: SharingPlan | None = None


class SharingDiffers(Exception):
    """The model is not what the person saw: it has another name, or is shared or not by now. Nothing was sent."""

    def __init__(self, plan: SharingPlan) -> None:
        super().__init__("the model changed since it was shown")
        self.plan = plan

    @property
    def already(self) -> bool:
        """Whether the model is already what the person wanted."""
        return self.plan.model.is_shared is (self.plan.verb == "share")


def sharing_find(*, access: Access) -> Unavailable | None:
    """Find out whether the API can share models; None if it can. Calls it only where that is not known yet."""
    access.require("read")
    if route_availability(access=access, route="sharing") == "answers":
        return None
    return optional_call(
        access=access,
        route="sharing",
        call=lambda: client().find_sharing(project=access.project, key=access.key),
    )


def sharing_plan(*, access: Access, model_id: str, verb: Verb) -> SharingPlan:
    """Read the model, and its catalog entry if it is to be removed.

    Raises NotAllowed, Protected, NotAvailable, ApiError.
    """
    access.require("publish")
    protection_require(project=access.project, model_id=model_id)
    sharing_find(access=access)
    available_require(access=access, route="sharing")
    return _plan(access, model_fetch(access=access, model_id=model_id), verb)


def model_share(*, access: Access, model_id: str, verb: Verb, token: str) -> SharingResult:
    """Share or unshare the model once, if it is still what the person saw.

    Raises NotAllowed, TokenStale, AlreadyUsed, NotAvailable, SharingDiffers, CannotRecord; an ApiError where the model
    could not be read first. In all these cases nothing was sent.
    """
    read = write_check(access=access, act="publish", model_id=model_id, purpose=verb, token=token)
    available_require(access=access, route="sharing")
    model, wanted = model_fetch(access=access, model_id=model_id), verb == "share"
    if model.is_shared is wanted or [model.name, model.is_shared] != json.loads(read.seen):
        raise SharingDiffers(_plan(access, model, verb))
    call = client().share_model if wanted else client().unshare_model
    sent = send_recorded(
        access=access,
        action=ACTIONS[verb],
        model_id=model_id,
        model_name=model.name,
        token=read,
        call=lambda: optional_change(
            access=access,
            route="sharing",
            call=lambda: call(project=access.project, key=access.key, model_id=model_id),
        ),
        changes=[change(field="is_shared", before=model.is_shared, after=wanted)],
        snapshot=snapshot_of(model),
    )
    return _result(access, model, verb, sent)


def _result(access: Access, model: Model, verb: Verb, sent: Sent[Sharing]) -> SharingResult:
    """Read again after the POST, which is not repeated, and record the result."""
    state = state_of(sent.error)
    again = Reread()
    if state in ("done", "unknown") or isinstance(sent.error, NotFound):
        again = model_reread(access=access, model_id=model.id)
    state, note = ("gone", "") if again.gone else _seen(state, verb, again, sent)
    recorded = sent.finish(outcome=outcome_of(state), message=note)
    unchanged = state in ("refused", "not_sent")
    plan = SharingPlan(access.project, verb, model, _token(access, model, verb)) if unchanged else None
    return SharingResult(
        state=state, verb=verb, label=model.label, note=note, error=sent.error, plan=plan, recorded=recorded
    )


def _seen(state: State, verb: Verb, again: Reread, sent: Sent[Sharing]) -> tuple[State, str]:
    """The state that the reading afterwards shows, and a sentence about it if it is not simply done."""
    wanted, lost = verb == "share", LOST if sent.error else ""
    shared = again.model.is_shared if again.model else None
    if state not in ("done", "unknown"):
        return state, ""
    if shared is wanted:
        found = "shared" if wanted else "no longer shared"
        note = f"{lost} When the console checked, the model was {found}." if lost else ""
        return "done", note
    if shared is not None:
        first = lost or "The API accepted the request."
        return "unknown", f"{first} When the console checked, the model was still {SHARED[shared]}."
    if lost:
        return "unknown", f"{lost} The console couldn't check whether the model is shared."
    if sent.answer is not None and sent.answer.shared is (not wanted):
        return (
            "unknown",
            f"The API accepted the request, but its response says that the model is {SHARED[not wanted]}.",
        )
    return "done", "The API accepted the request. The console couldn't check whether the model is shared."


def _plan(access: Access, model: Model, verb: Verb) -> SharingPlan:
    plan = SharingPlan(access.project, verb, model, _token(access, model, verb))
    if verb == "share":
        return plan
    try:
        catalog = client().get_catalog_info(project=access.project, key=access.key, model_id=model.id)
    except ApiError as error:
        return replace(plan, catalog_error=error)
    return replace(plan, catalog=catalog)


def _token(access: Access, model: Model, verb: Verb) -> str:
    return access.form_token(model.id, verb, seen=json.dumps([model.name, model.is_shared]))
