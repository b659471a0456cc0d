"""The filtered models as files: all pages, exact values."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from models_admin import formats
from models_admin.connections import Access
from models_admin.query import Query
from models_admin.request import Request
from models_admin.screens.list_export import models_csv, models_json
from models_admin.screens.list_page import query_fit
from models_admin.selecting import select
from models_admin.services.listing import Listing, models_list
from models_admin.views._downloads import download
from models_admin.views._gate import connected
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
        "read_at": formats.moment_iso(listing.read_at),
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
