"""Sharing and unsharing a model: the buttons, the confirmation as a dialog or a page, and the result."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.catalog import SharingState
from models_admin.screens.model.sharing import sharing_form, sharing_panel
from models_admin.services.activity import last_set
from models_admin.services.audit import AlreadyUsed
from models_admin.services.protection import Protected, why_protected
from models_admin.services.sharing import (
    SharingDiffers,
    SharingPlan,
    SharingResult,
    Verb,
    model_share,
    sharing_find,
    sharing_plan,
)
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.outcomes import (
    EXPIRED,
    NOTHING_SENT,
    ONCE,
    OutcomeView,
    explained,
    replayed,
    warn_not_recorded,
)
from models_admin.views.responses import dialog_or_page, dialog_outcome, fragment, go
from models_admin.xerotier.errors import ApiError

DONE = {"share": "{} is shared in the public catalog.", "unshare": "{} is no longer shared."}
NOT_DONE = {"share": "The model was not shared.", "unshare": "The model was not unshared."}
ALREADY = {"share": "{} is already shared", "unshare": "{} is no longer shared"}
UNKNOWN = {"share": "We don't know whether {} was shared", "unshare": "We don't know whether {} was unshared"}


@require_safe
@connected
def sharing(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The buttons, for a page that was shown before it was known whether the API can share models."""
    found = sharing_find(access=access)
    offered = found is None or found.reason == "failed"
    state = SharingState.read(request.GET.dict())
    protected = why_protected(project=access.project, model_id=model_id)
    panel = sharing_panel(access=access, model_id=model_id, state=state, offered=offered, protected=protected)
    return fragment(request, "models_admin/_sharing.html", {"sharing": panel})


@require_http_methods(["GET", "POST"])
@connected
def share(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET shows what becomes public; POST shares the model once."""
    return _respond(request, access, model_id, "share")


@require_http_methods(["GET", "POST"])
@connected
def unshare(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET shows what is lost; POST unshares the model once."""
    return _respond(request, access, model_id, "unshare")


def _respond(request: Request, access: Access, model_id: str, verb: Verb) -> HttpResponse:
    back_to = (access.project, model_id)
    try:
        if request.method == "GET":
            return _confirm(request, sharing_plan(access=access, model_id=model_id, verb=verb))
        result = model_share(access=access, model_id=model_id, verb=verb, token=request.POST.get("token", ""))
    except Protected as protected:
        return _protected(request, access, model_id, verb, protected)
    except SharingDiffers as differs:
        return _differs(request, differs)
    except TokenStale:
        plan = sharing_plan(access=access, model_id=model_id, verb=verb)
        return _confirm(request, plan, changed=EXPIRED, status=422)
    except AlreadyUsed as used:
        return _replayed(request, access, model_id, verb, used.activity)
    except ApiError as error:
        effect = "" if request.method == "GET" else f"{NOT_DONE[verb]} {NOTHING_SENT}"
        problem = explained(error, effect, sent=False)
        return problem_respond(request, problem, back_to=None if problem.action else back_to)
    warn_not_recorded(request, recorded=result.recorded)
    return _answer_with(request, access, model_id, result)


def _answer_with(request: Request, access: Access, model_id: str, result: SharingResult) -> HttpResponse:
    label, page = visible(result.label), reverse("model", args=[access.project, model_id])
    cause = explained(result.error, "") if result.error else None
    if result.state == "done":
        return go(request, page, message=f"{DONE[result.verb].format(label)} {result.note}".strip())
    if result.state == "gone":
        view = OutcomeView(
            f"{label} no longer exists", f"{NOT_DONE[result.verb]} It was deleted in the meantime."
        )
        return dialog_outcome(request, view, cause, status=404)
    if result.plan is not None and result.error is not None:
        effect = NOT_DONE[result.verb] + (f" {NOTHING_SENT}" if result.state == "not_sent" else "")
        return _confirm(request, result.plan, problem=explained(result.error, effect), status=422)
    view = OutcomeView(UNKNOWN[result.verb].format(label), f"{result.note} {ONCE}", page)
    return dialog_outcome(request, view, cause, status=cause.http_status if cause else 502)


def _differs(request: Request, differs: SharingDiffers) -> HttpResponse:
    plan = differs.plan
    if not differs.already:
        changed = f"The model has changed since you opened this. {NOTHING_SENT} Check it, then confirm again."
        return _confirm(request, plan, changed=changed, status=409)
    page = reverse("model", args=[plan.project, plan.model.id])
    title = ALREADY[plan.verb].format(visible(plan.model.label))
    return dialog_outcome(request, OutcomeView(title, NOTHING_SENT, page), status=409)


def _protected(
    request: Request, access: Access, model_id: str, verb: Verb, protected: Protected
) -> HttpResponse:
    page = reverse("model", args=[access.project, model_id])
    text = f"{protected}. {NOT_DONE[verb]}"
    return dialog_outcome(request, OutcomeView("This model is protected", text, page), status=403)


def _replayed(
    request: Request, access: Access, model_id: str, verb: Verb, activity: Activity
) -> HttpResponse:
    page = reverse("model", args=[access.project, model_id])
    if activity.outcome == Activity.Outcome.DONE:
        label = visible(activity.model_name or model_id)
        text = f"This form was already used. {DONE[verb].format(label)} Nothing was sent this time."
        return go(request, page, message=text)
    view = OutcomeView("This form was already used", replayed(activity), page)
    return dialog_outcome(request, view, status=409)


def _confirm(request: Request, plan: SharingPlan, *, status: int = 200, **more: Any) -> HttpResponse:
    form = sharing_form(plan, last_set(project=plan.project, model_id=plan.model.id))
    return dialog_or_page(request, "confirm", form.title, {"plan": form, **more}, status=status)
