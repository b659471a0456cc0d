"""The answers to an edit that editing and undoing share: messages, fragments for htmx, and pages or redirects."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import value_text
from models_admin.forms.field import FieldForm
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.field_form import EditView
from models_admin.screens.model.fields import FieldRow, field_row
from models_admin.services.activity import undo_obstacle
from models_admin.services.editing import Edit, Result
from models_admin.services.protection import edit_obstacle, why_protected
from models_admin.services.reading import current_read
from models_admin.services.undoing import undo_token
from models_admin.views.outcomes import replayed, warn_not_recorded
from models_admin.views.responses import with_retry_after
from models_admin.xerotier.fields import BY_NAME, Field
from models_admin.xerotier.snippets import Snippets, model_url, snippets

CHANGED = "activity"  # the event that makes a page's history reload
SHORT = 80  # characters of a name or value in a message: messages travel in a cookie


def add_edit_message(request: Request, access: Access, edit: Edit, *, notes: str = "") -> None:
    """Queue the message for an edit that needs no further decision. `notes` are the warnings about the value."""
    name = visible(edit.model.label if edit.model else edit.request.model_id)
    what = f"{edit.request.field.label} of {shortened(name, SHORT)}"
    if edit.result is Result.SAVED:
        _add_saved_message(request, access, edit, what, notes)
    elif edit.result is Result.UNCHANGED:
        messages.info(request, f"{what}: no change, so nothing was sent.")
    elif edit.result is Result.ALREADY:
        messages.info(request, f"{what} is {value_shown(edit)} already, so nothing was sent.")
    elif edit.result is Result.REPLAYED and edit.activity:
        messages.warning(request, replayed(edit.activity))


def _add_saved_message(request: Request, access: Access, edit: Edit, what: str, notes: str) -> None:
    cleared = edit.request.value is None
    text = f"{what} {'cleared' if cleared else 'saved'}."
    if edit.request.undoes:
        text = f"Undone: {what} {'cleared' if cleared else f'set back to {value_shown(edit)}'}."
    level = messages.SUCCESS
    if edit.message:
        text, level = f"{what} was sent. {visible(edit.message)[:400]}", messages.WARNING
    messages.add_message(
        request,
        level,
        f"{text} {notes}".strip(),
        extra_tags=undo_tags(access, edit.activity, recorded=edit.recorded),
    )
    warn_not_recorded(request, recorded=edit.recorded)


def value_shown(edit: Edit) -> str:
    """The requested value in a message: a text in quotation marks, so that its end can be seen."""
    field, value = edit.request.field, edit.request.value
    if value is None:
        return "empty"
    text = shortened(value_text(field, value), SHORT)
    return f"“{text}”" if field.kind in ("text", "long_text") else text


def undo_tags(access: Access, row: Activity | None, *, recorded: bool) -> str:
    """What the `undo` filter reads to show an Undo button with the message, "" for none."""
    if row is None or not recorded or undo_obstacle(row) or not access.may("edit"):
        return ""
    url = reverse("activity-undo", args=[row.project, row.pk])
    return f"undo {url} {undo_token(row, user=access.user)}"


def edit_row(access: Access, edit: Edit) -> FieldRow | None:
    """The field after an edit, None if the model could not be read."""
    if edit.model is None:
        return None
    row = field_row(
        project=access.project,
        field=edit.request.field,
        model=edit.model,
        last_set=edit.last_set,
        why_not=edit_obstacle(access=access, model_id=edit.model.id),
    )
    return replace(row, changed=edit.result is Result.SAVED, focus=True)


def row_now(access: Access, model_id: str, field: Field) -> FieldRow:
    """The field as it is now, read from the API. Raises ApiError."""
    now = current_read(access=access, model_id=model_id, field=field)
    reason = edit_obstacle(access=access, model_id=model_id)
    row = field_row(
        project=access.project, field=field, model=now.model, last_set=now.last_set, why_not=reason
    )
    return replace(row, focus=True)


def patch_snippets(project: str, model_id: str, field: Field, value: Any) -> Snippets:
    """The PATCH of one field as curl and Python."""
    url = model_url(settings.XEROTIER_API_URL, project=project, model_id=model_id)
    return snippets("PATCH", url, body={field.name: value})


def render_field(
    request: Request, access: Access, model_id: str, row: FieldRow | None, *, oob: bool = False
) -> HttpResponse:
    """The field as it is shown, for htmx; otherwise back to the model's page."""
    if not request.htmx:
        return redirect("model", access.project, model_id)
    response = render(request, "models_admin/_field.html", {"row": row, "row_oob": oob})
    response["HX-Trigger"] = CHANGED
    return response


def render_form(request: Request, view: EditView, *, name: str, status: int = 200) -> HttpResponse:
    """The edit form: a fragment for htmx (422 if it was refused, so that it is swapped), otherwise a page."""
    protected = why_protected(project=view.project, model_id=view.model_id)
    context: dict[str, Any] = {"edit": view, "snippets": _form_snippets(view), "protected": protected}
    if request.htmx:
        status = status if status < 400 else 422
        return render(request, "models_admin/_field_form.html", context, status=status)
    context |= _page(f"Edit {view.label.lower()}", name, view.model_url)
    response = render(request, "models_admin/field.html", context, status=status)
    return with_retry_after(response, view.problem.retry_after if view.problem else None)


def _form_snippets(view: EditView) -> Snippets | None:
    """The request that the form would send, None if it would send nothing."""
    form = FieldForm({"value": view.typed, "base": view.base}, field=BY_NAME[view.name])
    if not form.is_valid() or form.untouched:
        return None
    return patch_snippets(view.project, view.model_id, form.field, form.value)


def render_conflict(
    request: Request, view: dict[str, Any], edit: Edit, *, oob: bool = False, whole: bool = False
) -> HttpResponse:
    """Both values, with 409. `whole` puts the page in the place of whatever page is shown."""
    wanted = edit.request
    context = {
        **_page(view["heading"], edit.model.label if edit.model else wanted.model_id, view["model_url"]),
        "conflict": view,
        "conflict_oob": oob,
        "snippets": patch_snippets(wanted.project, wanted.model_id, wanted.field, wanted.value),
    }
    if request.htmx and not whole:
        return render(request, "models_admin/_field_conflict.html", context, status=409)
    response = render(request, "models_admin/field.html", context, status=409)
    if request.htmx:
        response["HX-Retarget"] = response["HX-Reselect"] = "main"
        response["HX-Reswap"] = "outerHTML"
    return response


def failed_status(edit: Edit) -> int:
    """422 if the change was refused, otherwise the status that the failure has for a page of this console."""
    if edit.error is None or edit.result is Result.REFUSED:
        return 422
    return explain(edit.error).http_status


def _page(heading: str, name: str, model_url: str) -> dict[str, Any]:
    return {"heading": heading, "model_label": visible(name), "model_url": model_url, "section": "models"}
