"""The form of all fields as a page: new, or again with everything that was typed and ticked."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from models_admin.access.connections import Access
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.screens.model.edit_all import Row, Sent, form_rows
from models_admin.screens.models.palette import PaletteModels
from models_admin.services.editing_all import edit_all_open, edit_all_token
from models_admin.services.protection import why_protected
from models_admin.services.reading import CurrentValue
from models_admin.xerotier.errors import ApiError
from models_admin.xerotier.fields import BY_NAME

KEEP, SAVE = "keep", "save"  # the decisions about a value that someone else has set


def form_again(
    request: Request,
    access: Access,
    model_id: str,
    *,
    now: Mapping[str, CurrentValue] | None = None,
    notes: Sequence[str] = (),
    matches: PaletteModels | None = None,
    status: int = 422,
    **more: Any,
) -> HttpResponse:
    """The form with everything that was typed and ticked, and a new token, even if the model can't be read.

    `now` is what was just read, None to read it. `more` goes to `form_rows`.
    """
    if now is None:
        now = {}
        with suppress(ApiError):
            now = edit_all_open(access=access, model_id=model_id)
    rows = form_rows(project=access.project, model_id=model_id, now=now, sent=_sent(request), **more)
    return form_page(request, access, model_id, now, rows, notes=notes, matches=matches, status=status)


def form_page(
    request: Request,
    access: Access,
    model_id: str,
    now: Mapping[str, CurrentValue],
    rows: Sequence[Row],
    *,
    notes: Sequence[str] = (),
    matches: PaletteModels | None = None,
    status: int = 200,
) -> HttpResponse:
    names = [current.model.label for current in now.values()]
    address = {"project": access.project, "model_id": model_id}
    context = {
        "rows": rows,
        "notes": notes,
        "token": edit_all_token(access=access, model_id=model_id),
        "name": visible(names[0]) if names else model_id,
        "other": request.POST.get("from", "")[:200] if matches else "",
        "matches": matches,
        "edit_url": reverse("model-edit", kwargs=address),
        "files_url": reverse("model-edit-files", kwargs=address),
        "matches_url": reverse("model-edit-models", kwargs=address),
        "model_url": reverse("model", kwargs=address),
        "protected": why_protected(project=access.project, model_id=model_id),
        "has_conflicts": any(row.conflict for row in rows),
        "first": next((row.edit.name for row in rows if row.conflict or row.edit.error), ""),
        "section": "models",
    }
    return render(request, "models_admin/edit_all.html", context, status=status)


def untaken(request: Request) -> set[str]:
    """The fields whose proposals were not ticked."""
    return set(request.POST.getlist("proposed")) - set(request.POST.getlist("take"))


def base_sent(request: Request, name: str) -> str:
    """The digest of the value that the person saw: at first, or of someone else's value if it is to be replaced."""
    kind = "current" if request.POST.get(f"decide-{name}") == SAVE else "base"
    return request.POST.get(f"{kind}-{name}", "")


def left_unchanged(request: Request) -> list[str]:
    """The fields that the person leaves to someone else's value."""
    return [name for name in BY_NAME if request.POST.get(f"decide-{name}") == KEEP]


def _sent(request: Request) -> Sent:
    post = request.POST
    # A field left to someone else starts again from its current value, so that saving again doesn't overwrite it.
    names = [name for name in BY_NAME if name not in left_unchanged(request)]
    return Sent(
        typed={name: post[name] for name in names if name in post},
        bases={name: base_sent(request, name)[:100] for name in names},
        sources={
            name: visible(post[f"source-{name}"])[:200] for name in names if post.get(f"source-{name}", "")
        },
        untaken=untaken(request),
    )
