"""One's own second factor: what is set up, the authenticator app, and recovery codes."""

from typing import Any

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.contrib import messages
from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from models_admin.access.backends import SINGLE_SIGN_ON
from models_admin.access.permissions import NotAllowed
from models_admin.access.throttle import TooManyAttempts, attempt_begin
from models_admin.access.vault import VaultLocked, text_decrypt, text_encrypt
from models_admin.http import Request
from models_admin.middleware.second_factor import USED, factor_missing
from models_admin.screens.second_factor import app_setup
from models_admin.services.passkeys import passkeys_of
from models_admin.services.second_factor import (
    app_add,
    app_remove,
    codes_renew,
    codes_unused,
    factor_required,
    factors_of,
)
from models_admin.services.sessions import sessions_end_others
from models_admin.views.decorators import signed_in
from models_admin.views.reauthenticate import reauthentication_required

SETUP = "authenticator_app_setup"  # session entry: the encrypted secret that the page has shown
WRONG = "That code isn't right. Check your device's clock, and type the code that the app shows now."
UNREADABLE = (
    "These codes can't be decrypted any more, because a key of this console was removed. Make new ones, or ask an "
    "administrator to remove your second factor."
)


@require_safe
@signed_in
def factor(request: Request) -> HttpResponseBase:
    by_provider = request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON
    context: dict[str, Any] = {
        "by_provider": by_provider,
        "required": False,
        "missing": False,
        "factors": None,
    }
    if not by_provider:
        context["required"], context["missing"] = factor_required(request.user), factor_missing(request)
        try:
            context["factors"] = factors_of(person=request.user)
            context["passkeys"] = passkeys_of(person=request.user)
        except VaultLocked:
            context["unreadable"] = UNREADABLE
    return render(request, "registration/factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("code")
@sensitive_variables("secret")
@signed_in
def app(request: Request) -> HttpResponseBase:
    """The QR code (GET), the code that proves that the app has it (POST). The secret stays the same until then."""
    if response := local_and_recent(request):
        return response
    secret = _secret_pending(request)
    if request.method != "POST":
        return _app_page(request, secret)
    try:
        attempt = attempt_begin(user=request.user, purpose="factor")
    except TooManyAttempts as error:
        return _app_page(request, secret, refusal=str(error), status=429)
    if not app_add(person=request.user, secret=secret, code=request.POST.get("code", "")):
        return _app_page(request, secret, refusal=WRONG, status=422)
    attempt.delete()
    request.session.pop(SETUP, None)
    factor_used(request)
    messages.success(request, "Authenticator app set up. Keep these recovery codes in a safe place.")
    return redirect("factor-codes")


@require_POST
@signed_in
def app_removal(request: Request) -> HttpResponseBase:
    if response := local_and_recent(request):
        return response
    app_remove(person=request.user)
    request.session.pop(USED, None)
    messages.success(request, "Authenticator app removed.")
    return redirect("factor")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def codes(request: Request) -> HttpResponseBase:
    """The unused recovery codes (GET), new ones (POST)."""
    if response := local_and_recent(request):
        return response
    try:
        if factors_of(person=request.user).codes_left is None:
            return redirect("factor")
        unused = codes_unused(person=request.user)
        refusal = ""
    except VaultLocked:
        unused, refusal = [], UNREADABLE
    if request.method == "POST":
        codes_renew(person=request.user)
        messages.success(request, "New recovery codes made. The old ones no longer work.")
        return redirect("factor-codes")
    return render(request, "registration/factor_codes.html", {"codes": unused, "refusal": refusal})


def factor_used(request: Request) -> None:
    """A factor was set up in this session. With the first one, sessions end that began with the password alone."""
    request.session[USED] = True
    if factors_of(person=request.user).is_first:
        sessions_end_others(user=request.user, current=request.session.session_key or "")


def local_and_recent(request: Request) -> HttpResponse | None:
    if request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON:
        raise NotAllowed("You sign in with a provider, so your second factor is set up there.")
    return reauthentication_required(request)


@sensitive_variables("secret")
def _secret_pending(request: Request) -> str:
    """The secret that the page has shown, else a new one. It is encrypted in the session, as in its table later."""
    try:
        return text_decrypt(str(request.session.get(SETUP, "")))
    except VaultLocked:
        secret: str = generate_totp_secret()
        request.session[SETUP] = text_encrypt(secret)
        return secret


@sensitive_variables("secret", "context")
def _app_page(request: Request, secret: str, *, refusal: str = "", status: int = 200) -> HttpResponse:
    if factors_of(person=request.user).app_since:
        return redirect("factor")
    context = {"setup": app_setup(person=request.user, secret=secret), "refusal": refusal}
    return render(request, "registration/factor_app.html", context, status=status)
