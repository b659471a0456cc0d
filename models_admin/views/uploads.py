"""Upload sessions: their list, which follows what is being uploaded, one of them, and cancelling one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation, explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.status import delay_read
from models_admin.screens.uploads import (
    UploadsPoll,
    cancel_form,
    poll_failed,
    poll_first,
    poll_next,
    status_asked,
    status_chips,
    upload_commands,
    upload_details,
    upload_row,
    uploads_table,
)
from models_admin.services.audit import AlreadyUsed
from models_admin.services.publishing import NotAvailable
from models_admin.services.uploads import (
    CancelPlan,
    CancelResult,
    UploadEnded,
    UploadGone,
    cancel_plan,
    upload_cancel,
    upload_read,
    uploads_list,
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
from models_admin.xerotier.uploads import Upload

MISSING = {
    "no_route": "This API has no list of uploads.",
    "no_permission": "Your key may not list this project's uploads.",
}
NOT_CANCELLED = "The upload was not cancelled."
DONE = "The upload of {} was cancelled."
DIGEST_LENGTH = 16


@require_safe
@connected
def uploads(request: Request, access: Access) -> HttpResponse:
    """One call. Where the API has no uploads, the page says so."""
    asked, now = status_asked(request.GET.get("status")), timezone.now()
    context: dict[str, Any] = {"project": access.project, "section": "models", "poll": UploadsPoll()}
    try:
        found = uploads_list(access=access, status=asked)
    except NotAvailable as missing:
        context["missing"] = MISSING[missing.reason]
    else:
        context |= {
            "table": uploads_table(access=access, uploads=found, asked=asked, now=now),
            "poll": poll_first(project=access.project, uploads=found, asked=asked, now=now),
            "chips": status_chips(project=access.project, asked=asked),
            "commands": upload_commands(access.project),
        }
    return render(request, "models_admin/uploads.html", context)


@require_GET
@connected
def uploads_rows(request: Request, access: Access) -> HttpResponse:
    """The next poll, with the rows out of band. Rows that can't be read again stay as they are."""
    asked, now = status_asked(request.GET.get("status")), timezone.now()
    delay, seen = delay_read(request.GET.get("delay")), request.GET.get("seen", "")[:DIGEST_LENGTH]
    try:
        found = uploads_list(access=access, status=asked)
    except NotAvailable as missing:
        return _polled(request, UploadsPoll(note=MISSING[missing.reason]))
    except ApiError as error:
        problem = explain(error)
        if not request.htmx:
            return problem_respond(request, problem)
        poll = poll_failed(
            project=access.project,
            asked=asked,
            seen=seen,
            delay=delay,
            title=problem.title,
            request_id=problem.request_id or "",
            retry_after=problem.retry_after,
        )
        return _polled(request, poll)
    poll = poll_next(project=access.project, uploads=found, asked=asked, now=now, seen=seen, delay=delay)
    table = uploads_table(access=access, uploads=found, asked=asked, now=now)
    return _polled(request, poll, table=table, swapping=True)


@require_safe
@connected
def upload(request: Request, access: Access, upload_id: str) -> HttpResponse:
    """All that the API reports of one session."""
    try:
        found = upload_read(access=access, upload_id=upload_id)
    except UploadGone:
        return problem_respond(request, _gone(access, ""))
    now = timezone.now()
    context = {
        "project": access.project,
        "section": "models",
        "row": upload_row(access=access, upload=found, now=now),
        "details": upload_details(found, now=now),
    }
    return render(request, "models_admin/upload.html", context)


@require_http_methods(["GET", "POST"])
@connected
def cancel(request: Request, access: Access, upload_id: str) -> HttpResponse:
    """GET shows what is lost; POST cancels the session once."""
    try:
        if request.method == "GET":
            return _confirm(request, cancel_plan(access=access, upload_id=upload_id))
        result = upload_cancel(access=access, upload_id=upload_id, token=request.POST.get("token", ""))
    except UploadEnded as ended:
        return _ended(request, access, ended.upload)
    except UploadGone:
        view = _view(access, "", "The upload no longer exists", NOTHING_SENT)
        return dialog_outcome(request, view, status=404)
    except TokenStale:
        return _confirm_again(request, access, upload_id)
    except AlreadyUsed as used:
        return _replayed(request, access, upload_id, used.activity)
    except ApiError as error:
        effect = "" if request.method == "GET" else f"{NOT_CANCELLED} {NOTHING_SENT}"
        return problem_respond(request, explained(error, effect, sent=False))
    warn_not_recorded(request, recorded=result.recorded)
    return _answer_with(request, access, upload_id, result)


def _confirm_again(request: Request, access: Access, upload_id: str) -> HttpResponse:
    try:
        return _confirm(request, cancel_plan(access=access, upload_id=upload_id), changed=EXPIRED, status=422)
    except UploadEnded as ended:
        return _ended(request, access, ended.upload)
    except UploadGone:
        return problem_respond(request, _gone(access, NOTHING_SENT))


def _answer_with(request: Request, access: Access, upload_id: str, result: CancelResult) -> HttpResponse:
    label, page = visible(result.label), reverse("uploads", args=[access.project])
    cause = explained(result.error, "") if result.error else None
    if result.state == "done":
        return go(request, page, message=f"{DONE.format(label)} {visible(result.note)}".strip())
    if result.state == "gone":
        view = _view(access, "", "The upload no longer exists", NOT_CANCELLED)
        return dialog_outcome(request, view, cause, status=404)
    if result.plan is not None and result.error is not None:
        effect = NOT_CANCELLED + (f" {NOTHING_SENT}" if result.state == "not_sent" else "")
        return _confirm(request, result.plan, problem=explained(result.error, effect), status=422)
    title = f"We don't know whether the upload of {label} was cancelled"
    view = _view(access, upload_id, title, f"{visible(result.note)} {ONCE}")
    return dialog_outcome(request, view, cause, status=cause.http_status if cause else 502)


def _ended(request: Request, access: Access, upload: Upload) -> HttpResponse:
    status = display.status_label(upload.status)
    text = f"Its status is {status}, so there is nothing to cancel. {NOTHING_SENT}"
    view = _view(access, upload.id, f"The upload of {visible(upload.label)} has ended", text)
    return dialog_outcome(request, view, status=409)


def _replayed(request: Request, access: Access, upload_id: str, activity: Activity) -> HttpResponse:
    if activity.outcome == Activity.Outcome.DONE:
        label = visible(activity.model_name or upload_id)
        text = f"This form was already used. {DONE.format(label)} Nothing was sent this time."
        return go(request, reverse("uploads", args=[access.project]), message=text)
    view = _view(access, upload_id, "This form was already used", replayed(activity))
    return dialog_outcome(request, view, status=409)


def _view(access: Access, upload_id: str, title: str, text: str) -> OutcomeView:
    page = reverse("upload", args=[access.project, upload_id]) if upload_id else ""
    back = reverse("uploads", args=[access.project])
    return OutcomeView(title, text, page, "Check the upload", back, "Back to uploads")


def _gone(access: Access, effect: str) -> Explanation:
    detail = f"The API has no upload with this ID in {access.project}. {effect}".strip()
    next_step = "It may have been cancelled or have expired. Look at the list of uploads."
    return Explanation("Upload not found", detail, 404, next_step=next_step)


def _polled(request: Request, poll: UploadsPoll, **more: Any) -> HttpResponse:
    return fragment(request, "models_admin/_uploads_poll.html", {"poll": poll, **more})


def _confirm(request: Request, plan: CancelPlan, *, status: int = 200, **more: Any) -> HttpResponse:
    form = cancel_form(plan, now=timezone.now())
    return dialog_or_page(request, "confirm", form.title, {"plan": form, **more}, status=status)
