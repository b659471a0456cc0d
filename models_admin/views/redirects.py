"""Addresses from before the project was part of the address: bookmarks and scripts go on working."""

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from models_admin.access.connections import project_last_used
from models_admin.http import Request
from models_admin.views.decorators import send_to_connect, signed_in


@signed_in
def below_project(request: Request, **_parts: Any) -> HttpResponseBase:
    """Answer 308, which keeps method and body, to the same address below the project used last."""
    project = project_last_used(user=request.user, session=request.session)
    if not project:
        return send_to_connect(request)
    query = request.META.get("QUERY_STRING", "")
    root = reverse("home")
    target = f"{root}projects/{project}/{request.path.removeprefix(root)}" + (f"?{query}" if query else "")
    return redirect(target, permanent=True, preserve_request=True)
