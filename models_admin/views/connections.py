"""Connecting a project, and disconnecting one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.access import connections
from models_admin.access.permissions import read_any_require
from models_admin.access.throttle import TooManyAttempts
from models_admin.forms.connect import ConnectForm, diagnose
from models_admin.http import Request
from models_admin.services.connecting import project_connect
from models_admin.views.decorators import next_local, signed_in
from models_admin.views.responses import go, with_retry_after
from models_admin.xerotier.errors import ApiError

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("api_key")
@signed_in
def connect(request: Request) -> HttpResponseBase:
    """Show the form, or check what was posted. If the check fails, the form comes back with the reason."""
    read_any_require(request.user)
    if request.method != "POST":
        again = request.GET.get("project", "")
        project = again or connections.project_to_connect(user=request.user, session=request.session)
        return _answer(request, ConnectForm(initial={"project_id": project}), again=again)
    form = ConnectForm(request.POST)
    if not form.is_valid():
        return _answer(request, form, status=UNPROCESSABLE)
    project = form.cleaned_data["project_id"]
    try:
        project_connect(request=request, project=project, key=form.cleaned_data["api_key"])
    except TooManyAttempts as error:
        return _answer(request, form, status=429, wait=error.retry_after, kept=True)
    except ApiError as error:
        return _failed(request, form, error)
    target = next_local(request.POST.get("next"), default=reverse("models", args=[project]))
    return go(request, target, message=" ".join([f"Connected to {project}.", *form.notes]))


@require_POST
@signed_in
def connection_forget(request: Request) -> HttpResponseBase:
    project = request.POST.get("project", "")
    known = any(item.project == project for item in connections.connections_list(session=request.session))
    connections.connection_forget(request=request, project=project)
    messages.info(request, f"{project if known else 'The project'} disconnected. Its key has been deleted.")
    return go(request, reverse("connect"))


@sensitive_variables("form")
def _failed(request: Request, form: ConnectForm, error: ApiError) -> HttpResponse:
    """422 where the person can correct it, as for any form; other failures keep their own status.

    The key has to be entered again only where it was the cause; otherwise htmx leaves the typed key in place.
    """
    diagnosis = diagnose(error)
    correctable = diagnosis.culprit in ("key", "project", "scope") and diagnosis.problem.http_status != 429
    return _answer(
        request,
        form,
        status=UNPROCESSABLE if correctable else diagnosis.problem.http_status,
        wait=diagnosis.problem.retry_after,
        diagnosis=diagnosis,
        kept=diagnosis.culprit not in ("key", "scope"),
    )


def _answer(
    request: Request, form: ConnectForm, *, status: int = 200, wait: int | None = None, **context: Any
) -> HttpResponse:
    """The page, or for htmx the form alone. HX-Reswap: without it htmx does not swap in a 5xx response."""
    context |= {"form": form, "next": _target(request), "wait": wait, "section": "connect"}
    template = "models_admin/_connect_form.html" if request.htmx else "models_admin/connect.html"
    response = render(request, template, context, status=status)
    if request.htmx:
        response["HX-Reswap"] = "outerHTML"
    return with_retry_after(response, wait)


def _target(request: Request) -> str:
    return next_local(request.POST.get("next") or request.GET.get("next"), default="")
