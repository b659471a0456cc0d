"""Undoing an edit, from the message just after it, the history of a model, or the activity."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.formatting.values import Value, value_text, value_typed
from models_admin.forms.field import seen_read
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.activity.rows import undo_token
from models_admin.screens.model.field_form import conflict_view, failed_words
from models_admin.screens.model.fields import FieldRow
from models_admin.services.edits import Edit, Result
from models_admin.services.undoing import UNSEEN, CannotUndo, activity_undo
from models_admin.views.decorators import connected, next_local
from models_admin.views.edits import (
    CHANGED,
    edit_row,
    edit_tell,
    failed_status,
    respond_conflict,
    respond_shown,
    row_now,
)
from models_admin.views.outcomes import NOTHING_SENT, unrecorded_tell
from models_admin.xerotier.fields import BY_NAME


@require_POST
@connected
def undo(request: Request, access: Access, number: int) -> HttpResponse:
    """Set a field back to what it was before change `number`."""
    row = get_object_or_404(Activity, pk=number, project=access.project)
    decision = request.POST.get("decision", "")
    if decision == "theirs":
        messages.info(request, f"It was left as it is. {NOTHING_SENT}")
        shown = row_now(access, row.model_id, BY_NAME[row.field]) if row.field in BY_NAME else None
        return _finish(request, access, row, shown)
    try:
        edit = activity_undo(
            access=access,
            row=row,
            token=request.POST.get("token", ""),
            seen=_seen(request) if decision == "mine" else UNSEEN,
        )
    except CannotUndo as reason:
        messages.error(request, f"This change cannot be undone. {reason}")
        return _finish(request, access, row, None, status=422)
    except TokenStale:
        messages.error(request, f"This Undo was not valid any more. {NOTHING_SENT} Press it again.")
        return _finish(request, access, row, None, status=422)
    return _answer(request, access, row, edit)


def _seen(request: Request) -> Value:
    """The value that the person decided to overwrite; what the row made where the form is damaged."""
    try:
        return seen_read(request.POST.get("seen", ""))
    except ValueError:
        return UNSEEN


def _answer(request: Request, access: Access, row: Activity, edit: Edit) -> HttpResponse:
    if edit.result is Result.CONFLICT:
        return _conflict(request, access, row, edit)
    if edit.result in (Result.REFUSED, Result.NOT_SENT, Result.UNKNOWN):
        unrecorded_tell(request, recorded=edit.recorded)
        wanted = value_text(edit.wish.field, edit.wish.value)[:80]
        messages.error(request, f"{edit.wish.field.label} was to be {wanted} again. {failed_words(edit)}")
        return _finish(request, access, row, edit_row(access, edit), status=failed_status(edit))
    edit_tell(request, access, edit)
    return _finish(request, access, row, edit_row(access, edit))


def _conflict(request: Request, access: Access, row: Activity, edit: Edit) -> HttpResponse:
    view = conflict_view(
        edit=edit,
        typed=value_typed(edit.wish.value),
        token=undo_token(row, user=access.user),
        url=reverse("activity-undo", args=[row.project, row.pk]),
    )
    name = edit.model.label if edit.model else row.model_id
    here = _on_page_of(request, row)
    return respond_conflict(request, view, name=name, oob=here and not _decided(request), whole=not here)


def _finish(
    request: Request, access: Access, row: Activity, shown: FieldRow | None, *, status: int = 200
) -> HttpResponse:
    """The field in its place where the person looks at the model; else a message where they are."""
    if not request.htmx:
        default = _model_url(row) or reverse("activity", args=[row.project])
        return HttpResponseRedirect(next_local(request.POST.get("next"), default=default))
    status = status if status < 400 else 422
    if _on_page_of(request, row) and shown is not None:
        response = respond_shown(request, access, row.model_id, shown, oob=not _decided(request))
        response.status_code = status
        return response
    if _decided(request):  # the choice filled the page: leave it
        return HttpResponse(
            headers={"HX-Redirect": _model_url(row) or reverse("activity", args=[row.project])}
        )
    return HttpResponse(status=status, headers={"HX-Trigger": CHANGED, "HX-Reswap": "none"})


def _decided(request: Request) -> bool:
    return bool(request.POST.get("decision"))


def _on_page_of(request: Request, row: Activity) -> bool:
    """Whether the person looks at the page of the row's model, where its field can be swapped."""
    path = (request.htmx.current_url_abs_path or "").partition("?")[0] if request.htmx else ""
    return bool(path) and path == _model_url(row)


def _model_url(row: Activity) -> str:
    """The page of the row's model, "" where it has none."""
    try:
        return reverse("model", args=[row.project, row.model_id])
    except NoReverseMatch:
        return ""
