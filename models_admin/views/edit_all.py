"""The form of all editable fields, filled by hand or from the model's own files. One PATCH saves it."""

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from models_admin.access.connections import Access
from models_admin.access.tokens import TokenStale
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.forms.field import FieldForm
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.model.edit_all import form_rows
from models_admin.services.audit import CannotRecord
from models_admin.services.editing import EditRequest, Result
from models_admin.services.editing_all import EditAll, edit_all_open, model_edit_all
from models_admin.services.protection import Protected
from models_admin.services.undoing import CannotUndo, activity_undo_all
from models_admin.views.decorators import connected, next_local
from models_admin.views.edit_all_form import base_sent, form_again, form_page, left_unchanged, untaken
from models_admin.views.edit_fill import fill_from_model
from models_admin.views.edits import CHANGED, undo_tags
from models_admin.views.field import NOT_READ, NOT_SAVED
from models_admin.views.outcomes import NOTHING_SENT, replayed, warn_not_recorded
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME, FIELDS

TO_CORRECT = "Nothing has been saved. Correct the fields that are marked, then save again."
STALE = "This form had expired, so nothing was sent. Check the values and save again."


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def edit_all(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The form (GET), filled with the values of the model `from` if that is given; saving what changed (POST)."""
    other = _model_chosen(request)
    if other is not None:
        return fill_from_model(request, access, model_id, other)
    if request.method == "POST":
        return _save(request, access, model_id)
    now = edit_all_open(access=access, model_id=model_id)
    rows = form_rows(project=access.project, model_id=model_id, now=now)
    return form_page(request, access, model_id, now, rows)


def _model_chosen(request: Request) -> str | None:
    """The ID or name of the model whose values are asked for; None if the form is to be shown or saved."""
    post, text = request.POST, request.POST.get("from", "")
    if request.method != "POST":
        return request.GET.get("from")
    if "pick" in post:
        return post["pick"]
    by_enter = "enter" in post and text.strip()  # Enter in the field where a model is searched for
    return text if "fill" in post or by_enter else None


def _save(request: Request, access: Access, model_id: str) -> HttpResponse:
    forms = _forms(request)
    errors = {
        name: str(form.refusal) if form.refusal else STALE
        for name, form in forms.items()
        if not form.is_valid()
    }
    if errors:
        return form_again(request, access, model_id, errors=errors, notes=[TO_CORRECT])
    wanted = [
        EditRequest(
            access.project, model_id, BY_NAME[name], form.value, form.cleaned_data["base"], form.as_opened
        )
        for name, form in forms.items()
    ]
    token = request.POST.get("token", "")
    try:
        edit = model_edit_all(access=access, model_id=model_id, requests=wanted, token=token)
    except (TokenStale, CannotRecord) as unsent:
        reason = unsent.message if isinstance(unsent, CannotRecord) else STALE
        return form_again(request, access, model_id, notes=[reason])
    except Protected:  # the form shows why
        return form_again(request, access, model_id, notes=[NOT_SAVED], status=403)
    except ApiError as error:
        problem = explain(error)
        reason = f"{NOT_READ} {problem.detail}"
        return form_again(request, access, model_id, notes=[reason], status=problem.http_status)
    if edit.result is Result.CONFLICT:
        return form_again(request, access, model_id, now=edit.now, conflicts=edit.conflicts, status=409)
    if edit.error is not None:
        return _failed(request, access, model_id, forms, edit)
    _add_message(request, access, edit, kept=left_unchanged(request))
    return redirect("model", access.project, model_id)


def _forms(request: Request) -> dict[str, FieldForm]:
    """The forms of the fields to be compared: without proposals not taken, and values left to someone else."""
    post, left_out = request.POST, {*untaken(request), *left_unchanged(request)}
    return {
        field.name: FieldForm(
            {"value": post[field.name], "base": base_sent(request, field.name)}, field=field
        )
        for field in FIELDS
        if field.name in post and field.name not in left_out
    }


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
        return form_again(request, access, model_id, errors={str(error.param): reason}, status=status)
    return form_again(request, access, model_id, notes=[reason], status=status)


def _add_message(request: Request, access: Access, edit: EditAll, *, kept: Sequence[str] = ()) -> None:
    """Queue the message for a form that needs no further decision. `kept` are the fields left to someone else."""
    left = f" Left unchanged: {_labels(kept)}." if kept else ""
    if edit.result is Result.REPLAYED and edit.activity:
        messages.warning(request, replayed(edit.activity))
    elif edit.result is Result.UNCHANGED:
        messages.info(request, f"Nothing was changed. {NOTHING_SENT}{left}")
    else:
        is_undo = edit.activity is not None and edit.activity.action == Activity.Action.UNDO
        level, text = messages.SUCCESS, f"{'Undone' if is_undo else 'Saved'}: {_labels(edit.changed)}."
        if edit.message:
            level, text = messages.WARNING, f"The changes were sent. {visible(edit.message)[:400]}"
        tags = undo_tags(access, edit.activity, recorded=edit.recorded)
        messages.add_message(request, level, text + left, extra_tags=tags)
    warn_not_recorded(request, recorded=edit.recorded)


def _labels(names: Iterable[str]) -> str:
    return ", ".join(BY_NAME[name].label for name in names)


def undo_all(request: Request, access: Access, row: Activity) -> HttpResponse:
    """Undo a change of several fields with one PATCH, or say why it wasn't undone."""
    model_url = reverse("model", args=[row.project, row.model_id])
    try:
        edit = activity_undo_all(access=access, row=row, token=request.POST.get("token", ""))
    except CannotUndo as reason:
        messages.error(request, f"This change can't be undone. {reason}")
    except Protected as protected:
        messages.error(request, f"The change was not undone. {protected}.")
    except TokenStale:
        messages.error(request, f"This Undo button had expired. {NOTHING_SENT} Press it again.")
    else:
        if edit.result is Result.CONFLICT:
            text = f"Changed since then: {_labels(edit.conflicts)}. {NOTHING_SENT} Edit the values instead."
            messages.error(request, text)
        elif edit.error is not None:
            messages.error(request, f"The change was not undone. {visible(explain(edit.error).detail)}")
        else:
            _add_message(request, access, edit)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": model_url, "HX-Trigger": CHANGED})
    return HttpResponseRedirect(next_local(request.POST.get("next"), default=model_url))
