"""The models page, and the fragment that filtering, sorting and paging put into it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.http import Request
from models_admin.screens.models.page import ListPage, listpage_make
from models_admin.screens.models.query import Query
from models_admin.services.listing import models_list
from models_admin.views.decorators import connected


@require_safe
@connected
def models(request: Request, access: Access) -> HttpResponse:
    return render(request, "models_admin/models.html", _context(_page(request, access)))


@require_safe
@connected
def models_rows(request: Request, access: Access) -> HttpResponse:
    """The results; for htmx also what stands around them, and the address of the page that shows the same."""
    page = _page(request, access)
    context = {**_context(page), "swapping": bool(request.htmx)}
    response = render(request, "models_admin/_models_results.html", context)
    header = "HX-Replace-Url" if _typing_on(request, page) else "HX-Push-Url"
    response[header] = reverse("models", args=[access.project]) + page.here_query
    return response


def _page(request: Request, access: Access) -> ListPage:
    # "fresh" is what Refresh asks for; it never becomes part of an address that the page writes.
    listing = models_list(access=access, fresh="fresh" in request.GET)
    return listpage_make(listing=listing, query=Query.read(request.GET.dict()), project=access.project)


def _context(page: ListPage) -> dict[str, Any]:
    return {
        "page": page,
        "section": "models",
        "models_url": reverse("models", args=[page.project]),
        "rows_url": reverse("models-rows", args=[page.project]),
        "charts_url": reverse("models-charts", args=[page.project]),
        "csv_url": reverse("models-export-csv", args=[page.project]) + page.export_query,
        "json_url": reverse("models-export-json", args=[page.project]) + page.export_query,
    }


def _typing_on(request: Request, page: ListPage) -> bool:
    """Whether only the search goes on, or nothing changes: the letters of one word are one step back."""
    query = page.query
    before = request.htmx.current_url_abs_path if request.htmx else None
    if not before or not before.startswith(reverse("models", args=[page.project])):
        return False
    old = Query.read(QueryDict(before.partition("?")[2]).dict())
    if old.q == query.q:
        return old == query
    return bool(old.q and query.q) and old.with_(q="") == query.with_(q="")
