"""The form of all editable fields, filled by hand or from the model's own files. One PATCH saves it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import explain
from models_admin.files.proposals import FileRefused
from models_admin.files.reading import files_read
from models_admin.formatting.text import visible
from models_admin.forms.field import FieldForm
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.edit_all import form_rows
from models_admin.services.audit import CannotRecord
from models_admin.services.editing import EditRequest, Result
from models_admin.services.editing_all import (
    EditAll,
    edit_all_open,
    edit_all_token,
    model_edit_all,
)
from models_admin.services.reading import CurrentValue
from models_admin.services.undoing import CannotUndo, activity_undo_all
from models_admin.views.decorators import connected, next_local
from models_admin.views.edits import CHANGED
from models_admin.views.field import NOT_READ
from models_admin.views.outcomes import NOTHING_SENT, replayed, warn_not_recorded
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME, FIELDS

STALE = "This form had expired, so nothing was sent. Check the values and save again."


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def edit_all(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The form (GET); saving what changed (POST)."""
    if request.method == "POST":
        return _save(request, access, model_id)
    return _render(request, access, model_id)


@require_POST
@connected
def edit_files(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The form, filled with what the files say. The files are read in memory and forgotten."""
    files = [(visible(item.name or "file")[:100], item.read()) for item in request.FILES.getlist("files")]
    now = edit_all_open(access=access, model_id=model_id)
    try:
        found = files_read(files)
    except FileRefused as refused:
        return _render(request, access, model_id, notes=[str(refused)], status=422)
    rows = form_rows(
        project=access.project,
        model_id=model_id,
        now=now,
        proposals={item.field: item for item in found.proposals},
    )
    notes = list(found.notes)
    if not any(row.source for row in rows):
        notes.append("The files propose nothing new.")
    return _render(request, access, model_id, rows=rows, notes=notes)


def _save(request: Request, access: Access, model_id: str) -> HttpResponse:
    forms = _forms(request)
    errors = {
        name: str(form.refusal) if form.refusal else STALE
        for name, form in forms.items()
        if not form.is_valid()
    }
    if errors:
        return _again(request, access, model_id, errors=errors)
    wanted = [
        EditRequest(
            access.project, model_id, BY_NAME[name], form.value, form.cleaned_data["base"], form.untouched
        )
        for name, form in forms.items()
    ]
    token = request.POST.get("token", "")
    try:
        edit = model_edit_all(access=access, model_id=model_id, requests=wanted, token=token)
    except (TokenStale, CannotRecord) as unsent:
        reason = unsent.message if isinstance(unsent, CannotRecord) else STALE
        return _again(request, access, model_id, notes=[reason])
    except ApiError as error:
        problem = explain(error)
        reason = f"{NOT_READ} {problem.detail}"
        return _again(request, access, model_id, notes=[reason], status=problem.http_status)
    if edit.result is Result.CONFLICT:
        return _again(request, access, model_id, conflicts=edit.conflicts, status=409)
    if edit.error is not None:
        return _failed(request, access, model_id, forms, edit)
    _add_message(request, edit)
    return redirect("model", access.project, model_id)


def _forms(request: Request) -> dict[str, FieldForm]:
    """The forms of the fields to be compared: without proposals not taken, and values left to someone else."""
    post = request.POST
    return {
        field.name: FieldForm(
            {"value": post[field.name], "base": post.get(f"base-{field.name}", "")}, field=field
        )
        for field in FIELDS
        if field.name in post
        and field.name not in _untaken(request)
        and post.get(f"decide-{field.name}") != "keep"
    }


def _untaken(request: Request) -> set[str]:
    """The fields whose proposals were not ticked."""
    return set(request.POST.getlist("proposed")) - set(request.POST.getlist("take"))


def _failed(
    request: Request, access: Access, model_id: str, forms: dict[str, FieldForm], edit: EditAll
) -> HttpResponse:
    """The API refused or did not answer: the reason lands on the field that the API names, if it names one."""
    warn_not_recorded(request, recorded=edit.recorded)
    error = edit.error
    assert error is not None  # noqa: S101
    detail = visible(error.message) if edit.result is Result.REFUSED else explain(error).detail
    opening = {Result.REFUSED: "The API refused the changes.", Result.NOT_SENT: "The changes were not sent."}
    reason = f"{opening.get(edit.result, edit.message)} {detail}"
    status = 422 if edit.result is Result.REFUSED else explain(error).http_status
    if error.param in forms:
        return _again(request, access, model_id, errors={str(error.param): reason}, status=status)
    return _again(request, access, model_id, notes=[reason], status=status)


def _again(
    request: Request,
    access: Access,
    model_id: str,
    *,
    notes: list[str] | None = None,
    status: int = 422,
    **more: Any,
) -> HttpResponse:
    """The form with everything that was typed and ticked, and a new token, even if the model cannot be read."""
    post = request.POST
    now: dict[str, CurrentValue] = {}
    with suppress(ApiError):
        now = edit_all_open(access=access, model_id=model_id)
    # A field left to someone else starts again from its current value, so that saving again doesn't overwrite it.
    names = [name for name in BY_NAME if post.get(f"decide-{name}") != "keep"]
    rows = form_rows(
        project=access.project,
        model_id=model_id,
        now=now,
        typed={name: post[name] for name in names if name in post},
        bases={name: post.get(f"base-{name}", "")[:100] for name in names},
        sources={name: visible(post.get(f"source-{name}", ""))[:200] for name in names},
        untaken=_untaken(request),
        **more,
    )
    return _render(request, access, model_id, rows=rows, notes=notes, status=status)


def _render(
    request: Request,
    access: Access,
    model_id: str,
    *,
    rows: list[Any] | None = None,
    notes: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    if rows is None:
        now = edit_all_open(access=access, model_id=model_id)
        rows = form_rows(project=access.project, model_id=model_id, now=now)
    context = {
        "rows": rows,
        "notes": notes or [],
        "token": edit_all_token(access=access, model_id=model_id),
        "model_id": model_id,
        "edit_url": reverse("model-edit", args=[access.project, model_id]),
        "files_url": reverse("model-edit-files", args=[access.project, model_id]),
        "model_url": reverse("model", args=[access.project, model_id]),
        "has_conflicts": any(row.conflict for row in rows),
        "section": "models",
    }
    return render(request, "models_admin/edit_all.html", context, status=status)


def _add_message(request: Request, edit: EditAll) -> None:
    if edit.result is Result.REPLAYED and edit.activity:
        messages.warning(request, replayed(edit.activity))
    elif edit.result is Result.UNCHANGED:
        messages.info(request, f"Nothing was changed. {NOTHING_SENT}")
    elif edit.message:
        messages.warning(request, f"The changes were sent. {visible(edit.message)[:400]}")
    else:
        names = ", ".join(BY_NAME[name].label for name in edit.changed)
        messages.success(request, f"Saved: {names}.")
    warn_not_recorded(request, recorded=edit.recorded)


def undo_all(request: Request, access: Access, row: Activity) -> HttpResponse:
    """Undo a change of several fields with one PATCH, or say why it wasn't undone."""
    model_url = reverse("model", args=[row.project, row.model_id])
    try:
        edit = activity_undo_all(access=access, row=row, token=request.POST.get("token", ""))
    except CannotUndo as reason:
        messages.error(request, f"This change can't be undone. {reason}")
    except TokenStale:
        messages.error(request, f"This Undo button had expired. {NOTHING_SENT} Press it again.")
    else:
        if edit.result is Result.CONFLICT:
            names = ", ".join(BY_NAME[name].label for name in edit.conflicts)
            messages.error(request, f"Changed since then: {names}. {NOTHING_SENT} Edit the values instead.")
        elif edit.error is not None:
            messages.error(request, f"The change was not undone. {visible(explain(edit.error).detail)}")
        else:
            _add_message(request, edit)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": model_url, "HX-Trigger": CHANGED})
    return HttpResponseRedirect(next_local(request.POST.get("next"), default=model_url))
