"""What is to be done with the selected models: the preview of a job, a file, or a comparison."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.formatting.values import Value, ValueRefused, value_notes, value_read
from models_admin.http import Request
from models_admin.models import Job
from models_admin.screens.models.export import models_csv
from models_admin.screens.models.filtering import FILTERS, select
from models_admin.screens.models.page import query_fit
from models_admin.screens.models.query import Query
from models_admin.services.jobs import ACTS, job_draft
from models_admin.services.listing import licenses_last_set, models_list
from models_admin.services.protection import protection_reasons
from models_admin.views.decorators import connected
from models_admin.views.jobs import preview_page
from models_admin.views.reauthenticate import reauthentication_required
from models_admin.views.responses import download
from models_admin.xerotier.fields import BY_NAME, FIELDS, Field
from models_admin.xerotier.schemas import Model

CARRIED = ("q", *FILTERS)
COMPARED_MOST = 4
NO_VALUE = "Enter a value. To empty the field, choose “Clear” in the list."


@dataclass(frozen=True, slots=True)
class Chosen:
    """The selected models in the order of the list, and the selected IDs that the list does not have."""

    models: list[Model]
    absent: list[str]
    complete: bool  # whether the list has all of the project's models


@require_POST
@connected
def selection(request: Request, access: Access) -> HttpResponseBase:
    action = request.POST.get("action", "")
    if action in Job.Action.values:
        act = ACTS[Job.Action(action)]
        access.require(act)  # before any call to the API
    if action == Job.Action.DELETE and (response := reauthentication_required(request)):
        return response
    chosen = _chosen(request, access)
    if not chosen.models and not chosen.absent:
        return _page(
            request, access, chosen, "Nothing is selected", "Select models in the list first.", status=422
        )
    handle = ACTIONS.get(action)
    if handle is None:
        return _page(
            request, access, chosen, "No action chosen", "Choose what to do with these models.", status=422
        )
    return handle(request, access, chosen)


def _set(request: Request, access: Access, chosen: Chosen) -> HttpResponse:
    """First the value is asked for, then comes the preview."""
    field = BY_NAME.get(request.POST.get("field", ""))
    if field is None:
        return _page(request, access, chosen, "Set a field", "", fields=FIELDS)
    typed = request.POST.get("value")
    if typed is None:
        return _value_page(request, access, chosen, field)
    try:
        value = value_read(typed, field=field)
    except ValueRefused as refusal:
        return _value_page(request, access, chosen, field, typed=typed, refusal=str(refusal))
    if value is None:
        return _value_page(request, access, chosen, field, typed=typed, refusal=NO_VALUE)
    notes = " ".join(value_notes(value, field=field, typed=typed))
    return _preview(
        request, access, chosen, action=Job.Action.SET, field=field.name, value=value, notes=notes
    )


def _value_page(
    request: Request, access: Access, chosen: Chosen, field: Field, *, typed: str = "", refusal: str = ""
) -> HttpResponse:
    title = f"Set {field.label} on {display.plural(len(chosen.models), 'model')}"
    status = 422 if refusal else 200
    return _page(request, access, chosen, title, "", field=field, typed=typed, refusal=refusal, status=status)


def _clear(request: Request, access: Access, chosen: Chosen) -> HttpResponse:
    field = BY_NAME.get(request.POST.get("field", ""))
    if field is None:
        return _page(request, access, chosen, "Clear a field", "", fields=FIELDS, clear=True)
    return _preview(request, access, chosen, action=Job.Action.CLEAR, field=field.name)


def _export(request: Request, access: Access, chosen: Chosen) -> HttpResponseBase:
    reasons = protection_reasons(project=access.project)
    return download(models_csv(chosen.models, reasons), f"models-{access.project}-selection", "csv")


def _compare(request: Request, access: Access, chosen: Chosen) -> HttpResponse:
    count = len(chosen.models)
    if not 2 <= count <= COMPARED_MOST:
        text = f"Two to four models can be compared; {display.plural(count, 'model')} selected."
        return _page(request, access, chosen, "Compare", text, status=422)
    query = urlencode([("id", model.id) for model in chosen.models])
    return redirect(reverse("models-compare", args=[access.project]) + f"?{query}")


def _preview(
    request: Request,
    access: Access,
    chosen: Chosen,
    *,
    action: Job.Action,
    field: str = "",
    value: Value = None,
    notes: str = "",
) -> HttpResponse:
    job = job_draft(
        access=access,
        action=action,
        models=chosen.models,
        absent=chosen.absent,
        complete=chosen.complete,
        field=field,
        value=value,
    )
    return preview_page(request, access, job, notes=notes)


ACTIONS: dict[str, Callable[[Request, Access, Chosen], HttpResponseBase]] = {
    "set": _set,
    "clear": _clear,
    "revalidate": partial(_preview, action=Job.Action.REVALIDATE),
    "delete": partial(_preview, action=Job.Action.DELETE),
    "export": _export,
    "compare": _compare,
}


def _chosen(request: Request, access: Access) -> Chosen:
    """`all=1` stands for what the list's query finds, on all pages; otherwise every ID is one model."""
    listing = models_list(access=access).list
    if request.POST.get("all") == "1":
        query = query_fit(_query(request), listing)
        licenses = licenses_last_set(project=access.project) if query.q else {}
        protected = protection_reasons(project=access.project) if query.protected else ()
        return Chosen(
            select(listing, query, licenses=licenses, protected=protected).models, [], listing.complete
        )
    wanted = dict.fromkeys(_ids(request))
    positions = {model_id: at for at, model_id in enumerate(listing.column("id"))}
    models = [listing.model(at) for model_id, at in positions.items() if model_id in wanted]
    absent = [model_id[:128] for model_id in wanted if model_id and model_id not in positions]
    return Chosen(models, absent, listing.complete)


def _ids(request: Request) -> list[str]:
    """Each `id`, and those of `ids`, which holds many in one field: a form may have a thousand fields at most."""
    return [*request.POST.getlist("id"), *request.POST.get("ids", "").split()]


def _query(request: Request) -> Query:
    return Query.read({name: request.POST.get(name, "") for name in CARRIED})


def _page(
    request: Request, access: Access, chosen: Chosen, title: str, text: str, *, status: int = 200, **more: Any
) -> HttpResponse:
    """A page of the way to the preview. Its form carries the selection on, as it came."""
    carried = [("ids", " ".join(_ids(request)))]
    if request.POST.get("all") == "1":
        carried = [(name, value) for name in ("all", *CARRIED) for value in request.POST.getlist(name)]
    context = {
        "title": title,
        "text": text,
        "carried": carried,
        "count": display.plural(len(chosen.models), "model"),
        "selection_url": reverse("models-selection", args=[access.project]),
        "models_url": reverse("models", args=[access.project]) + _query(request).encode(),
        "section": "models",
        **more,
    }
    return render(request, "models_admin/selection.html", context, status=status)
