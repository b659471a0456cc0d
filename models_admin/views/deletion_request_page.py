"""The page of one request to delete: what will be deleted, and what this person can do about it."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from models_admin.http import Request
from models_admin.models import DeletionRequest
from models_admin.screens.deletion_requests import request_view
from models_admin.screens.model.delete import delete_form
from models_admin.services.approval import seen_of
from models_admin.services.deleting import DeletePlan, plan_outdated
from models_admin.services.endpoints import SeenEndpoints


def deletion_request_page(
    request: Request,
    approval: DeletionRequest,
    *,
    plan: DeletePlan | None = None,
    seen: SeenEndpoints | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """`plan`: the model as it is now, for someone who may approve; None if it wasn't read.

    `seen`: the endpoints that this person was shown before, by default those of the person who asked.
    """
    asked = request_view(approval, user=request.user)
    requests_url = reverse("deletion-requests", args=[approval.project])
    context = {"asked": asked, "section": "requests", "project": approval.project, **more}
    if plan is not None:
        form = delete_form(plan, seen=seen or seen_of(approval))
        form = replace(form, url=f"{asked['url']}approve/", model_url=requests_url)
        # Unread after a failure, it has no facts to compare; they are compared when the form is sent again.
        context |= {"plan": form, "outdated": plan_outdated(approval, plan) if plan.facts else []}
    context["requests_url"] = requests_url
    context["console_request_id"] = getattr(request, "request_id", "")
    return render(request, "models_admin/deletion_request.html", context, status=status)
