"""The activity: a page with filters, exports, and the history of one model."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access, connections_readable, project_last_used
from models_admin.formatting import display
from models_admin.http import Request
from models_admin.models import Activity
from models_admin.screens.activity.change import change_details, change_snippets, undo_snippets
from models_admin.screens.activity.export import activity_csv, activity_json
from models_admin.screens.activity.page import HISTORY_ROWS, activity_page, history_context
from models_admin.screens.activity.rows import activity_view
from models_admin.services.activity import history
from models_admin.services.activity_search import Filters, activity_all
from models_admin.services.protection import why_protected
from models_admin.views.decorators import connected, signed_in
from models_admin.views.responses import download

View = Callable[..., HttpResponseBase]


def readable(view: View) -> View:
    """For one project, or for all that the person has connected: `view(request, project, projects)`.

    One opened key is enough for all of them: every key of a session is sealed with the same vault cookie.
    """

    @wraps(view)
    def check(request: Request, project: str = "") -> HttpResponseBase:
        def inner(request: Request, access: Access) -> HttpResponseBase:
            found = connections_readable(user=request.user, session=request.session)
            return view(request, project, [project] if project else [item.project for item in found])

        last_used = project_last_used(user=request.user, session=request.session)
        return connected(inner)(request, project=project or last_used)

    return signed_in(check)


@require_safe
@readable
def activity(request: Request, project: str, projects: list[str]) -> HttpResponse:
    return _render(request, project, projects, "models_admin/activity.html")


@require_safe
@readable
def activity_rows_fragment(request: Request, project: str, projects: list[str]) -> HttpResponse:
    return _render(request, project, projects, "models_admin/_activity_rows.html")


@require_safe
@readable
def activity_export_csv(request: Request, project: str, projects: list[str]) -> StreamingHttpResponse:
    rows = activity_all(projects=projects, filters=Filters.read(request.GET.dict()))
    return download(activity_csv(rows), "activity", "csv")


@require_safe
@readable
def activity_export_json(request: Request, project: str, projects: list[str]) -> StreamingHttpResponse:
    filters = Filters.read(request.GET.dict())
    rows = activity_all(projects=projects, filters=filters)
    about = {
        "projects": projects,
        "read_at": display.moment_iso(timezone.now()),
        "filters": filters.chosen,
    }
    return download(activity_json(rows, about), "activity", "json")


@require_safe
@connected
def activity_change(request: Request, access: Access, number: int) -> HttpResponse:
    """One change, with whole values and its request."""
    row = get_object_or_404(Activity, project=access.project, pk=number)
    context = {
        "item": activity_view(
            row,
            user=access.user,
            protected=why_protected(project=row.project, model_id=row.model_id),
            whole=True,
        ),
        "details": change_details(row),
        "snippets": change_snippets(row, api_url=settings.XEROTIER_API_URL),
        "undo_snippets": undo_snippets(row, api_url=settings.XEROTIER_API_URL),
        "section": "activity",
    }
    return render(request, "models_admin/change.html", context)


@require_safe
@connected
def model_history(request: Request, access: Access, model_id: str) -> HttpResponse:
    rows = history(project=access.project, model_id=model_id)[: HISTORY_ROWS + 1]
    context = history_context(project=access.project, model_id=model_id, rows=list(rows), user=access.user)
    return render(request, "models_admin/_history.html", context)


def _render(request: Request, project: str, projects: list[str], template: str) -> HttpResponse:
    page = activity_page(
        project=project,
        projects=projects,
        filters=Filters.read(request.GET.dict()),
        user=request.user,
    )
    return render(request, template, {"page": page, "section": "activity"})
