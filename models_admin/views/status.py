"""Fragments that follow one model: its status while it is polled, and what the last revalidation changed."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.fields import FieldRow, field_rows
from models_admin.screens.model.revalidation import revalidation_panel
from models_admin.screens.model.status import (
    PollState,
    StatusPanel,
    delay_next,
    delay_read,
    poll_state_read,
    stale_panel,
    status_context,
)
from models_admin.services.activity import changes_followed, last_set
from models_admin.services.protection import edit_obstacle
from models_admin.services.reading import model_gone, model_read
from models_admin.services.reconcile import VALIDATING, resolve_revalidation, revalidation_latest
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model, status_key

# Before the title of the browser's tab, once what it waited for has ended.
END_MARKS = {"ready": "\N{CHECK MARK} "}
END_MARK = "! "


@require_GET
@connected
def status(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The status. On the page it replaces itself and, when a validation ends, brings what has changed."""
    delay = delay_read(request.GET.get("delay"))
    poll = poll_state_read(request.GET.get("last"), access=access, model_id=model_id)
    try:
        model = model_read(access=access, model_id=model_id)
    except ApiError as error:
        return _failed(request, access, model_id, poll, delay, error)
    changes = changes_followed(project=access.project, model_id=model_id)
    state = resolve_revalidation(access=access, model=model, changes=changes)
    context = status_context(
        access=access, model=model, row=state.row, changes=changes, poll=poll, delay=delay_next(delay)
    )
    polled_on = bool(context["panel"].poll_url)
    # A model whose deletion is pending is polled on after its validation has ended.
    ended = poll is not None and (not polled_on or state.just_ended or _left_validating(poll, model))
    context["tab_title"] = visible(model.label)
    if ended and not polled_on:
        mark = END_MARKS.get(status_key(model.status), END_MARK)
        context["tab_title"] = f"{mark}{context['tab_title']}"
    if poll is not None and ended and request.htmx:
        row = state.row if state.just_ended else None
        if state.row is not None or status_key(poll.status) == VALIDATING:
            _add_end_message(request, model, row)
        context |= {"with_rest": True, "rows": _changed_rows(access, model, row)}
    return _panel(request, context, ended=ended)


@require_GET
@connected
def revalidation(request: Request, access: Access, model_id: str) -> HttpResponse:
    """What the last revalidation changed, compared with the current values."""
    model = model_read(access=access, model_id=model_id)
    row = revalidation_latest(changes_followed(project=access.project, model_id=model_id))
    context = {"revalidation": revalidation_panel(access=access, model=model, row=row)}
    return fragment(request, "models_admin/_revalidation.html", context)


def _left_validating(poll: PollState, model: Model) -> bool:
    return status_key(poll.status) == VALIDATING != status_key(model.status)


def _failed(
    request: Request,
    access: Access,
    model_id: str,
    poll: PollState | None,
    delay: int,
    error: ApiError,
) -> HttpResponse:
    """The last known status, marked as such, and a later try. Polling ends where the model is gone."""
    problem = explain(error)
    if not request.htmx or poll is None:
        return problem_respond(request, problem)
    if model_gone(error):
        panel = StatusPanel({"text": "Gone", "tone": "idle"}, stale="This model no longer exists.")
        return _panel(request, {"panel": panel}, ended=True)
    wait = delay_next(delay, retry_after=problem.retry_after)
    stale = f"As of {display.moment_utc(poll.at)}. {problem.title}."
    panel = stale_panel(access=access, model_id=model_id, poll=poll, delay=wait, stale=stale)
    return _panel(request, {"panel": replace(panel, request_id=problem.request_id or "")}, ended=False)


def _panel(request: Request, context: dict[str, Any], *, ended: bool) -> HttpResponse:
    """`ended`: what was waited for has ended, so the history of the page is loaded again."""
    response = fragment(request, "models_admin/_status_poll.html", context)
    if ended:
        response["HX-Trigger"] = "activity"
    return response


def _add_end_message(request: Request, model: Model, row: Activity | None) -> None:
    """`row` is the revalidation that this reading showed the end of, None where another reading did."""
    text = f"Validation of {visible(model.label)} ended: {display.status_label(model.status)}."
    if row is not None:
        count = len(row.changes)
        changed = {0: "No value changed.", 1: "One value changed."}.get(count, f"{count} values changed.")
        text = f"{text} {changed}"
    messages.add_message(
        request, messages.SUCCESS if status_key(model.status) == "ready" else messages.WARNING, text
    )


def _changed_rows(access: Access, model: Model, row: Activity | None) -> list[FieldRow]:
    """The rows of the metadata card that have changed, to be swapped where nobody is editing them."""
    if row is None:
        return []
    names = {entry["field"] for entry in row.changes}
    last = last_set(project=access.project, model_id=model.id)
    reason = edit_obstacle(access=access, model_id=model.id)
    rows = field_rows(project=access.project, model=model, last_set=last, why_not=reason)
    return [replace(item, changed=True) for item in rows if item.name in names]
