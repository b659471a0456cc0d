"""Requests to delete: their list, the page of one, and what can be done with it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.http import Request
from models_admin.models import DeletionRequest
from models_admin.screens.deletion_requests import request_view
from models_admin.screens.jobs.items import item_page
from models_admin.screens.jobs.page import preview_view
from models_admin.services.approval import OwnRequest, RequestClosed, second_person_needed
from models_admin.services.deleting import delete_plan
from models_admin.services.deletion_requests import (
    deletion_approve_job,
    deletion_decline,
    deletion_withdraw,
    request_find,
    requests_list,
)
from models_admin.services.jobs import NotConfirmed, job_counts
from models_admin.services.protection import Protected
from models_admin.views.decorators import connected
from models_admin.views.delete import delete_confirmed
from models_admin.views.deletion_request_page import deletion_request_page
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.xerotier.errors import ApiError

CLOSED = "This request was already closed. Nothing was changed."


@require_safe
@connected
def deletion_requests(request: Request, access: Access) -> HttpResponse:
    opened, closed = requests_list(access=access)
    context = {
        "opened": [request_view(item, user=access.user) for item in opened],
        "closed": [request_view(item, user=access.user) for item in closed],
        "needed": second_person_needed(project=access.project),
        "section": "requests",
        "project": access.project,
    }
    return render(request, "models_admin/deletion_requests.html", context)


@require_safe
@connected
def deletion_request(request: Request, access: Access, number: int) -> HttpResponse:
    """What was asked for. Who may approve it sees the model as it is now: two or three calls."""
    found = _find(access, number)
    if found.job_id:
        return _job_page(request, found)
    may_approve = found.user_id != access.user.pk and not access.why_not("delete")
    if found.state != DeletionRequest.State.OPEN or not may_approve:
        return deletion_request_page(request, found)
    try:
        plan = delete_plan(access=access, model_id=found.model_id)
    except Protected as protected:
        return deletion_request_page(request, found, protected=str(protected))
    except ApiError as error:
        problem = explain(error)
        return deletion_request_page(request, found, problem=problem, status=problem.http_status)
    return deletion_request_page(request, found, plan=plan)


@require_POST
@connected
def approve(request: Request, access: Access, number: int) -> HttpResponse:
    """Delete the model with this person's key, or start the job as theirs."""
    access.require("delete")
    if response := reauthentication_required(request):
        return response
    found = _find(access, number)
    if found.user_id == access.user.pk:
        raise OwnRequest
    if not found.job_id:
        try:
            return delete_confirmed(request, access, found.model_id, found)
        except Protected as protected:
            return deletion_request_page(request, found, protected=str(protected), status=403)
    try:
        job = deletion_approve_job(access=access, request=found, typed=request.POST.get("confirm_name", ""))
    except NotConfirmed:
        return _job_page(
            request, found, refusal="Type the sentence exactly. Nothing was deleted.", status=422
        )
    except RequestClosed:
        messages.info(request, CLOSED)
        return redirect("deletion-request", access.project, number)
    return redirect("job", access.project, job.pk)


@require_POST
@connected
def decline(request: Request, access: Access, number: int) -> HttpResponse:
    done = "The deletion was declined. Nothing was deleted."
    return _close(request, access, number, deletion_decline, done)


@require_POST
@connected
def withdraw(request: Request, access: Access, number: int) -> HttpResponse:
    done = "Your request was withdrawn. Nothing was deleted."
    return _close(request, access, number, deletion_withdraw, done)


def _close(
    request: Request, access: Access, number: int, close: Callable[..., None], done: str
) -> HttpResponse:
    """Decline or withdraw a request. `done` says so."""
    try:
        close(access=access, request=_find(access, number))
    except RequestClosed:
        messages.info(request, CLOSED)
    else:
        messages.success(request, done)
    return redirect("deletion-request", access.project, number)


def _find(access: Access, number: int) -> DeletionRequest:
    found = request_find(access=access, number=number)
    if found is None:
        raise Http404
    return found


def _job_page(request: Request, found: DeletionRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    """The models of the job, as its preview showed them to the person who asked."""
    job = found.job
    assert job is not None  # noqa: S101
    more |= {"preview": preview_view(job, job_counts(job), user=request.user)}
    more |= {
        "items": item_page(job, number=request.GET.get("page")),
        "typed": request.POST.get("confirm_name", ""),
    }
    return deletion_request_page(request, found, status=status, **more)
