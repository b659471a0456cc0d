"""The activity: a page with filters, exports, and the history of one model."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_admin import formats
from models_admin.activity import Filters, activity_rows
from models_admin.connections import Access, connections_list
from models_admin.permissions import may
from models_admin.request import Request
from models_admin.screens.activity_export import activity_csv, activity_json
from models_admin.screens.activity_page import activity_page, history_context
from models_admin.views._downloads import download
from models_admin.views._gate import connected


@require_safe
@connected
def activity(request: Request, access: Access) -> HttpResponse:
    """Changes of all projects that the person is connected to now."""
    return _rendered(request, access, "models_admin/activity.html")


@require_safe
@connected
def activity_rows_fragment(request: Request, access: Access) -> HttpResponse:
    return _rendered(request, access, "models_admin/_activity_rows.html")


@require_safe
@connected
def activity_export_csv(request: Request, access: Access) -> StreamingHttpResponse:
    rows = activity_rows(projects=_projects(request), filters=Filters.read(request.GET.dict()))
    return download(activity_csv(rows.iterator(chunk_size=500)), "activity", "csv")


@require_safe
@connected
def activity_export_json(request: Request, access: Access) -> StreamingHttpResponse:
    filters, projects = Filters.read(request.GET.dict()), _projects(request)
    rows = activity_rows(projects=projects, filters=filters)
    asked = {name: getattr(filters, name) for name in ("who", "action", "model", "project")}
    about = {
        "projects": projects,
        "read_at": formats.moment_iso(timezone.now()),
        "filters": {name: value for name, value in asked.items() if value},
    }
    return download(activity_json(rows.iterator(chunk_size=500), about), "activity", "json")


@require_safe
@connected
def model_history(request: Request, access: Access, model_id: str) -> HttpResponse:
    user = access.user
    context = history_context(
        project=access.project, model_id=model_id, user=user, may_edit=may(user, "edit")
    )
    return render(request, "models_admin/_history.html", context)


def _rendered(request: Request, access: Access, template: str) -> HttpResponse:
    page = activity_page(
        projects=_projects(request),
        current=access.project,
        filters=Filters.read(request.GET.dict()),
        user=access.user,
        may_edit=may(access.user, "edit"),
    )
    return render(request, template, {"page": page, "section": "activity"})


def _projects(request: Request) -> list[str]:
    return [item.project for item in connections_list(session=request.session)]
