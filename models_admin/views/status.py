"""Fragments that follow one model: its live status, and what the end of a revalidation changed."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from models_admin.access.connections import Access
from models_admin.access.permissions import may
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.fields import FieldRow, field_rows
from models_admin.screens.model.polling import Memory, delay_next, delay_read, memory_read
from models_admin.screens.model.status import Live, lifecycle_context, live_stale, revalidation_make
from models_admin.services.activity import ledger
from models_admin.services.reading import model_gone, model_read
from models_admin.services.reconcile import revalidation_latest
from models_admin.views.decorators import connected
from models_admin.views.errors import problem_respond
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model


@require_GET
@connected
def status(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The live status, alone. On the page it replaces itself, and brings along what the end changed."""
    delay = delay_read(request.GET.get("delay"))
    memory = memory_read(request.GET.get("last"), access=access, model_id=model_id)
    try:
        model = model_read(access=access, model_id=model_id)
    except ApiError as error:
        return _unread(request, access, model_id, memory, delay, error)
    context = lifecycle_context(access=access, model=model, memory=memory, delay=delay_next(delay))
    ended = memory is not None and not context["live"].poll_url
    if ended and request.htmx:
        _tell_the_end(request, model, context["settled"])
        context |= {"with_rest": True, "rows": _changed_rows(access, model, context["settled"])}
    response = fragment(request, "models_admin/_status_poll.html", context)
    if ended:
        response["HX-Trigger"] = "activity"
    return response


@require_GET
@connected
def revalidation(request: Request, access: Access, model_id: str) -> HttpResponse:
    """What the last revalidation changed, with the values as they are now."""
    model = model_read(access=access, model_id=model_id)
    row = revalidation_latest(access=access, model_id=model_id)
    context = {"revalidation": revalidation_make(access=access, model=model, row=row)}
    return fragment(request, "models_admin/_revalidation.html", context)


def _unread(
    request: Request,
    access: Access,
    model_id: str,
    memory: Memory | None,
    delay: int,
    error: ApiError,
) -> HttpResponse:
    """The last known status, marked as such, and a later try; an end where the model is gone."""
    if not request.htmx or memory is None:
        return problem_respond(request, explain(error))
    problem = explain(error)
    if model_gone(error):
        live = Live(
            status={"text": "Gone", "tone": "idle"}, refresh_url="", stale="The model is no longer there."
        )
    else:
        wait = delay_next(delay, retry_after=problem.retry_after)
        stale = f"As of {display.moment_utc(memory.at)}. {problem.title}."
        live = live_stale(access=access, model_id=model_id, memory=memory, delay=wait, stale=stale)
        live = replace(live, request_id=problem.request_id or "")
    return fragment(request, "models_admin/_status_poll.html", {"live": live})


def _tell_the_end(request: Request, model: Model, settled: Activity | None) -> None:
    count = len(settled.changes) if settled else 0
    changed = {0: "No value changed.", 1: "One value changed."}.get(count, f"{count} values changed.")
    text = f"Validation of {visible(model.label)} ended: {display.status_label(model.status)}."
    tell = messages.success if model.status == "ready" else messages.warning
    tell(request, f"{text} {changed}" if settled else text)


def _changed_rows(access: Access, model: Model, settled: Activity | None) -> list[FieldRow]:
    """The rows of the metadata card that are no longer true, to be swapped where nobody is editing them."""
    if settled is None:
        return []
    names = {entry["field"] for entry in settled.changes}
    book = ledger(project=access.project, model_id=model.id)
    rows = field_rows(project=access.project, model=model, ledger=book, may_edit=may(access.user, "edit"))
    return [replace(row, changed=True) for row in rows if row.name in names]
