"""What the API and this console can do, as far as the console has seen."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from models_admin.access.connections import Access, NoConnection, access_open, project_last_used
from models_admin.access.permissions import REASONS, may_read_any
from models_admin.access.vault import VaultLocked
from models_admin.http import Request
from models_admin.screens.about import console_context, project_context, refresh_sentence, role_facts
from models_admin.services.about import project_facts, routes_refresh
from models_admin.views.decorators import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def about(request: Request) -> HttpResponse:
    """GET shows the project used last, if it is connected, with one call. POST asks the optional routes again."""
    access = _access(request)
    if request.method == "POST":
        return _refresh(request, access)
    context = console_context() | {"reason": "" if may_read_any(request.user) else REASONS["read"]}
    context["role_facts"] = role_facts(request.user, access.project if access else "")
    if access:
        context |= project_context(project_facts(access=access))
    return render(request, "models_admin/about.html", context)


def _refresh(request: Request, access: Access | None) -> HttpResponse:
    if access:
        problem = refresh_sentence(routes_refresh(access=access))
        if problem:
            messages.error(request, problem)
        else:
            messages.success(request, "The optional routes have been checked again.")
    return redirect("about")


def _access(request: Request) -> Access | None:
    """The project used last, None where nothing can be read: no role, no connection, or a key that does not open."""
    project = project_last_used(user=request.user, session=request.session)
    if not project:
        return None
    try:
        return access_open(request=request, project=project)
    except (NoConnection, VaultLocked):
        return None
