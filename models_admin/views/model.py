"""The page of one model, and the cards that are loaded after it: its catalog entry and its endpoints."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.activity.page import history_context
from models_admin.screens.checks.page import model_rows
from models_admin.screens.checks.query import Query
from models_admin.screens.deletion_requests import request_view
from models_admin.screens.model.catalog import SharingState, catalog_context, catalog_links
from models_admin.screens.model.details import file_details, other_details, sharing_details
from models_admin.screens.model.endpoints import endpoints_context, endpoints_links, endpoints_waiting
from models_admin.screens.model.fields import field_rows
from models_admin.screens.model.protection import protection_panel
from models_admin.screens.model.sharing import sharing_panel
from models_admin.screens.model.status import status_context
from models_admin.screens.model.versions import versions_loading
from models_admin.services.activity import changes_newest, last_set_from
from models_admin.services.approval import open_request_of
from models_admin.services.capabilities import route_availability, route_offered
from models_admin.services.checks import model_checks
from models_admin.services.endpoints import endpoints_of
from models_admin.services.protection import protection_of, protection_sentence
from models_admin.services.reading import catalog_read, model_read
from models_admin.services.reconcile import resolve_revalidation, resolve_sharing
from models_admin.views.decorators import connected
from models_admin.views.responses import fragment, with_retry_after
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.snippets import model_url, snippets


@require_safe
@connected
def model(request: Request, access: Access, model_id: str) -> HttpResponse:
    """One call. Catalog and endpoints are loaded afterwards by htmx, or with `?catalog=1`, `?endpoints=1` by a link."""
    found = model_read(access=access, model_id=model_id)
    context = _context(found, model_id, access)
    if "catalog" in request.GET:
        context |= _catalog_inline(access, found, model_id)
    if "endpoints" in request.GET:
        reach = endpoints_of(access=access, model_id=model_id, name=found.name)
        context |= endpoints_context(reach, project=access.project)
    return render(request, "models_admin/model.html", context)


@require_safe
@connected
def model_catalog(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The panel alone. A failure is shown in its place, with Retry, as on every page."""
    sharing = SharingState.read(request.GET.dict())
    info = catalog_read(access=access, model_id=model_id)
    context = catalog_links(access.project, model_id, sharing) | catalog_context(info, sharing)
    return fragment(request, "models_admin/_catalog.html", context)


@require_safe
@connected
def model_endpoints(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The card alone, hidden where the API has no such list. A failure is shown in its place."""
    name = request.GET.get("name")
    if name is None:  # it was too long for the address
        name = model_read(access=access, model_id=model_id).name
    reach = endpoints_of(access=access, model_id=model_id, name=name)
    context = endpoints_links(access.project, model_id, name) | endpoints_context(
        reach, project=access.project
    )
    if reach.knowledge == "no_route":
        context = {"endpoints_state": "hidden"}
    problem = context.get("problem")
    status = problem.http_status if problem else 200
    response = fragment(request, "models_admin/_endpoints.html", context, status=status)
    return with_retry_after(response, problem.retry_after if problem else None)


def _context(found: Model, model_id: str, access: Access) -> dict[str, Any]:
    changes = changes_newest(project=access.project, model_id=model_id)
    # This reading may show the end of a revalidation. Record it first, because the rest of the page shows it.
    row = resolve_revalidation(access=access, model=found, changes=changes).row
    resolve_sharing(model=found, changes=changes)
    last = last_set_from(changes)
    url = model_url(settings.XEROTIER_API_URL, project=access.project, model_id=model_id)
    protection = protection_of(project=access.project, model_id=model_id)
    protected = protection_sentence(protection) if protection else ""
    reason = access.why_not("edit") or protected
    asked = open_request_of(project=access.project, model_id=model_id)
    values = {name: item.value for name, item in last.items() if not BY_NAME[name].readable}
    revalidated = row.created_at if row and row.outcome == Activity.Outcome.DONE else None
    findings = model_checks(access=access, model=found, last_set=values, revalidated=revalidated)
    return {
        "section": "models",
        "model_id": model_id,
        "name": visible(found.label),
        "rows": field_rows(project=access.project, model=found, last_set=last, why_not=reason),
        "protection": protection_panel(access=access, protection=protection) if protection else None,
        "asked": request_view(asked, user=access.user) if asked else None,
        "file_details": file_details(found),
        "sharing_details": sharing_details(found),
        "other_details": other_details(found.other),
        "findings": model_rows(findings, project=access.project, model_id=model_id),
        "checks_url": reverse("checks", args=[access.project]) + Query(q=model_id).encode(),
        "snippets": snippets("GET", url, query={"extended": "true"}),
        "revalidate_snippets": snippets("POST", f"{url}/revalidate"),
        "catalog_state": "loading",
        **status_context(access=access, model=found, row=row, changes=changes, protected=protected),
        **history_context(project=access.project, model_id=model_id, rows=changes, user=access.user),
        **catalog_links(access.project, model_id, SharingState.of(found)),
        **endpoints_links(access.project, model_id, found.name),
        **endpoints_waiting(route_availability(access=access, route="endpoints")),
        **_publishing(found, model_id, access, protected),
    }


def _publishing(found: Model, model_id: str, access: Access, protected: str) -> dict[str, Any]:
    """`protected` is the sentence about the model's protection, "" for none."""
    return {
        "sharing": sharing_panel(
            access=access,
            model_id=model_id,
            state=SharingState.of(found),
            offered=route_offered(access=access, route="sharing"),
            protected=protected,
        ),
        "versions": versions_loading(
            access=access,
            model_id=model_id,
            offered=route_offered(access=access, route="versions"),
            protected=protected,
        ),
    }


def _catalog_inline(access: Access, found: Model, model_id: str) -> dict[str, Any]:
    """The panel as part of the page, for a browser without JavaScript. If it fails, the page is still shown."""
    try:
        return catalog_context(catalog_read(access=access, model_id=model_id), SharingState.of(found))
    except ApiError as error:
        return {"catalog_state": "failed", "problem": explain(error)}
