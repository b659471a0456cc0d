"""Deleting a model: the confirmation, in a dialog or as a page, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.delete import Confirm, confirm_make, difference
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.confirming import delete_plan, delete_plan_unread
from models_admin.services.deleting import Deleted, ModelDiffers, NameDiffers, model_delete
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_of
from models_admin.views.outcomes import NOTHING_SENT, explained, replayed, unrecorded_tell
from models_admin.xerotier.errors import ApiError

NOT_DELETED = "The model was not deleted."


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """`model_url` is "" where there is nothing left to look at."""

    title: str
    text: str
    model_url: str = ""


@require_http_methods(["GET", "POST"])
@connected
def delete(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET shows what falls with the model; POST deletes it once, if its name was typed."""
    if request.method == "GET":
        return _confirm(request, confirm_make(delete_plan(access=access, model_id=model_id)))
    typed, token = request.POST.get("confirm_name", ""), request.POST.get("token", "")
    try:
        result = model_delete(access=access, model_id=model_id, confirm_name=typed, token=token)
    except NameDiffers as differs:
        reason = (
            "That is not its name. Nothing was deleted."
            if typed
            else "Type it here first. Nothing was deleted."
        )
        return _confirm(request, confirm_make(differs.plan), typed=typed, reason=reason, status=422)
    except ModelDiffers as differs:
        changed = difference(before=differs.before, plan=differs.plan)
        return _confirm(request, confirm_make(differs.plan), typed=typed, changed=changed, status=409)
    except TokenStale:
        reason = "This form is no longer valid, so nothing was deleted. Here is a fresh one; send it again."
        plan = delete_plan(access=access, model_id=model_id)
        return _confirm(request, confirm_make(plan), typed=typed, reason=reason, status=422)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, used.activity)
    except (ApiError, CannotRecord) as error:
        # Nothing was sent and the token is unspent: the same form again, with what was typed.
        plan = delete_plan_unread(access=access, model_id=model_id, token=token)
        return _confirm(request, confirm_make(plan), typed=typed, problem=_unsent(error), status=422)
    unrecorded_tell(request, recorded=result.recorded)
    return _tell(request, access, model_id, typed, result)


def _tell(request: Request, access: Access, model_id: str, typed: str, result: Deleted) -> HttpResponse:
    label = visible(result.label)
    if result.state == "deleted":
        return _done(request, access, f"{label} was deleted.")
    if result.state in ("refused", "not_sent") and result.plan is not None and result.error is not None:
        effect = NOT_DELETED if result.state == "refused" else f"{NOT_DELETED} {NOTHING_SENT}"
        problem = explained(result.error, effect)
        return _confirm(request, confirm_make(result.plan), typed=typed, problem=problem, status=422)
    if result.state == "gone":
        text = "The API has no such model any more: it was deleted before. Nothing was deleted now."
        return _outcome(request, OutcomeView(f"{label} is already gone", text), None, status=404)
    page = reverse("model", args=[access.project, model_id])
    if result.state == "there":
        text = (
            "The API did not answer the deletion properly. Read again just now, the model is still there. "
            "It was sent once and is not repeated; a slow service may still carry it out."
        )
        view = OutcomeView(f"{label} is still there", text, page)
    else:
        text = (
            "The API did not answer the deletion properly, and the model could not be read again. "
            "It was sent once and is not repeated. Look again later before you decide."
        )
        view = OutcomeView(f"It is not known whether {label} was deleted", text, page)
    cause = explained(result.error, "") if result.error else None
    return _outcome(request, view, cause, status=cause.http_status if cause else 502)


def _replayed(request: Request, access: Access, model_id: str, activity: Activity) -> HttpResponse:
    label = visible(activity.model_name or model_id)
    if activity.outcome == Activity.Outcome.DONE:
        return _done(request, access, f"{label} was deleted by this form before. Nothing was sent now.")
    view = OutcomeView(
        "This form was sent before", replayed(activity), reverse("model", args=[access.project, model_id])
    )
    return _outcome(request, view, None, status=409)


def _done(request: Request, access: Access, text: str) -> HttpResponse:
    messages.success(request, text)
    if request.htmx:
        return HttpResponseClientRedirect(reverse("models", args=[access.project]))
    return redirect("models", access.project)


def _unsent(error: Exception) -> Explanation | None:
    if isinstance(error, ApiError):
        return explained(error, f"{NOT_DELETED} {NOTHING_SENT}", sent=False)
    return problem_of(error)


def _confirm(request: Request, plan: Confirm, *, status: int = 200, **more: Any) -> HttpResponse:
    return _answer(request, {"plan": plan, **more}, status)


def _outcome(
    request: Request, outcome: OutcomeView, problem: Explanation | None, *, status: int
) -> HttpResponse:
    return _answer(request, {"outcome": outcome, "problem": problem}, status)


def _answer(request: Request, context: dict[str, Any], status: int) -> HttpResponse:
    template = "models_admin/_delete_dialog.html" if request.htmx else "models_admin/delete.html"
    context |= {"section": "models", "console_request_id": getattr(request, "request_id", "")}
    response = render(request, template, context, status=status)
    if request.htmx and status >= 400:
        response["HX-Reswap"] = "innerHTML"  # the page's own rule would leave the old dialog in place
    return response
