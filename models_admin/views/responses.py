"""Answering with a fragment, a dialog, or another page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import HttpResponseClientRedirect

from models_admin.errors.explain import Explanation
from models_admin.http import Request
from models_admin.views.outcomes import OutcomeView


def fragment(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a fragment. A failure is swapped too: the page's own rule would keep the old content."""
    response = render(request, template, context, status=status)
    if status >= 400:
        response["HX-Reswap"] = "outerHTML"
    return response


def go(request: Request, url: str, *, message: str = "") -> HttpResponse:
    """To another page, with a message about what was done; for htmx by a header."""
    if message:
        messages.success(request, message)
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def with_retry_after(response: HttpResponse, seconds: int | None) -> HttpResponse:
    if seconds is not None:
        response["Retry-After"] = str(seconds)
    return response


def dialog_or_page(
    request: Request, form: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """`_FORM_form.html` in a dialog for htmx, on a page of its own without JavaScript. `title` is the page's."""
    return _dialog(request, f"_{form}_form.html", title, context, status)


def dialog_outcome(
    request: Request, outcome: OutcomeView, problem: Explanation | None = None, *, status: int
) -> HttpResponse:
    """The result of a change that failed or is unknown, in place of its dialog or page."""
    return _dialog(request, "_outcome.html", outcome.title, {"outcome": outcome, "problem": problem}, status)


def _dialog(request: Request, body: str, title: str, context: dict[str, Any], status: int) -> HttpResponse:
    template = "models_admin/_dialog.html" if request.htmx else "models_admin/dialog.html"
    context |= {
        "dialog_body": f"models_admin/{body}",
        "dialog_title": title,
        "section": "models",
        "console_request_id": request.request_id,
    }
    response = render(request, template, context, status=status)
    if request.htmx and status >= 400:
        response["HX-Reswap"] = "innerHTML"  # by default htmx would keep the old dialog
    return response
