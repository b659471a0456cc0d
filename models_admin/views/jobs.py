"""Jobs over many models: their list, the page of one, and what can be done with it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.connections import Access
from models_admin.access.permissions import NotAllowed
from models_admin.access.reauthentication import authentication_is_recent
from models_admin.http import Request
from models_admin.models import Job
from models_admin.screens.jobs.items import item_page
from models_admin.screens.jobs.page import job_view, preview_view
from models_admin.services.approval import SecondPersonNeeded, second_person_needed
from models_admin.services.deletion_requests import deletion_ask_many
from models_admin.services.job_run import job_run, seconds_left
from models_admin.services.jobs import (
    ACTS,
    NotConfirmed,
    NothingToDo,
    job_continue,
    job_counts,
    job_find,
    job_retry,
    job_running,
    job_start,
    job_stop,
    job_undo,
)
from models_admin.services.jobs import jobs_list as jobs_of_project
from models_admin.services.protecting import ReasonRefused
from models_admin.views.decorators import connected, send_to_reauthenticate
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.views.responses import fragment

SHOWN = 50
ASKED = "You asked for these deletions. Someone else has to approve them within 24 hours."


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def jobs(request: Request, access: Access) -> HttpResponse:
    """GET lists the project's jobs; POST starts the one whose preview was shown."""
    if request.method == "POST":
        return _start(request, access)
    found = jobs_of_project(access=access)
    mine = request.GET.get("mine") == "1"
    found = found.filter(user=access.user) if mine else found
    views = [_view(access, job) for job in found[:SHOWN]]
    context = {"jobs": views, "mine": mine, "section": "jobs", "project": access.project}
    return render(request, "models_admin/jobs.html", context)


def _start(request: Request, access: Access) -> HttpResponse:
    job = _job(access, _number(request.POST.get("job", "")))
    access.require(ACTS[Job.Action(job.action)])
    if job.action == Job.Action.DELETE and (response := reauthentication_required(request)):
        return response
    try:
        job_start(access=access, job=job, typed=request.POST.get("confirm_name", ""))
    except SecondPersonNeeded:
        return _ask(request, access, job)
    except NotConfirmed:
        return preview_page(
            request, access, job, refusal="Type the sentence exactly. Nothing was deleted.", status=422
        )
    except NothingToDo as nothing:
        return preview_page(request, access, job, refusal=str(nothing), status=422)
    return redirect("job", access.project, job.pk)


def _ask(request: Request, access: Access, job: Job) -> HttpResponse:
    """Ask for the deletions, which someone else has to approve."""
    try:
        asked = deletion_ask_many(access=access, job=job, reason=request.POST.get("reason", ""))
    except (ReasonRefused, NothingToDo) as refused:
        return preview_page(request, access, job, refusal=f"{refused} Nothing was deleted.", status=422)
    messages.success(request, ASKED)
    return redirect("deletion-request", access.project, asked.pk)


@require_safe
@connected
def job(request: Request, access: Access, number: int) -> HttpResponse:
    found = _job(access, number)
    if found.state == Job.State.DRAFT:
        return preview_page(request, access, found)
    auto = found.user_id == access.user.pk
    return render(request, "models_admin/job.html", _context(request, access, found, auto=auto))


@require_POST
@connected
def run(request: Request, access: Access, number: int) -> HttpResponse:
    """One slice; for htmx the progress, which asks for the next one, otherwise back to the job's page."""
    found = _job(access, number)
    goes_on = request.POST.get("continue") == "1"
    if goes_on and (response := _proof_required(request, found)):
        return response
    try:
        if goes_on:
            job_continue(access=access, job=found)
        ran = job_run(access=access, job=found)
    except NotAllowed as refusal:
        if not request.htmx:
            raise
        context = _context(request, access, found, auto=False) | {"refusal": str(refusal)}
        return fragment(request, "models_admin/_job.html", context, status=403)
    if not request.htmx:
        return redirect("job", access.project, number)
    pace = seconds_left(access=access, ran=ran)
    context = _context(request, access, ran.job, auto=True, pace=pace) | {"swapping": True}
    return fragment(request, "models_admin/_job.html", context)


@require_POST
@connected
def stop(request: Request, access: Access, number: int) -> HttpResponse:
    job_stop(access=access, job=_job(access, number))
    return redirect("job", access.project, number)


@require_POST
@connected
def retry(request: Request, access: Access, number: int) -> HttpResponse:
    """Try the failed models again; afterwards the job goes on as before."""
    found = _job(access, number)
    if response := _proof_required(request, found):
        return response
    try:
        job_retry(access=access, job=found)
    except NothingToDo as nothing:
        messages.info(request, str(nothing))
    return redirect("job", access.project, number)


@require_POST
@connected
def undo(request: Request, access: Access, number: int) -> HttpResponse:
    """To the preview of the job that undoes this one."""
    try:
        draft = job_undo(access=access, job=_job(access, number))
    except NothingToDo as nothing:
        messages.info(request, str(nothing))
        return redirect("job", access.project, number)
    return redirect("job", access.project, draft.pk)


def _proof_required(request: Request, job: Job) -> HttpResponse | None:
    """Ask to sign in again before a stopped deletion job goes on, then return to it; None if the view may go on."""
    if job.action != Job.Action.DELETE or authentication_is_recent(session=request.session):
        return None
    return send_to_reauthenticate(request, target=reverse("job", args=[job.project, job.pk]))


def preview_page(
    request: Request, access: Access, job: Job, *, refusal: str = "", notes: str = "", status: int = 200
) -> HttpResponse:
    """What a draft would do to each model, with the button that starts it."""
    context = {
        "preview": preview_view(job, job_counts(job), user=access.user),
        "items": item_page(job, number=request.GET.get("page")),
        "refusal": refusal,
        "notes": notes,
        "section": "models",
        "typed": request.POST.get("confirm_name", request.POST.get("reason", "")),
        "asks": job.action == Job.Action.DELETE and second_person_needed(project=access.project),
    }
    return render(request, "models_admin/job_preview.html", context, status=status)


def _context(request: Request, access: Access, job: Job, *, auto: bool, pace: float = 0) -> dict[str, Any]:
    only = request.POST.get("state") or request.GET.get("state", "")
    number = request.POST.get("page") or request.GET.get("page")
    return {
        "job": _view(access, job, pace=pace),
        "items": item_page(job, number=number, only=only),
        "only": only,
        "auto": auto,
        "section": "jobs",
        "project": access.project,
    }


def _view(access: Access, job: Job, *, pace: float = 0) -> Any:
    running = job_running(job)
    counts = job_counts(job)
    return job_view(job, counts, user=access.user, now=timezone.now(), running=running, seconds_left=pace)


def _job(access: Access, number: int) -> Job:
    found = job_find(access=access, number=number)
    if found is None:
        raise Http404
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
