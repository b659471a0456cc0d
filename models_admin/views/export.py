"""The filtered models as files: all pages, exact values."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.formatting import display
from models_admin.http import Request
from models_admin.screens.models.export import models_csv, models_json
from models_admin.screens.models.filtering import select
from models_admin.screens.models.page import query_fit
from models_admin.screens.models.query import Query
from models_admin.services.listing import Listing, models_list
from models_admin.views.decorators import connected
from models_admin.views.downloads import download
from models_admin.xerotier.schemas import Model


@require_safe
@connected
def models_export_csv(request: Request, access: Access) -> StreamingHttpResponse:
    listing, _, models = _selected(request, access)
    return download(models_csv(models), _stem(access, listing), "csv")


@require_safe
@connected
def models_export_json(request: Request, access: Access) -> StreamingHttpResponse:
    listing, query, models = _selected(request, access)
    about = {
        "project": access.project,
        "read_at": display.moment_iso(listing.read_at),
        "complete": listing.complete,
        "filters": {
            name: getattr(query, name)
            for name in ("q", "status", "format", "workload")
            if getattr(query, name)
        },
        "sort": query.sort,
    }
    return download(models_json(models, about), _stem(access, listing), "json")


def _selected(request: Request, access: Access) -> tuple[Listing, Query, list[Model]]:
    listing = models_list(access=access)
    query = query_fit(Query.read(request.GET.dict()), listing)
    return listing, query, select(listing.index, query).models


def _stem(access: Access, listing: Listing) -> str:
    # A CSV has no place to say that the list was cut short, so its name does.
    return f"models-{access.project}" + ("" if listing.complete else "-partial")
