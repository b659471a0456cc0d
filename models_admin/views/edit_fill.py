"""Filling the form of all fields: from the model's own files, or with the values of another model."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.files.proposals import FileRefused, Proposal
from models_admin.files.reading import files_read
from models_admin.formatting.text import shortened, visible
from models_admin.formatting.values import same
from models_admin.http import Request
from models_admin.screens.model.edit_all import values_proposed
from models_admin.screens.models.palette import PaletteModels, palette_models
from models_admin.services.editing_all import edit_all_open
from models_admin.services.listing import licenses_last_set, models_list
from models_admin.views.decorators import connected
from models_admin.views.edit_all_form import form_again
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME

NOT_FILLED = "The form was not filled, because the model couldn't be read."
NO_NAME = "Enter the name or ID of the model whose values you want."
LONGEST_SHOWN = 80  # characters of what was searched for


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def edit_files(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The form, filled with what the files say. The files are read in memory and forgotten.

    GET leads to the form: people who sign in again come back to the address of the page they were on.
    """
    if request.method != "POST":
        return redirect("model-edit", access.project, model_id)
    files = [(visible(item.name or "file")[:100], item.read()) for item in request.FILES.getlist("files")]
    try:
        found = files_read(files)
    except FileRefused as refused:
        return form_again(request, access, model_id, notes=[str(refused)])
    nothing = "The files propose nothing new."
    return _filled(request, access, model_id, found.proposals, notes=found.notes, nothing=nothing)


@require_safe
@connected
def edit_models(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The models that match `from`, each with a button that takes its values: for the form, while typing."""
    access.require("edit")
    text, note = request.GET.get("from", ""), ""
    matches = PaletteModels(())
    try:
        matches = _matches(access, text)
    except ApiError as error:
        note = f"Models couldn't be loaded: {explain(error).title}."
    context = {"matches": matches, "other": text, "note": note}
    return render(request, "models_admin/_edit_all_models.html", context)


def fill_from_model(request: Request, access: Access, model_id: str, text: str) -> HttpResponse:
    """The form, filled with the values of the model that has this ID or name, or the models that match to choose from.

    No proposal is ticked: two models rarely share all of their values.
    """
    access.require("edit")
    if not text.strip():
        return form_again(request, access, model_id, notes=[NO_NAME])
    try:
        matches = _matches(access, text)
        other = _the_one(matches, text)
        if other is None:
            return _choice(request, access, model_id, text, matches)
        proposals = values_proposed(edit_all_open(access=access, model_id=other))
    except ApiError as error:
        return _not_filled(request, access, model_id, error)
    nothing = "This model has no value that differs."
    return _filled(request, access, model_id, proposals, nothing=nothing, ticked=False)


def _choice(
    request: Request, access: Access, model_id: str, text: str, matches: PaletteModels
) -> HttpResponse:
    """The form with the models that match, each with a button; or with the sentence that none does."""
    if matches.models:
        return form_again(request, access, model_id, matches=matches, status=200)
    notes = [f"No model matches “{shortened(visible(text), LONGEST_SHOWN)}”."]
    return form_again(request, access, model_id, notes=notes)


def _matches(access: Access, text: str) -> PaletteModels:
    listing = models_list(access=access)
    licenses = licenses_last_set(project=access.project)
    return palette_models(listing.list, text, access.project, licenses=licenses)


def _the_one(matches: PaletteModels, text: str) -> str | None:
    """The ID of the model that is meant, None if there are several or none."""
    text = text.strip()
    for found in ([m for m in matches.models if m.id == text], [m for m in matches.models if m.name == text]):
        if len(found) == 1:
            return found[0].id
    return matches.models[0].id if len(matches.models) == 1 else None


def _filled(
    request: Request,
    access: Access,
    model_id: str,
    proposals: Sequence[Proposal],
    *,
    nothing: str,
    notes: Sequence[str] = (),
    ticked: bool = True,
) -> HttpResponse:
    """The form with the proposals that differ from what the model has now. Nothing is sent."""
    try:
        now = edit_all_open(access=access, model_id=model_id)
    except ApiError as error:
        return _not_filled(request, access, model_id, error)
    new = {item.field: item for item in proposals if not same(item.value, now[item.field].value)}
    notes = [*notes, *([] if new else [nothing])]
    return form_again(
        request, access, model_id, now=now, notes=notes, proposals=new, ticked=ticked, status=200
    )


def _not_filled(request: Request, access: Access, model_id: str, error: ApiError) -> HttpResponse:
    """The form as it was, with the reason; an error page where nothing has been typed."""
    if not any(name in request.POST for name in BY_NAME):
        raise error
    problem = explain(error)
    notes = [f"{NOT_FILLED} {problem.detail}"]
    return form_again(request, access, model_id, now={}, notes=notes, status=problem.http_status)
