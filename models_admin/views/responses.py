"""Answering with a fragment or a dialog."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from models_admin.http import Request


def fragment(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a fragment. A failure is swapped too: the page's own rule would keep the old content."""
    response = render(request, template, context, status=status)
    if status >= 400:
        response["HX-Reswap"] = "outerHTML"
    return response


def dialog_or_page(
    request: Request, name: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """`_NAME_dialog.html` for htmx, `NAME.html` as a page without JavaScript; of the models section."""
    template = f"models_admin/_{name}_dialog.html" if request.htmx else f"models_admin/{name}.html"
    context |= {"section": "models", "console_request_id": request.request_id}
    response = render(request, template, context, status=status)
    if request.htmx and status >= 400:
        response["HX-Reswap"] = "innerHTML"  # by default htmx would keep the old dialog
    return response
