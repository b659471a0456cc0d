"""Signing in and out, and a person's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.connections import project_last_used
from models_admin.access.throttle import TooManyAttempts, attempt_begin
from models_admin.http import Request
from models_admin.views.decorators import next_local, signed_in

LOCKED = "Too many failed attempts for this name from your address. Wait 15 minutes, then try again."
REFUSED = "The username and password don't match an active account."


@require_safe
@signed_in
def home(request: Request) -> HttpResponseBase:
    """Redirect to the models of the project used last, else to the connect form."""
    project = project_last_used(session=request.session)
    return redirect("models", project) if project else redirect("connect")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: Request) -> HttpResponse:
    target = _target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return render(request, "registration/sign_in.html", {"form": AuthenticationForm(), "next": target})
    form = AuthenticationForm(request, request.POST)
    if form.is_valid():
        login(request, form.get_user())
        return redirect(target)
    # One sentence for every cause: an unknown name, a wrong password, a locked account.
    context = {"form": form, "next": target, "refusal": REFUSED}
    return render(request, "registration/sign_in.html", context, status=422)


def sign_in_locked(request: Request, *_args: Any) -> HttpResponse:
    """What django-axes answers to a locked name: the same whether the account exists or not."""
    context = {"form": AuthenticationForm(), "next": _target(request), "refusal": LOCKED}
    return render(request, "registration/sign_in.html", context, status=429)


@require_POST
def sign_out(request: Request) -> HttpResponse:
    logout(request)
    messages.info(request, "You're signed out, and your keys have been deleted.")
    return redirect("sign-in")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@signed_in
def account(request: Request) -> HttpResponseBase:
    """Show name and roles, and change the password, which ends every session of the account."""
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _account_page(request, form)
    try:
        attempt = attempt_begin(user=request.user, purpose="password")
    except TooManyAttempts as error:
        response = _account_page(request, PasswordChangeForm(request.user), refusal=str(error), status=429)
        response["Retry-After"] = str(error.retry_after)
        return response
    if not form.is_valid():
        return _account_page(request, form, status=422)
    form.save()
    attempt.delete()
    logout(request)
    messages.success(request, "Password changed. Sign in with the new one.")
    response = redirect("sign-in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _account_page(
    request: Request, form: PasswordChangeForm, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    roles = ", ".join(request.user.groups.order_by("name").values_list("name", flat=True))
    if request.user.is_superuser:
        roles = "Superuser (all permissions)"
    context = {"form": form, "roles": roles or "None", "refusal": refusal}
    return render(request, "registration/account.html", context, status=status)


def _target(request: Request) -> str:
    value = request.POST.get("next") or request.GET.get("next")
    return next_local(value, default=reverse("home"))
