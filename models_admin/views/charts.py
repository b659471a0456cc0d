"""What the models take and how they stand, to be looked at."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from models_admin.access.connections import Access
from models_admin.formatting.text import visible
from models_admin.http import Request
from models_admin.screens.models.charts import charts_make
from models_admin.services.listing import models_list
from models_admin.views.decorators import connected


@require_safe
@connected
def charts(request: Request, access: Access) -> HttpResponse:
    listing = models_list(access=access)
    context = {
        "section": "models",
        "project": access.project,
        "charts": charts_make(listing, access.project) if listing.models else (),
        "note": "" if listing.complete else visible(listing.note),
    }
    return render(request, "models_admin/charts.html", context)
