"""Roles per project, for administrators: the rules, with adding and removing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from models_admin.access.permissions import permission_require
from models_admin.forms.project_roles import ProjectRoleForm
from models_admin.http import Request
from models_admin.models import ProjectRole
from models_admin.screens.project_roles import rule_rows, rule_sentence
from models_admin.services.project_roles import (
    RuleExists,
    project_role_add,
    project_role_remove,
    project_roles_find,
)
from models_admin.views.decorators import next_local, signed_in
from models_admin.views.reauthenticate import reauthentication_required

PAGE_SIZE = 50
UNPROCESSABLE, CONFLICT = 422, 409


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def project_roles(request: Request) -> HttpResponseBase:
    """The rules, and the form that adds one. `person` fills in a name."""
    permission_require(user=request.user, act="team")
    if request.method != "POST":
        return _page(request, ProjectRoleForm(initial={"name": request.GET.get("person", "")}))
    if response := reauthentication_required(request):
        return response
    form = ProjectRoleForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=UNPROCESSABLE)
    facts = {name: form.cleaned_data[name] for name in ("pattern", "role")}
    try:
        rule = project_role_add(acting=request.user, person=form.person, group=form.group, **facts)
    except RuleExists as error:
        form.add_error(None, f"There is already a role for {rule_sentence(error.rule)}. Remove it first.")
        return _page(request, form, status=CONFLICT)
    messages.success(request, f"Added: {rule_sentence(rule)}.")
    return redirect("team-projects")


@require_POST
@signed_in
def project_role_delete(request: Request, pk: int) -> HttpResponseBase:
    permission_require(user=request.user, act="team")
    if response := reauthentication_required(request):
        return response
    try:
        rule = project_role_remove(acting=request.user, pk=pk)
    except ProjectRole.DoesNotExist:
        messages.info(request, "This role had already been removed.")
    else:
        messages.success(request, f"Removed: {rule_sentence(rule)}.")
    return redirect(next_local(request.POST.get("next"), default=reverse("team-projects")))


def _page(request: Request, form: ProjectRoleForm, *, status: int = 200) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    found = project_roles_find(acting=request.user, query=query)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "section": "team",
        "rules": rule_rows(page.object_list, viewer=request.user),
        "page": page,
        "query": query,
        "form": form,
    }
    return render(request, "team/project_roles.html", context, status=status)
