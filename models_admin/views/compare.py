"""Two to four models side by side."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.http import Request
from models_admin.screens.models.compare import comparison_make
from models_admin.services.activity import last_set
from models_admin.services.protection import protections_of
from models_admin.services.reading import model_gone, model_read
from models_admin.views.decorators import connected
from models_admin.xerotier.errors import InvalidRequest, NotFound
from models_admin.xerotier.schemas import Model

LEAST, MOST = 2, 4


@require_safe
@connected
def compare(request: Request, access: Access) -> HttpResponse:
    """`?id=` two to four times. Fewer, more, or models that don't exist: the page says so."""
    ids = list(dict.fromkeys(request.GET.getlist("id")))
    context: dict[str, Any] = {"section": "models", "project": access.project, "missing": []}
    if not LEAST <= len(ids) <= MOST:
        return render(request, "models_admin/compare.html", context, status=422)
    models, missing = [], []
    for model_id in ids:
        try:
            models.append(model_read(access=access, model_id=model_id))
        except InvalidRequest:
            missing.append(model_id)
        except NotFound as error:
            if not model_gone(error):
                raise
            missing.append(model_id)
    context["missing"] = missing
    if len(models) < LEAST:
        return render(request, "models_admin/compare.html", context, status=404)
    known = [last_set(project=access.project, model_id=model.id) for model in models]
    editable = _editable(access, models)
    context["comparison"] = comparison_make(models, known, project=access.project, editable=editable)
    return render(request, "models_admin/compare.html", context)


def _editable(access: Access, models: list[Model]) -> set[str]:
    """The IDs of the models that this person may edit."""
    if not access.may("edit"):
        return set()
    protected = protections_of(access.project)
    return {model.id for model in models if (access.project, model.id) not in protected}
