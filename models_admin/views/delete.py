"""Deleting a model: the confirmation, as a dialog or a page, and the result."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.delete import DeleteForm, delete_form, difference
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.deleting import (
    Deletion,
    EndpointsUnconfirmed,
    ModelDiffers,
    NameDiffers,
    delete_plan,
    delete_plan_unread,
    model_delete,
)
from models_admin.services.protection import Protected
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_of
from models_admin.views.outcomes import (
    NOTHING_SENT,
    OutcomeView,
    explained,
    replayed,
    warn_not_recorded,
)
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.views.responses import dialog_or_page
from models_admin.xerotier.errors import ApiError

NOT_DELETED = "The model was not deleted."


@require_http_methods(["GET", "POST"])
@connected
def delete(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET shows what is deleted along with the model; POST deletes it once, if its name was typed."""
    permission_require(user=access.user, act="delete", project=access.project)
    if response := reauthentication_required(request):
        return response
    try:
        if request.method == "GET":
            return _confirm(request, delete_form(delete_plan(access=access, model_id=model_id)))
        return _delete(request, access, model_id)
    except Protected as protected:
        page = reverse("model", args=[access.project, model_id])
        view = OutcomeView("This model is protected", f"{protected}. {NOT_DELETED}", page)
        return _outcome(request, view, None, status=403)


def _delete(request: Request, access: Access, model_id: str) -> HttpResponse:
    typed, token = request.POST.get("confirm_name", ""), request.POST.get("token", "")
    try:
        result = model_delete(
            access=access,
            model_id=model_id,
            confirm_name=typed,
            confirm_endpoints="confirm_endpoints" in request.POST,
            token=token,
        )
    except NameDiffers as differs:
        reason = (
            "That is not the model's name. Nothing was deleted."
            if typed
            else "Type the name to confirm. Nothing was deleted."
        )
        return _confirm(request, delete_form(differs.plan), typed=typed, reason=reason, status=422)
    except EndpointsUnconfirmed as unconfirmed:
        reason = "Tick the box for the endpoints as well. Nothing was deleted."
        return _confirm(request, delete_form(unconfirmed.plan), typed=typed, reason=reason, status=422)
    except ModelDiffers as differs:
        changed = difference(before=differs.before, plan=differs.plan)
        return _confirm(request, delete_form(differs.plan), typed=typed, changed=changed, status=409)
    except TokenStale:
        reason = "The form had expired, so nothing was deleted. Confirm again in this new form."
        plan = delete_plan(access=access, model_id=model_id)
        return _confirm(request, delete_form(plan), typed=typed, reason=reason, status=422)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity)
    except (ApiError, CannotRecord) as error:
        # Nothing was sent, so the same form can be sent again, with what was typed.
        plan = delete_plan_unread(access=access, model_id=model_id, token=token)
        return _confirm(request, delete_form(plan), typed=typed, problem=_unsent(error), status=422)
    warn_not_recorded(request, recorded=result.recorded)
    return _answer_with(request, access, model_id, typed, result)


def _answer_with(
    request: Request, access: Access, model_id: str, typed: str, result: Deletion
) -> HttpResponse:
    label = visible(result.label)
    if result.state == "deleted":
        return _done(request, access, f"{label} was deleted.")
    if result.state == "accepted":
        messages.info(request, f"The API accepted the deletion of {label}, which is now being deleted.")
        return _go(request, reverse("model", args=[access.project, model_id]))
    if result.state in ("refused", "not_sent") and result.plan is not None and result.error is not None:
        effect = NOT_DELETED if result.state == "refused" else f"{NOT_DELETED} {NOTHING_SENT}"
        problem = explained(result.error, effect)
        return _confirm(request, delete_form(result.plan), typed=typed, problem=problem, status=422)
    if result.state == "gone":
        text = "The model no longer exists: it had been deleted before. Nothing was sent this time."
        return _outcome(request, OutcomeView(f"{label} is already gone", text), None, status=404)
    page = reverse("model", args=[access.project, model_id])
    if result.state == "still_there":
        text = (
            "The response to the deletion was lost. The model still existed when we read it again just now. The "
            "request was sent once and won't be repeated, but a slow service may still carry it out."
        )
        view = OutcomeView(f"{label} is still there", text, page)
    else:
        text = (
            "The answer to the deletion was lost, and the model couldn't be read again. The request was sent once and "
            "won't be repeated. Check the model again later before you decide."
        )
        view = OutcomeView(f"We don't know whether {label} was deleted", text, page)
    cause = explained(result.error, "") if result.error else None
    return _outcome(request, view, cause, status=cause.http_status if cause else 502)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity) -> HttpResponse:
    label = visible(activity.model_name or model_id)
    if activity.outcome == Activity.Outcome.DONE:
        return _done(
            request,
            access,
            f"This form was already used: {label} was deleted then. Nothing was sent this time.",
        )
    view = OutcomeView(
        "This form was already used", replayed(activity), reverse("model", args=[access.project, model_id])
    )
    return _outcome(request, view, None, status=409)


def _done(request: Request, access: Access, text: str) -> HttpResponse:
    messages.success(request, text)
    return _go(request, reverse("models", args=[access.project]))


def _go(request: Request, url: str) -> HttpResponse:
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _unsent(error: Exception) -> Explanation | None:
    if isinstance(error, ApiError):
        return explained(error, f"{NOT_DELETED} {NOTHING_SENT}", sent=False)
    return problem_of(error)


def _confirm(request: Request, plan: DeleteForm, *, status: int = 200, **more: Any) -> HttpResponse:
    return dialog_or_page(request, "delete", {"plan": plan, **more}, status=status)


def _outcome(
    request: Request, outcome: OutcomeView, problem: Explanation | None, *, status: int
) -> HttpResponse:
    return dialog_or_page(request, "delete", {"outcome": outcome, "problem": problem}, status=status)
