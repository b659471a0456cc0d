"""Undoing an edit: from its message, the history of a model, or the activity."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRefresh

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.formatting.values import value_typed
from models_admin.http import Request, address_of, htmx_page
from models_admin.models import Activity
from models_admin.screens.model.field_form import conflict_view, failed_text
from models_admin.screens.model.fields import FieldRow
from models_admin.services.audit import AlreadyUsed, CannotRecord
from models_admin.services.editing import Edit, Result
from models_admin.services.protection import Protected
from models_admin.services.publishing import NotAvailable
from models_admin.services.undoing import CannotUndo, activity_undo, undo_token
from models_admin.services.versions import VersionConflict, VersionResult, promote_undo
from models_admin.views.decorators import connected, next_local
from models_admin.views.edit_all import undo_all
from models_admin.views.edits import (
    CHANGED,
    add_edit_message,
    edit_row,
    failed_status,
    render_conflict,
    render_field,
    row_now,
    value_shown,
)
from models_admin.views.outcomes import NOTHING_SENT, explained, replayed, sentence, warn_not_recorded
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME

NOT_UNDONE = "The latest version was not changed back."


@require_POST
@connected
def undo(request: Request, access: Access, number: int) -> HttpResponse:
    """Set a field, or the latest version, back to what it was before change `number`."""
    row = get_object_or_404(Activity, pk=number, project=access.project)
    decision = request.POST.get("decision", "")
    if decision == "keep":
        messages.info(request, f"The value was left unchanged. {NOTHING_SENT}")
        shown = row_now(access, row.model_id, BY_NAME[row.field]) if row.field in BY_NAME else None
        return _finish(request, access, row, shown)
    if row.action == Activity.Action.PROMOTE:
        return _undo_promote(request, access, row)
    if not row.field and row.changes:
        return undo_all(request, access, row)
    base = request.POST.get("base", "") if decision == "save" else ""
    try:
        edit = activity_undo(access=access, row=row, token=request.POST.get("token", ""), base=base)
    except CannotUndo as reason:
        messages.error(request, f"This change can't be undone. {reason}")
        return _finish(request, access, row, None, status=422)
    except Protected as protected:
        messages.error(request, f"The change was not undone. {protected}.")
        return _finish(request, access, row, None, status=403)
    except TokenStale:
        messages.error(request, f"This Undo button had expired. {NOTHING_SENT} Press it again.")
        return _finish(request, access, row, None, status=422)
    return _respond(request, access, row, edit)


def _respond(request: Request, access: Access, row: Activity, edit: Edit) -> HttpResponse:
    if edit.result is Result.CONFLICT:
        return _conflict(request, access, row, edit)
    if edit.result in (Result.REFUSED, Result.NOT_SENT, Result.UNKNOWN):
        warn_not_recorded(request, recorded=edit.recorded)
        value = value_shown(edit)
        label = edit.request.field.label
        text = f"{label} was not set back to {value}."
        if edit.result is Result.UNKNOWN:
            text = f"We don't know whether {label.lower()} was set back to {value}."
        messages.error(request, f"{text} {failed_text(edit)}")
        return _finish(request, access, row, edit_row(access, edit), status=failed_status(edit))
    add_edit_message(request, access, edit)
    return _finish(request, access, row, edit_row(access, edit))


def _conflict(request: Request, access: Access, row: Activity, edit: Edit) -> HttpResponse:
    view = conflict_view(
        edit=edit,
        typed=value_typed(edit.request.value),
        token=undo_token(row, user=access.user),
        url=reverse("activity-undo", args=[row.project, row.pk]),
    )
    here = _on_page_of(request, row)
    return render_conflict(request, view, edit, oob=here and not _decided(request), whole=not here)


def _finish(
    request: Request, access: Access, row: Activity, shown: FieldRow | None, *, status: int = 200
) -> HttpResponse:
    """The field, if the person is on the model's page; otherwise a message on the page where they are."""
    if not request.htmx:
        return HttpResponseRedirect(next_local(request.POST.get("next"), default=_page_of(row)))
    status = status if status < 400 else 422
    if _on_page_of(request, row) and shown is not None:
        response = render_field(request, access, row.model_id, shown, oob=not _decided(request))
        response.status_code = status
        return response
    if _decided(request):  # the conflict filled the page: leave it
        return HttpResponse(headers={"HX-Redirect": _page_of(row)})
    return HttpResponse(status=status, headers={"HX-Trigger": CHANGED, "HX-Reswap": "none"})


def _decided(request: Request) -> bool:
    return bool(request.POST.get("decision"))


def _on_page_of(request: Request, row: Activity) -> bool:
    """Whether the person is on the page of the row's model, where its field can be swapped."""
    path = (htmx_page(request) or "").partition("?")[0]
    return bool(path) and path == address_of("model", row.project, row.model_id)


def _page_of(row: Activity) -> str:
    """The page of the row's model, else the activity."""
    return address_of("model", row.project, row.model_id) or reverse("activity", args=[row.project])


def _undo_promote(request: Request, access: Access, row: Activity) -> HttpResponse:
    """The page is loaded again afterwards, with the result as a message: the versions on it have changed."""
    try:
        result = promote_undo(access=access, row=row, token=request.POST.get("token", ""))
    except CannotUndo as reason:
        messages.error(request, f"This change can't be undone. {reason}")
    except (Protected, VersionConflict) as refused:
        messages.error(request, f"{NOT_UNDONE} {str(refused).rstrip('.')}. {NOTHING_SENT}")
    except TokenStale:
        messages.error(request, f"This Undo button had expired. {NOTHING_SENT} Press it again.")
    except AlreadyUsed as used:
        messages.info(request, replayed(used.activity))
    except NotAvailable:
        messages.error(request, f"{NOT_UNDONE} The API doesn't offer versions to your key. {NOTHING_SENT}")
    except CannotRecord:
        messages.error(request, CannotRecord.message)
    except ApiError as error:
        messages.error(request, sentence(explained(error, f"{NOT_UNDONE} {NOTHING_SENT}", sent=False)))
    else:
        _say_promoted(request, result)
    if request.htmx:
        return HttpResponseClientRefresh()
    default = reverse("activity", args=[row.project])
    return HttpResponseRedirect(next_local(request.POST.get("next"), default=default))


def _say_promoted(request: Request, result: VersionResult) -> None:
    warn_not_recorded(request, recorded=result.recorded)
    version, note = visible(result.version), visible(result.note)
    if result.state == "done":
        messages.success(request, f"Undone: version {version} is the latest again. {note}".strip())
    elif result.state == "unknown":
        text = (
            f"We don't know whether version {version} is the latest again. {note} The request was sent once."
        )
        messages.error(request, text)
    else:
        reason = f"{explain(result.error).title}. {explain(result.error).detail}" if result.error else ""
        messages.error(request, f"{NOT_UNDONE} {reason}".strip())
