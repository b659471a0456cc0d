"""The team: accounts and roles, for administrators."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.permissions import ROLE_DESCRIPTIONS, permission_require
from models_admin.forms.team import PersonAddForm, PersonForm
from models_admin.http import Request
from models_admin.screens.team import log_lines, people_rows
from models_admin.services.second_factor import factors_remove, people_with_factor
from models_admin.services.team import (
    password_may_be_set,
    password_set,
    people_find,
    person_get,
    person_lock,
    person_save,
    person_unlock,
    role_reason,
    signing_in_by_provider,
)
from models_admin.views.decorators import next_local, signed_in
from models_admin.views.reauthenticate import reauthentication_required

PAGE_SIZE = 50
UNPROCESSABLE = 422


@require_safe
@signed_in
def team(request: Request) -> HttpResponseBase:
    query = request.GET.get("q", "").strip()
    found = people_find(acting=request.user, query=query)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    people = list(page.object_list)
    rows = people_rows(
        people,
        viewer=request.user,
        by_provider=signing_in_by_provider(people),
        with_factor=people_with_factor(people),
    )
    context = {
        "section": "team",
        "people": rows,
        "page": page,
        "query": query,
        "roles": ROLE_DESCRIPTIONS,
        "log": log_lines(),
    }
    return render(request, "team/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password1", "password2")
@signed_in
def person_add(request: Request) -> HttpResponseBase:
    permission_require(user=request.user, act="team")
    if response := reauthentication_required(request):
        return response
    form = PersonAddForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, "team/person.html", form)
    person = person_save(acting=request.user, form=form)
    messages.success(request, f"{person.username} added. Send them the password securely.")
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def person_change(request: Request, pk: int) -> HttpResponseBase:
    person = _person(request, pk)
    if response := reauthentication_required(request):
        return response
    username, fixed = person.username, person.pk == request.user.pk
    reason = role_reason(person)
    data = request.POST if request.method == "POST" else None
    form = PersonForm(data, instance=person, fixed_role=fixed or bool(reason), role_help=reason)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, "team/person.html", form, username=username)
    person_save(acting=request.user, form=form)
    messages.success(request, f"{person.username} saved.")
    return redirect("team")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("new_password1", "new_password2")
@signed_in
def person_password(request: Request, pk: int) -> HttpResponseBase:
    person = _person(request, pk)
    password_may_be_set(acting=request.user, person=person)
    if response := reauthentication_required(request):
        return response
    form = SetPasswordForm(person, request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _form_page(request, "team/password.html", form, username=person.username)
    password_set(acting=request.user, person=person, form=form)
    messages.success(request, f"Password of {person.username} set. Send it to them securely.")
    return redirect("team")


@require_POST
@signed_in
def factor_remove(request: Request, pk: int) -> HttpResponseBase:
    return _change(request, pk, factors_remove, "Second factor of {} removed.")


@require_POST
@signed_in
def lock(request: Request, pk: int) -> HttpResponseBase:
    return _change(request, pk, person_lock, "{} locked.")


@require_POST
@signed_in
def unlock(request: Request, pk: int) -> HttpResponseBase:
    return _change(request, pk, person_unlock, "{} unlocked.")


def _change(request: Request, pk: int, change: Callable[..., User], done: str) -> HttpResponseBase:
    """Change an account by a button of its row, and go back to that row's page.

    `done` says so, with the username in place of {}.
    """
    _person(request, pk)
    if response := reauthentication_required(request):
        return response
    person = change(acting=request.user, pk=pk)
    messages.success(request, done.format(person.username))
    return redirect(next_local(request.POST.get("next"), default=reverse("team")))


def _person(request: Request, pk: int) -> User:
    try:
        return person_get(acting=request.user, pk=pk)
    except User.DoesNotExist:
        raise Http404 from None


def _form_page(
    request: Request, template: str, form: "PersonForm | SetPasswordForm[User]", *, username: str = ""
) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound else 200
    context = {"section": "team", "form": form, "username": username}
    return render(request, template, context, status=status)
