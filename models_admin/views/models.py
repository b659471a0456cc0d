"""The models page with its fragment, its charts, its exports and the models in the palette."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from models_admin.access.connections import Access, NoConnection, access_open
from models_admin.access.permissions import NotAllowed
from models_admin.access.vault import VaultLocked
from models_admin.errors.explain import explain
from models_admin.formatting import display
from models_admin.formatting.text import visible
from models_admin.http import Request, htmx_page
from models_admin.screens.models.charts import charts_make
from models_admin.screens.models.columns import COLUMNS
from models_admin.screens.models.export import models_csv, models_json
from models_admin.screens.models.filtering import FILTERS, select
from models_admin.screens.models.page import ListPage, listpage_make, query_fit
from models_admin.screens.models.palette import PaletteModels, palette_models
from models_admin.screens.models.query import Query
from models_admin.services.capabilities import route_offered
from models_admin.services.listing import Listing, last_changes, licenses_last_set, models_list
from models_admin.services.preferences import preferences_read, preferences_save
from models_admin.services.protection import protection_reasons, why_protected_all
from models_admin.views.decorators import connected, signed_in
from models_admin.views.responses import download
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import FIELDS
from models_admin.xerotier.schemas import Model


@require_safe
@connected
def models(request: Request, access: Access) -> HttpResponse:
    return render(request, "models_admin/models.html", _context(_page(request, access), access))


@require_safe
@connected
def models_rows(request: Request, access: Access) -> HttpResponse:
    """The results; for htmx also the parts around them, and the address of the page that shows the same."""
    page = _page(request, access)
    context = {**_context(page, access), "swapping": bool(request.htmx)}
    response = render(request, "models_admin/_models_results.html", context)
    header = "HX-Replace-Url" if _typing_on(request, page) else "HX-Push-Url"
    response[header] = reverse("models", args=[access.project]) + page.here_query
    return response


@require_POST
@connected
def models_preferences(request: Request, access: Access) -> HttpResponse:
    """Saves the columns and the density, then shows the same list with them."""
    known = {column.name for column in COLUMNS}
    columns = [name for name in request.POST.getlist("column") if name in known]
    preferences_save(user=request.user, columns=columns, compact=request.POST.get("density") == "compact")
    query = Query.read(QueryDict(request.POST.get("query", "").removeprefix("?")).dict())
    return redirect(reverse("models", args=[access.project]) + query.encode())


@require_safe
@connected
def charts(request: Request, access: Access) -> HttpResponse:
    listing = models_list(access=access)
    context = {
        "section": "models",
        "project": access.project,
        "charts": charts_make(listing.list, access.project) if len(listing.list) else (),
        "note": "" if listing.list.complete else visible(listing.list.note),
    }
    return render(request, "models_admin/charts.html", context)


@require_safe
@connected
def models_export_csv(request: Request, access: Access) -> StreamingHttpResponse:
    reasons = protection_reasons(project=access.project)
    listing, _, selected = _selected(request, access, reasons)
    return download(models_csv(selected, reasons), _stem(access, listing), "csv")


@require_safe
@connected
def models_export_json(request: Request, access: Access) -> StreamingHttpResponse:
    reasons = protection_reasons(project=access.project)
    listing, query, selected = _selected(request, access, reasons)
    filters = {name: getattr(query, name) for name in ("q", *FILTERS)}
    about = {
        "project": access.project,
        "read_at": display.moment_iso(listing.read_at),
        "complete": listing.list.complete,
        "filters": {name: value for name, value in filters.items() if value},
        "sort": query.sort,
    }
    return download(models_json(selected, about, reasons), _stem(access, listing), "json")


@require_safe
@signed_in
def palette(request: Request, project: str) -> HttpResponse:
    """The models for `q`. Why they can't be read is said in their place, with status 200."""
    text = request.GET.get("q", "")
    found, note = PaletteModels(()), ""
    if text.strip():
        try:
            listing = models_list(access=access_open(request=request, project=project))
            found = palette_models(listing.list, text, project, licenses=licenses_last_set(project=project))
        except (NoConnection, VaultLocked):
            note = "Connect a project to find its models."
        except NotAllowed as refusal:
            note = str(refusal)
        except ApiError as error:
            note = f"Models couldn't be loaded: {explain(error).title}."
    return render(request, "models_admin/_palette_models.html", {"found": found, "note": note})


def _page(request: Request, access: Access) -> ListPage:
    # "fresh" is what Refresh asks for; it never becomes part of an address that the page writes.
    listing = models_list(access=access, fresh="fresh" in request.GET)
    query = Query.read(request.GET.dict())
    licenses = _licenses(query, access.project)
    return listpage_make(
        listing=listing,
        query=query,
        project=access.project,
        preferences=preferences_read(user=request.user),
        licenses=licenses,
        changes_of=lambda ids: last_changes(project=access.project, model_ids=ids),
        protected=why_protected_all(project=access.project),
    )


def _licenses(query: Query, project: str) -> dict[str, str]:
    return licenses_last_set(project=project) if query.q else {}


def _context(page: ListPage, access: Access) -> dict[str, Any]:
    has_uploads = route_offered(access=access, route="uploads") is not False
    return {
        "page": page,
        "section": "models",
        "models_url": reverse("models", args=[page.project]),
        "preferences_url": reverse("models-preferences", args=[page.project]),
        "selection_url": reverse("models-selection", args=[page.project]),
        "fields": FIELDS,
        "rows_url": reverse("models-rows", args=[page.project]),
        "charts_url": reverse("models-charts", args=[page.project]),
        "checks_url": reverse("checks", args=[page.project]),
        "uploads_url": reverse("uploads", args=[page.project]) if has_uploads else "",
        "csv_url": reverse("models-export-csv", args=[page.project]) + page.export_query,
        "json_url": reverse("models-export-json", args=[page.project]) + page.export_query,
    }


def _typing_on(request: Request, page: ListPage) -> bool:
    """Whether only the search goes on, or nothing changes: the letters of one word are one step back."""
    query = page.query
    before = htmx_page(request)
    if not before or not before.startswith(reverse("models", args=[page.project])):
        return False
    old = Query.read(QueryDict(before.partition("?")[2]).dict())
    if old.q == query.q:
        return old == query
    return bool(old.q and query.q) and old.with_(q="") == query.with_(q="")


def _selected(
    request: Request, access: Access, protected: Mapping[str, str]
) -> tuple[Listing, Query, list[Model]]:
    listing = models_list(access=access)
    query = query_fit(Query.read(request.GET.dict()), listing.list)
    licenses = _licenses(query, access.project)
    selection = select(listing.list, query, licenses=licenses, protected=protected)
    return listing, query, selection.models


def _stem(access: Access, listing: Listing) -> str:
    # A CSV has no place to say that the list was cut short, so its name does.
    return f"models-{access.project}" + ("" if listing.list.complete else "-partial")
