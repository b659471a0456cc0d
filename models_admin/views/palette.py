"""The models in the palette. Its pages and actions are taken from the page itself, so that they need nothing."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_admin.access.connections import NoConnection, access_open
from models_admin.access.permissions import NotAllowed
from models_admin.access.vault import VaultLocked
from models_admin.errors.explain import explain
from models_admin.http import Request
from models_admin.screens.models.palette import Finding, models_find
from models_admin.services.listing import models_list
from models_admin.views.decorators import signed_in
from models_admin.xerotier.errors import ApiError


@require_safe
@signed_in
def palette(request: Request, project: str) -> HttpResponse:
    """The options for `q`. What keeps the models from being read is said in their place: 200 all the same."""
    text = request.GET.get("q", "")
    finding, note = Finding(()), ""
    if text.strip():
        try:
            finding = models_find(
                models_list(access=access_open(request=request, project=project)), text, project
            )
        except (NoConnection, VaultLocked):
            note = "Connect a project to find its models."
        except NotAllowed as refusal:
            note = str(refusal)
        except ApiError as error:
            note = f"The models cannot be read now: {explain(error).title}."
    return render(request, "models_admin/_palette_models.html", {"finding": finding, "note": note})
