"""Protecting a model: the form, as a dialog or a page, and the button that lifts the protection."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.protecting import (
    LONGEST_REASON,
    AlreadyProtected,
    NotProtected,
    ReasonRefused,
    model_protect,
    model_unprotect,
    protect_open,
    protect_token,
)
from models_admin.services.protection import protection_sentence
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_of, problem_respond
from models_admin.views.outcomes import OutcomeView
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.views.responses import dialog_or_page, dialog_outcome, go
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import label_of

EXPIRED = "This form had expired, so nothing was changed. Send it again."


@require_http_methods(["GET", "POST"])
@connected
def protect(request: Request, access: Access, model_id: str) -> HttpResponse:
    """GET asks for the reason; POST protects the model."""
    page = reverse("model", args=[access.project, model_id])
    try:
        if request.method == "GET":
            model = protect_open(access=access, model_id=model_id)
            return _form(request, access, model_id, label=visible(model.label))
        found = model_protect(
            access=access,
            model_id=model_id,
            reason=request.POST.get("reason", ""),
            token=request.POST.get("token", ""),
        )
    except AlreadyProtected as already:
        text = f"{protection_sentence(already.protection)}. Nothing was changed."
        outcome = OutcomeView("This model is already protected", text, page)
        return dialog_outcome(request, outcome, status=409)
    except ReasonRefused as refused:
        return _form(request, access, model_id, error=str(refused), status=422)
    except TokenStale:
        return _form(request, access, model_id, error=EXPIRED, status=422)
    except AlreadyUsed:
        return go(request, page, message="This form was already used. Nothing was changed this time.")
    except (ApiError, CannotRecord) as error:
        if request.method == "GET":
            raise
        return _form(request, access, model_id, problem=problem_of(error), status=422)
    label = visible(label_of(found.model_name, model_id=model_id))
    return go(request, page, message=f"{label} is protected.")


@require_POST
@connected
def unprotect(request: Request, access: Access, model_id: str) -> HttpResponse:
    access.require("protect")
    if response := reauthentication_required(request):
        return response
    try:
        found = model_unprotect(access=access, model_id=model_id, token=request.POST.get("token", ""))
    except NotProtected:
        messages.info(request, "The protection had already been lifted. Nothing was changed.")
    except AlreadyUsed:
        messages.info(request, "This button was already used. Nothing was changed this time.")
    except TokenStale:
        next_step = "Reload the model's page, then press it again."
        problem = Explanation("This button has expired", "Nothing was changed.", 422, next_step=next_step)
        return problem_respond(request, problem, back_to=(access.project, model_id))
    else:
        label = visible(label_of(found.model_name, model_id=model_id))
        messages.success(request, f"The protection of {label} was lifted.")
    return redirect("model", access.project, model_id)


def _form(
    request: Request,
    access: Access,
    model_id: str,
    *,
    label: str = "",
    error: str = "",
    problem: Any = None,
    status: int = 200,
) -> HttpResponse:
    address = [access.project, model_id]
    context = {
        "label": label or request.POST.get("label", "")[:500] or model_id,
        "url": reverse("model-protect", args=address),
        "model_url": reverse("model", args=address),
        "token": protect_token(access=access, model_id=model_id),
        "reason": request.POST.get("reason", ""),
        "longest": LONGEST_REASON,
        "error": error,
        "problem": problem,
    }
    return dialog_or_page(request, "protect", f"Protect {context['label']}", context, status=status)
