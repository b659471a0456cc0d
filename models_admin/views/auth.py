"""Signing in and out, and a person's own account."""

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY, login, logout
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.db.transaction import atomic
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.backends import SINGLE_SIGN_ON
from models_admin.access.connections import project_last_used
from models_admin.access.pending import pending_begin
from models_admin.access.permissions import may
from models_admin.access.throttle import TooManyAttempts, attempt_begin
from models_admin.http import Request
from models_admin.oidc.provider import provider_get
from models_admin.services.second_factor import has_factor
from models_admin.views.decorators import next_local, signed_in
from models_admin.views.responses import with_retry_after

LOCAL = "django.contrib.auth.backends.ModelBackend"
LOCKED = "Too many failed attempts for this name from your address. Wait 15 minutes, then try again."
REFUSED = "The username and password don't match an active account."
NO_LOCAL = "Passwords aren't accepted here. Sign in with {name}."
SIGNED_OUT = "signed-out"  # tag of messages on whose page the browser's other tabs are told
END_SESSION = "oidc_end_session"  # session entry: where signing out goes on at the provider, "" for nowhere


@require_safe
@signed_in
def home(request: Request) -> HttpResponseBase:
    """Redirect to the models of the project used last, else to the connect form."""
    project = project_last_used(user=request.user, session=request.session)
    return redirect("models", project) if project else redirect("connect")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: Request) -> HttpResponse:
    target = sign_in_target(request)
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(target)
        return sign_in_page(request, target)
    if settings.LOCAL_SIGN_IN == "none":
        return sign_in_page(request, target, refusal=NO_LOCAL.format(name=provider_get().name), status=403)
    form = AuthenticationForm(request, request.POST)
    if form.is_valid() and _local_allowed(form.get_user()):
        if has_factor(form.get_user()):
            pending_begin(request=request, person=form.get_user(), target=target)
            return redirect("sign-in-factor")
        login(request, form.get_user(), backend=LOCAL)
        return redirect(target)
    # One sentence for every cause: an unknown name, a wrong password, a locked account, one that may not sign in here.
    return sign_in_page(request, target, form=form, refusal=REFUSED, status=422)


def sign_in_page(
    request: Request,
    target: str,
    *,
    form: AuthenticationForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    provider = f"{reverse('sign-in-oidc')}?{urlencode({'next': target}, safe='/')}" if settings.OIDC else ""
    context = {
        "form": form or AuthenticationForm(),
        "next": target,
        "refusal": refusal,
        "provider_url": provider,
        "provider_name": _provider_name(),
        "local": settings.LOCAL_SIGN_IN,
    }
    return render(request, "registration/sign_in.html", context, status=status)


def _provider_name() -> str:
    return provider_get().name if settings.OIDC else ""


def _local_allowed(user: User) -> bool:
    return settings.LOCAL_SIGN_IN == "all" or may(user, "team")


def sign_in_locked(request: Request) -> HttpResponse:
    """The same whether the account exists or not."""
    return sign_in_page(request, sign_in_target(request), refusal=LOCKED, status=429)


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End the session here, and at the provider where it says how."""
    by_provider = request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON
    end_session = request.session.get(END_SESSION) if by_provider else ""
    logout(request)
    if settings.OIDC and isinstance(end_session, str) and end_session:
        return _sign_out_there(request, end_session)
    messages.info(request, "You're signed out, and your keys have been deleted.", extra_tags=SIGNED_OUT)
    return redirect("sign-in")


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("old_password", "new_password1", "new_password2")
@signed_in
def account(request: Request) -> HttpResponseBase:
    """Show name and roles, and change the password, which ends every session of the account."""
    if not request.user.has_usable_password():
        return _account_page(request, None, status=200 if request.method != "POST" else 403)
    form = PasswordChangeForm(request.user, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _account_page(request, form)
    try:
        attempt = attempt_begin(user=request.user, purpose="password")
    except TooManyAttempts as error:
        response = _account_page(request, PasswordChangeForm(request.user), refusal=str(error), status=429)
        return with_retry_after(response, error.retry_after)
    if not form.is_valid():
        return _account_page(request, form, status=422)
    with atomic():  # with its audit event
        form.save()
    attempt.delete()
    logout(request)
    messages.success(request, "Password changed. Sign in with the new one.", extra_tags=SIGNED_OUT)
    response = redirect("sign-in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _account_page(
    request: Request, form: PasswordChangeForm | None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    roles = ", ".join(request.user.groups.order_by("name").values_list("name", flat=True))
    if request.user.is_superuser:
        roles = "Superuser (all permissions)"
    context = {"form": form, "roles": roles or "None", "refusal": refusal, "provider_name": _provider_name()}
    return render(request, "registration/account.html", context, status=status)


def sign_in_target(request: Request, value: str = "") -> str:
    """Where to go after signing in: `value`, else the request's `next`, if it is a path of this console."""
    value = value or request.POST.get("next") or request.GET.get("next") or ""
    return next_local(value, default=reverse("home"))


def _sign_out_there(request: Request, end_session: str) -> HttpResponse:
    """A page that moves on to the provider (OpenID Connect RP-Initiated Logout 1.0).

    A redirect would be stopped: the policy for forms covers the redirects that follow them.
    """
    query = urlencode(
        {
            "client_id": provider_get().client_id,
            "post_logout_redirect_uri": request.build_absolute_uri(reverse("sign-in")),
        }
    )
    address = f"{end_session}{'&' if '?' in end_session else '?'}{query}"
    context = {"provider_name": provider_get().name, "end_session_url": address}
    response = render(request, "registration/signed_out.html", context)
    response["Refresh"] = f"0; url={address}"
    return response
