"""Deleting a model: the confirmation, as a dialog or a page, and the result."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity, DeletionRequest
from models_admin.screens.model.delete import delete_form, difference
from models_admin.services.approval import (
    RequestClosed,
    RequestOutdated,
    SecondPersonNeeded,
    second_person_needed,
)
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.deleting import (
    DeletePlan,
    Deletion,
    EndpointsUnconfirmed,
    ModelDiffers,
    NameDiffers,
    delete_plan,
    delete_plan_unread,
    model_delete,
)
from models_admin.services.deletion_requests import AlreadyAsked, deletion_ask
from models_admin.services.endpoints import SeenEndpoints
from models_admin.services.protecting import ReasonRefused
from models_admin.services.protection import Protected
from models_admin.views.decorators import connected
from models_admin.views.deletion_request_page import deletion_request_page
from models_admin.views.errors import problem_of
from models_admin.views.outcomes import (
    NOTHING_SENT,
    ONCE,
    OutcomeView,
    explained,
    replayed,
    warn_not_recorded,
)
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.views.responses import dialog_or_page, dialog_outcome, go
from models_admin.xerotier.errors import ApiError

NOT_DELETED = "The model was not deleted."
ASKED = "You asked for this deletion. Someone else has to approve it within 24 hours."
CLOSED = "Someone else has decided on it, it was withdrawn, or it has expired."


@require_http_methods(["GET", "POST"])
@connected
def delete(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET shows what is deleted along with the model; POST deletes it once, if its name was typed.

    In a project that requires a second person, POST asks for the deletion instead.
    """
    access.require("delete")
    if response := reauthentication_required(request):
        return response
    try:
        if request.method == "GET":
            return _confirm(request, delete_plan(access=access, model_id=model_id))
        if second_person_needed(project=access.project):
            return _ask(request, access, model_id)
        return delete_confirmed(request, access, model_id)
    except Protected as protected:
        page = reverse("model", args=[access.project, model_id])
        view = OutcomeView("This model is protected", f"{protected}. {NOT_DELETED}", page)
        return dialog_outcome(request, view, status=403)


def _ask(request: Request, access: Access, model_id: str) -> HttpResponse:
    """Ask for the deletion, which someone else has to approve."""
    reason, token = request.POST.get("reason", ""), request.POST.get("token", "")
    again = partial(_confirm, request, typed=reason)
    try:
        asked = deletion_ask(access=access, model_id=model_id, reason=reason, token=token)
    except ReasonRefused as refused:
        plan = delete_plan(access=access, model_id=model_id)
        return again(plan, reason=f"{refused} Nothing was changed.", status=422)
    except TokenStale:
        text = "The form had expired, so nothing was changed. Send this new form."
        return again(delete_plan(access=access, model_id=model_id), reason=text, status=422)
    except ModelDiffers as differs:
        changed = difference(before=differs.before, plan=differs.plan)
        return again(differs.plan, changed=changed, seen=differs.before.endpoints, status=409)
    except AlreadyAsked as already:
        messages.info(request, f"{visible(already.request.username)} has asked for this deletion already.")
        return go(request, reverse("deletion-request", args=[access.project, already.request.pk]))
    except AlreadyUsed:
        messages.info(request, "This form was already used. Nothing was changed this time.")
        return go(request, reverse("deletion-requests", args=[access.project]))
    except (ApiError, CannotRecord) as error:
        plan = delete_plan_unread(access=access, model_id=model_id, token=token)
        return again(plan, problem=_unsent(error), status=422)
    return go(request, reverse("deletion-request", args=[access.project, asked.pk]), message=ASKED)


def delete_confirmed(
    request: Request, access: Access, model_id: str, approval: DeletionRequest | None = None
) -> HttpResponse:
    """Delete the model once, if its name was typed. `approval`: the request that this approves."""
    try:
        return _delete(request, access, model_id, approval)
    except SecondPersonNeeded as needed:  # switched on since the form was opened
        plan = delete_plan(access=access, model_id=model_id)
        return _confirm(request, plan, changed=f"{needed} {NOT_DELETED}", status=409)
    except RequestClosed:
        view = OutcomeView("This request is closed", f"{CLOSED} {NOT_DELETED}")
    except RequestOutdated as outdated:
        text = f"{outdated} {NOT_DELETED} Decline the request, or ask the person who made it for a new one."
        page = reverse("model", args=[access.project, model_id])
        view = OutcomeView("The model has changed since this deletion was asked for", text, page)
    return dialog_outcome(request, view, status=409)


def _delete(
    request: Request, access: Access, model_id: str, approval: DeletionRequest | None
) -> HttpResponse:
    confirm = partial(_confirm, request, approval=approval, asks=False)  # the database may be away by then
    typed, token = request.POST.get("confirm_name", ""), request.POST.get("token", "")
    try:
        result = model_delete(
            access=access,
            model_id=model_id,
            confirm_name=typed,
            confirm_endpoints="confirm_endpoints" in request.POST,
            token=token,
            approval=approval,
        )
    except NameDiffers as differs:
        reason = (
            "That is not the model's name. Nothing was deleted."
            if typed
            else "Type the name to confirm. Nothing was deleted."
        )
        return confirm(differs.plan, typed=typed, reason=reason, status=422)
    except EndpointsUnconfirmed as unconfirmed:
        reason = "Tick the box for the endpoints as well. Nothing was deleted."
        return confirm(unconfirmed.plan, typed=typed, reason=reason, status=422)
    except ModelDiffers as differs:
        changed = difference(before=differs.before, plan=differs.plan)
        seen = differs.before.endpoints
        return confirm(differs.plan, typed=typed, changed=changed, seen=seen, status=409)
    except TokenStale:
        reason = "The form had expired, so nothing was deleted. Confirm again in this new form."
        plan = delete_plan(access=access, model_id=model_id)
        return confirm(plan, typed=typed, reason=reason, status=422)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity)
    except (ApiError, CannotRecord) as error:
        # Nothing was sent, so the same form can be sent again, with what was typed.
        plan = delete_plan_unread(access=access, model_id=model_id, token=token)
        return confirm(plan, typed=typed, problem=_unsent(error), status=422)
    warn_not_recorded(request, recorded=result.recorded)
    return _answer_with(request, access, model_id, result, partial(confirm, typed=typed))


def _answer_with(
    request: Request, access: Access, model_id: str, result: Deletion, confirm: Callable[..., HttpResponse]
) -> HttpResponse:
    label, models = visible(result.label), reverse("models", args=[access.project])
    if result.state == "deleted":
        return go(request, models, message=f"{label} was deleted.")
    if result.state == "accepted":
        messages.info(request, f"The API accepted the deletion of {label}, which is now being deleted.")
        return go(request, reverse("model", args=[access.project, model_id]))
    if result.state in ("refused", "not_sent") and result.plan is not None and result.error is not None:
        effect = NOT_DELETED if result.state == "refused" else f"{NOT_DELETED} {NOTHING_SENT}"
        problem = explained(result.error, effect)
        return confirm(result.plan, problem=problem, status=422)
    if result.state == "gone":
        text = "The model no longer exists: it had been deleted before. Nothing was sent this time."
        return dialog_outcome(request, OutcomeView(f"{label} is already gone", text), status=404)
    page = reverse("model", args=[access.project, model_id])
    if result.state == "still_there":
        text = f"The response to the deletion was lost. The model still existed when we read it again just now. {ONCE}"
        view = OutcomeView(f"{label} is still there", text, page)
    else:
        text = (
            "The answer to the deletion was lost, and the model couldn't be read again. The request was sent once and "
            "won't be repeated. Check the model again later before you decide."
        )
        view = OutcomeView(f"We don't know whether {label} was deleted", text, page)
    cause = explained(result.error, "") if result.error else None
    return dialog_outcome(request, view, cause, status=cause.http_status if cause else 502)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity) -> HttpResponse:
    label = visible(activity.model_name or model_id)
    if activity.outcome == Activity.Outcome.DONE:
        text = f"This form was already used: {label} was deleted then. Nothing was sent this time."
        return go(request, reverse("models", args=[access.project]), message=text)
    view = OutcomeView(
        "This form was already used", replayed(activity), reverse("model", args=[access.project, model_id])
    )
    return dialog_outcome(request, view, status=409)


def _unsent(error: Exception) -> Explanation | None:
    if isinstance(error, ApiError):
        return explained(error, f"{NOT_DELETED} {NOTHING_SENT}", sent=False)
    return problem_of(error)


def _confirm(
    request: Request,
    plan: DeletePlan,
    *,
    approval: DeletionRequest | None = None,
    asks: bool | None = None,
    seen: SeenEndpoints | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """`asks`: whether the project requires a second person, None to read that. `seen`: the endpoints shown before."""
    if approval is not None:
        return deletion_request_page(request, approval, plan=plan, seen=seen, status=status, **more)
    asks = second_person_needed(project=plan.project) if asks is None else asks
    form = delete_form(plan, seen=seen)
    title = f"Delete {form.label}?"
    return dialog_or_page(request, "delete", title, {"plan": form, "asks": asks, **more}, status=status)
