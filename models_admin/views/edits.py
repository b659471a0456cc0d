"""What a person is told of a save, and the two shapes an answer takes: a fragment, or a page or redirect."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.access.permissions import may
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.formatting.values import value_text
from models_admin.http import Request
from models_admin.screens.activity.rows import undo_token
from models_admin.screens.model.field_form import ConflictView, EditView
from models_admin.screens.model.fields import FieldRow, field_row
from models_admin.services.activity import undo_obstacle
from models_admin.services.edits import Edit, Result, standing_read
from models_admin.templatetags.messages import undo_tags
from models_admin.views.outcomes import replayed, unrecorded_tell
from models_admin.xerotier.fields import Field

CHANGED = "activity"  # the event that lets a page's history read itself again
NAME = 80  # characters of a model's name in a message: messages travel in a cookie


def edit_tell(request: Request, access: Access, edit: Edit) -> None:
    """Queue the message for a save that needs no further decision."""
    what = f"{edit.wish.field.label} of {_model_name(edit)}"
    if edit.result is Result.SAVED:
        _tell_saved(request, access, edit, what)
    elif edit.result is Result.UNCHANGED:
        messages.info(request, f"{what}: no change, so nothing was sent.")
    elif edit.result is Result.ALREADY:
        shown = value_text(edit.wish.field, edit.wish.value)[:NAME]
        messages.info(request, f"{what}: already {shown}, which somebody set meanwhile. Nothing was sent.")
    elif edit.result is Result.REPLAYED and edit.activity:
        messages.warning(request, replayed(edit.activity))


def _tell_saved(request: Request, access: Access, edit: Edit, what: str) -> None:
    text = f"{what} {'cleared' if edit.wish.value is None else 'saved'}."
    if edit.wish.undoes:
        before = value_text(edit.wish.field, edit.wish.value)[:NAME]
        text = f"Undone: {what} {'cleared' if edit.wish.value is None else f'set back to {before}'}."
    level = messages.SUCCESS
    if edit.message:
        text, level = f"{what} was sent. {visible(edit.message)[:400]}", messages.WARNING
    if edit.warning:
        text = f"{text} {edit.warning}"
    messages.add_message(request, level, text, extra_tags=_undo_tags(access, edit))
    unrecorded_tell(request, recorded=edit.recorded)


def _undo_tags(access: Access, edit: Edit) -> str:
    row = edit.activity
    if row is None or not edit.recorded or undo_obstacle(row) or not may(access.user, "edit"):
        return ""
    return undo_tags(reverse("activity-undo", args=[row.project, row.pk]), undo_token(row, user=access.user))


def _model_name(edit: Edit) -> str:
    label = visible(edit.model.label if edit.model else edit.wish.model_id)
    return label if len(label) <= NAME else label[: NAME - 1] + "…"


def edit_row(access: Access, edit: Edit, *, focus: bool = True) -> FieldRow | None:
    """The field as it stands after a save; None where the model could not be read."""
    if edit.model is None:
        return None
    return field_row(
        project=access.project,
        field=edit.wish.field,
        model=edit.model,
        ledger=edit.book,
        may_edit=may(access.user, "edit"),
        changed=edit.result is Result.SAVED,
        focus=focus,
    )


def row_now(access: Access, model_id: str, field: Field) -> FieldRow:
    """The field as it stands now, read from the API. Raises ApiError."""
    standing = standing_read(access=access, model_id=model_id, field=field)
    allowed = may(access.user, "edit")
    return field_row(
        project=access.project,
        field=field,
        model=standing.model,
        ledger=standing.book,
        may_edit=allowed,
        focus=True,
    )


def respond_shown(
    request: Request, access: Access, model_id: str, row: FieldRow | None, *, oob: bool = False
) -> HttpResponse:
    """The field as it is shown, for htmx; else back to the model's page."""
    if not request.htmx:
        return redirect("model", access.project, model_id)
    response = render(request, "models_admin/_field.html", {"row": row, "row_oob": oob})
    response["HX-Trigger"] = CHANGED
    return response


def respond_form(request: Request, view: EditView, *, name: str, status: int = 200) -> HttpResponse:
    """The edit form: a fragment for htmx (422 where it was refused, so that it is swapped), else a page."""
    if request.htmx:
        status = status if status < 400 else 422
        return render(request, "models_admin/_field_form.html", {"edit": view}, status=status)
    context = _page(f"Edit {view.label.lower()}", name, view.model_url) | {"edit": view}
    return _waiting(view, render(request, "models_admin/field.html", context, status=status))


def respond_conflict(
    request: Request, view: ConflictView, *, name: str, oob: bool = False, whole: bool = False
) -> HttpResponse:
    """Mine and theirs, with 409. `whole` puts the page into the place of whatever page is shown."""
    context = _page(view.heading, name, view.model_url) | {"conflict": view, "conflict_oob": oob}
    if request.htmx and not whole:
        return render(request, "models_admin/_field_conflict.html", context, status=409)
    response = render(request, "models_admin/field.html", context, status=409)
    if request.htmx:
        response["HX-Retarget"] = response["HX-Reselect"] = "main"
        response["HX-Reswap"] = "outerHTML"
    return response


def failed_status(edit: Edit) -> int:
    """422 where it was refused; else what the failure means for a page of this console."""
    if edit.error is None or edit.result is Result.REFUSED:
        return 422
    return explain(edit.error).http_status


def _page(heading: str, name: str, model_url: str) -> dict[str, Any]:
    return {"heading": heading, "model_label": visible(name), "model_url": model_url, "section": "models"}


def _waiting(view: EditView, response: HttpResponse) -> HttpResponse:
    if view.problem is not None and view.problem.retry_after is not None:
        response["Retry-After"] = str(view.problem.retry_after)
    return response
