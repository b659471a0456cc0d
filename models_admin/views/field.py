"""Editing a field in place: the form, saving it, and the value as it is shown."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.connections import Access
from models_admin.access.permissions import permission_require
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import Explanation, explain
from models_admin.formatting.values import value_typed
from models_admin.forms.field import FieldForm
from models_admin.http import Request
from models_admin.screens.model.field_form import conflict_view, edit_view, failed_view, refused_view
from models_admin.services.audit import CannotRecord
from models_admin.services.editing import Edit, Result, edit_open, edit_token, model_edit
from models_admin.services.protection import Protected
from models_admin.views.decorators import connected, signed_in
from models_admin.views.edits import (
    CHANGED,
    add_edit_message,
    edit_row,
    failed_status,
    patch_snippets,
    render_conflict,
    render_field,
    render_form,
    row_now,
)
from models_admin.views.outcomes import warn_not_recorded
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME, Field

UNTOUCHED = "You haven't changed this value, so nothing will be sent."
NOT_SAVED = "Your change has not been saved."
STALE = "This form had expired, so nothing was sent. Check the value and save again."
NOT_READ = "Nothing was sent, because the model couldn't be read first."


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def field_edit(request: Request, access: Access, model_id: str, field_name: str) -> HttpResponse:
    """The edit form of one field (GET); saving it (POST)."""
    field = BY_NAME[field_name]
    if request.method == "POST":
        return _save(request, access, model_id, field)
    source = request.GET.get("from")  # another model, whose value the form is filled with
    typed = value_typed(edit_open(access=access, model_id=source, field=field).value) if source else None
    return _form(request, access, model_id, field, typed=typed)


@require_safe
@connected
def field_value(request: Request, access: Access, model_id: str, field_name: str) -> HttpResponse:
    """The field as it is shown: what Cancel brings back."""
    row = row_now(access, model_id, BY_NAME[field_name])
    return render(request, "models_admin/_field.html", {"row": row})


@require_POST
@signed_in
def field_preview(request: Request, project: str, model_id: str, field_name: str) -> HttpResponse:
    """What would be sent for the text so far. Calls no API; the text comes by POST to stay out of logs."""
    field = BY_NAME[field_name]
    permission_require(user=request.user, act="edit", project=project)
    post, one = request.POST, "value" in request.POST  # the form of one field, or of all
    names = ("value", "base") if one else (field_name, f"base-{field_name}")
    form = FieldForm({"value": post.get(names[0], ""), "base": post.get(names[1], "")}, field=field)
    form.is_valid()  # which reads the text; the base may be missing
    context: dict[str, Any] = {"name": field.name, "text": form.notes, "one": one}
    if form.refusal is not None:
        context["text"] = str(form.refusal)
    elif form.untouched:
        context["text"] = UNTOUCHED
    else:
        context["snippets"] = patch_snippets(project, model_id, field, form.value)
    return render(request, "models_admin/_field_preview.html", context)


def _form(
    request: Request,
    access: Access,
    model_id: str,
    field: Field,
    *,
    typed: str | None = None,
    error: str = "",
) -> HttpResponse:
    """The form with the current value, or with the text typed before."""
    now = edit_open(access=access, model_id=model_id, field=field)
    token = edit_token(access=access, model_id=model_id, field_name=field.name)
    view = edit_view(
        field=field, project=access.project, model_id=model_id, token=token, now=now, typed=typed, error=error
    )
    return render_form(request, view, name=now.model.label, status=422 if error else 200)


def _save(request: Request, access: Access, model_id: str, field: Field) -> HttpResponse:
    if request.POST.get("decision") == "keep":
        return _keep_current(request, access, model_id, field)
    form = FieldForm(request.POST, field=field)
    if not form.is_valid():
        return _refused(request, access, model_id, form)
    try:
        edit = model_edit(
            access=access,
            model_id=model_id,
            field=field,
            value=form.value,
            base=form.cleaned_data["base"],
            token=form.cleaned_data["token"],
            untouched=form.untouched,
        )
    except TokenStale:
        return _form_again(request, access, model_id, form, STALE)
    except CannotRecord as unsent:
        return _form_again(request, access, model_id, form, unsent.message, status=503)
    except Protected:  # the form shows why
        return _form_again(request, access, model_id, form, NOT_SAVED, status=403)
    except ApiError as error:
        problem = explain(error)
        reason = f"{NOT_READ} {problem.detail}"
        return _form_again(
            request, access, model_id, form, reason, problem=problem, status=problem.http_status
        )
    return _respond(request, access, model_id, form, edit)


def _respond(request: Request, access: Access, model_id: str, form: FieldForm, edit: Edit) -> HttpResponse:
    field, name = edit.request.field, edit.model.label if edit.model else model_id
    if edit.result is Result.CONFLICT:
        token = edit_token(access=access, model_id=model_id, field_name=field.name)
        conflict = conflict_view(edit=edit, typed=form.typed, token=token)
        return render_conflict(request, conflict, edit)
    if edit.result in (Result.REFUSED, Result.NOT_SENT, Result.UNKNOWN):
        warn_not_recorded(request, recorded=edit.recorded)
        token = edit_token(access=access, model_id=model_id, field_name=field.name)
        view = failed_view(edit=edit, typed=form.typed, token=token)
        response = render_form(request, view, name=name, status=failed_status(edit))
        response["HX-Trigger"] = CHANGED
        return response
    add_edit_message(request, access, edit, notes=form.notes_sent)
    row = edit_row(access, edit)
    if row is None and request.htmx:
        row = row_now(access, model_id, field)
    return render_field(request, access, model_id, row)


def _refused(request: Request, access: Access, model_id: str, form: FieldForm) -> HttpResponse:
    """The form again, with the reason at the field, or with the refused characters removed if that was asked for."""
    refusal = form.refusal
    if refusal is None or "base" in form.errors:  # a damaged form: the value has to be read again
        return _form(request, access, model_id, form.field, typed=form.typed, error=STALE)
    if refusal.repaired is not None and "repair" in request.POST:
        return _form_again(request, access, model_id, form, "", typed=refusal.repaired, status=200)
    return _form_again(request, access, model_id, form, str(refusal))


def _form_again(
    request: Request,
    access: Access,
    model_id: str,
    form: FieldForm,
    reason: str,
    *,
    typed: str | None = None,
    problem: Explanation | None = None,
    status: int = 422,
) -> HttpResponse:
    """The form with the text typed, the reason, and a new token. Nothing was sent."""
    view = edit_view(
        field=form.field,
        project=access.project,
        model_id=model_id,
        token=edit_token(access=access, model_id=model_id, field_name=form.field.name),
        now=None,
        base=form.cleaned_data["base"],
        typed=form.typed if typed is None else typed,
        error=reason,
        problem=problem,
    )
    if reason and form.refusal is not None:
        view = refused_view(view, form.refusal)
    return render_form(request, view, name=model_id, status=status)


def _keep_current(request: Request, access: Access, model_id: str, field: Field) -> HttpResponse:
    """The person leaves the other value as it is: nothing is sent."""
    messages.info(request, f"{field.label} was left unchanged. Nothing was sent.")
    row = row_now(access, model_id, field) if request.htmx else None
    return render_field(request, access, model_id, row)
