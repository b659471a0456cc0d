"""The page of one model, and the fragment that tells how it stands in the catalog."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.access.permissions import may
from models_admin.errors.explain import explain
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.screens.activity.page import history_context
from models_admin.screens.model import details
from models_admin.screens.model.catalog import Own, catalog_context, catalog_links
from models_admin.screens.model.fields import field_rows
from models_admin.screens.model.status import lifecycle_context
from models_admin.services.activity import is_touched, ledger
from models_admin.services.reading import catalog_read, model_read
from models_admin.views.decorators import connected
from models_admin.views.responses import fragment
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.schemas import Model
from models_admin.xerotier.snippets import model_url, snippets


@require_safe
@connected
def model(request: Request, access: Access, model_id: str) -> HttpResponse:
    """One call. The catalog is asked for afterwards by htmx, or with `?catalog=1` by a link."""
    found = model_read(access=access, model_id=model_id)
    context = _context(found, model_id, access)
    if "catalog" in request.GET:
        context |= _catalog_inline(access, found, model_id)
    return render(request, "models_admin/model.html", context)


@require_safe
@connected
def model_catalog(request: Request, access: Access, model_id: str) -> HttpResponse:
    """The panel alone. A failure becomes a problem in its place, with Retry, by what every page does."""
    own = Own.read(request.GET.dict())
    info = catalog_read(access=access, model_id=model_id)
    context = catalog_links(access.project, model_id, own) | catalog_context(info, own)
    return fragment(request, "models_admin/_catalog.html", context)


def _context(found: Model, model_id: str, access: Access) -> dict[str, Any]:
    # Reading the model may show the end of a revalidation: that comes first, the rest tells of it.
    life = lifecycle_context(access=access, model=found)
    touched = is_touched(project=access.project, model_id=model_id)
    book = ledger(project=access.project, model_id=model_id) if touched else {}
    url = model_url(settings.XEROTIER_API_URL, project=access.project, model_id=model_id)
    may_edit = may(access.user, "edit")
    past = history_context(
        project=access.project, model_id=model_id, user=access.user, may_edit=may_edit, touched=touched
    )
    return (
        life
        | past
        | {
            "section": "models",
            "model_id": model_id,
            "name": visible(found.label),
            "rows": field_rows(project=access.project, model=found, ledger=book, may_edit=may_edit),
            "file_facts": details.file_facts(found),
            "sharing_facts": details.sharing_facts(found),
            "other_facts": details.other_facts(found.other),
            "snippets": snippets("GET", url, query={"extended": "true"}),
            "catalog_state": "loading",
            **catalog_links(access.project, model_id, Own.of(found)),
        }
    )


def _catalog_inline(access: Access, found: Model, model_id: str) -> dict[str, Any]:
    """The panel as part of the page, for a browser without scripts: a failure must not take the page along."""
    try:
        return catalog_context(catalog_read(access=access, model_id=model_id), Own.of(found))
    except ApiError as error:
        return {"catalog_state": "failed", "problem": explain(error)}
