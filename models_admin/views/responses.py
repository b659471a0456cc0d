"""Answering with a fragment."""

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
