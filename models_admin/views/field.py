"""Editing a field in place: the form, saving it, and the value as it is shown."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation, explain
from models_admin.formatting.values import ValueRefused, value_read, value_text
from models_admin.forms.field import FieldForm
from models_admin.http import Request
from models_admin.screens.model.field_form import conflict_view, edit_view, failed_view, standing_view
from models_admin.services.audit import CannotRecord
from models_admin.services.editing import edit_open, edit_token, model_edit
from models_admin.services.edits import Edit, Result
from models_admin.views.decorators import connected, signed_in
from models_admin.views.edits import (
    CHANGED,
    edit_row,
    edit_tell,
    failed_status,
    respond_conflict,
    respond_form,
    respond_shown,
    row_now,
)
from models_admin.views.outcomes import unrecorded_tell
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME, Field

STALE = "This form was not valid any more, so nothing was sent. It is now: look at the value and save again."
NOT_READ = "Nothing was sent, because the model could not be read first."


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def field_edit(request: Request, access: Access, model_id: str, field_name: str) -> HttpResponse:
    """The edit form of one field (GET); saving it (POST)."""
    field = BY_NAME[field_name]
    if request.method == "POST":
        return _save(request, access, model_id, field)
    standing = edit_open(access=access, model_id=model_id, field=field.name)
    token = edit_token(access=access, model_id=model_id, field=field.name)
    view = standing_view(field=field, project=access.project, standing=standing, token=token)
    return respond_form(request, view, name=standing.model.label)


@require_safe
@connected
def field_value(request: Request, access: Access, model_id: str, field_name: str) -> HttpResponse:
    """The field as it is shown: what Cancel brings back."""
    row = row_now(access, model_id, BY_NAME[field_name])
    return render(request, "models_admin/_field.html", {"row": row})


@require_POST
@signed_in
def field_preview(request: Request, project: str, model_id: str, field_name: str) -> HttpResponse:
    """What would be sent for the text so far. Asks nobody; the text comes by POST to stay out of logs."""
    field = BY_NAME[field_name]
    permission_require(user=request.user, act="edit")
    typed = request.POST.get("value", "")
    try:
        checked = value_read(typed, field=field)
    except ValueRefused as exc:
        text = str(exc)
    else:
        text = checked.warning
        if not text and field.kind == "integer" and checked.value is not None:
            text = f"Will be sent as {value_text(field, checked.value)}."
    return render(request, "models_admin/_field_preview.html", {"text": text})


def _save(request: Request, access: Access, model_id: str, field: Field) -> HttpResponse:
    permission_require(user=access.user, act="edit")
    form = FieldForm(request.POST, field=field)
    if request.POST.get("decision") == "theirs":
        return _theirs_kept(request, access, model_id, field)
    if not form.is_valid():
        return _form_again(request, access, model_id, form, form.reason or STALE)
    try:
        edit = model_edit(
            access=access,
            model_id=model_id,
            field=field.name,
            checked=form.cleaned_data["checked"],
            seen=form.cleaned_data["seen"],
            token=form.cleaned_data["token"],
        )
    except TokenStale:
        return _form_again(request, access, model_id, form, STALE)
    except CannotRecord as unsent:
        return _form_again(request, access, model_id, form, unsent.message, status=503)
    except ApiError as error:
        problem = explain(error)
        reason = f"{NOT_READ} {problem.detail}"
        return _form_again(
            request, access, model_id, form, reason, problem=problem, status=problem.http_status
        )
    return _answer(request, access, model_id, form, edit)


def _answer(request: Request, access: Access, model_id: str, form: FieldForm, edit: Edit) -> HttpResponse:
    field, name = edit.wish.field, edit.model.label if edit.model else model_id
    if edit.result is Result.CONFLICT:
        token = edit_token(access=access, model_id=model_id, field=field.name)
        conflict = conflict_view(edit=edit, typed=form.typed, token=token)
        return respond_conflict(request, conflict, name=name)
    if edit.result in (Result.REFUSED, Result.NOT_SENT, Result.UNKNOWN):
        unrecorded_tell(request, recorded=edit.recorded)
        token = edit_token(access=access, model_id=model_id, field=field.name)
        view = failed_view(edit=edit, typed=form.typed, token=token)
        response = respond_form(request, view, name=name, status=failed_status(edit))
        response["HX-Trigger"] = CHANGED
        return response
    edit_tell(request, access, edit)
    row = edit_row(access, edit)
    if row is None and request.htmx:
        row = row_now(access, model_id, field)
    return respond_shown(request, access, model_id, row)


def _form_again(
    request: Request,
    access: Access,
    model_id: str,
    form: FieldForm,
    reason: str,
    *,
    problem: Explanation | None = None,
    status: int = 422,
) -> HttpResponse:
    """With what was typed, the reason, and a fresh token. Nothing was sent."""
    view = edit_view(
        field=form.field,
        project=access.project,
        model_id=model_id,
        seen=form.cleaned_data.get("seen"),
        token=edit_token(access=access, model_id=model_id, field=form.field.name),
        typed=form.typed,
        error=reason,
        problem=problem,
    )
    return respond_form(request, view, name=model_id, status=status)


def _theirs_kept(request: Request, access: Access, model_id: str, field: Field) -> HttpResponse:
    """The person leaves the other value as it is: nothing is sent."""
    messages.info(request, f"{field.label} was left as it is. Nothing was sent.")
    if not request.htmx:
        return respond_shown(request, access, model_id, None)
    return respond_shown(request, access, model_id, row_now(access, model_id, field))
