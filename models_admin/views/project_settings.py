"""The settings of a project: whether deletions need a second person."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from models_admin.access.connections import Access
from models_admin.http import Request
from models_admin.services.approval import second_person_needed
from models_admin.services.project_settings import second_person_set
from models_admin.views.decorators import connected
from models_admin.views.reauthenticate import reauthentication_required


@require_http_methods(["GET", "HEAD", "POST"])
@connected
def project_settings(request: Request, access: Access) -> HttpResponse:
    """GET shows the settings; POST saves them."""
    access.require("team")
    needed = second_person_needed(project=access.project)
    if request.method == "POST":
        wanted = request.POST.get("approve_deletions") == "1"
        if needed and not wanted and (response := reauthentication_required(request)):
            return response
        changed = second_person_set(access=access, wanted=wanted)
        messages.success(request, "Settings saved." if changed else "Nothing was changed.")
        return redirect("project-settings", access.project)
    context = {
        "project": access.project,
        "approve_deletions": needed,
        "section": "settings",
    }
    return render(request, "models_admin/project_settings.html", context)
