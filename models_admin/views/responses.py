"""Answering with a fragment, a dialog, another page, or a file to keep."""

from collections.abc import Iterator
from typing import Any, Literal

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django_htmx.http import HttpResponseClientRedirect

from models_admin.errors.explain import Explanation
from models_admin.http import Request
from models_admin.views.outcomes import OutcomeView

Ending = Literal["csv", "json"]
TYPES: dict[Ending, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def fragment(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a fragment. A failure is swapped too: the page's own rule would keep the old content."""
    response = render(request, template, context, status=status)
    if status >= 400:
        response["HX-Reswap"] = "outerHTML"
    return response


def go(request: Request, url: str, *, message: str = "") -> HttpResponse:
    """Redirect to another page, with a message about what was done; for htmx by a header."""
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


def download(pieces: Iterator[bytes], stem: str, ending: Ending) -> StreamingHttpResponse:
    """Stream `pieces` as `<stem>-<today, UTC>.<ending>`."""
    name = f"{stem}-{timezone.now():%Y-%m-%d}.{ending}"
    response = StreamingHttpResponse(pieces, content_type=TYPES[ending])
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
