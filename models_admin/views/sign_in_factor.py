"""The second step of signing in: the code of the authenticator app, a recovery code, or a passkey."""

from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_login_failed
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from models_admin.access.pending import Pending, pending_end, pending_read
from models_admin.access.throttle import TooManyAttempts, attempt_begin
from models_admin.access.vault import VaultLocked
from models_admin.http import Request
from models_admin.middleware.second_factor import USED
from models_admin.services.passkeys import authentication_begin, passkey_accept
from models_admin.services.second_factor import code_accept, has_app
from models_admin.views.auth import LOCAL, LOCKED, sign_in_target

WRONG = "That code isn't right, or has already been used. The app's codes change every 30 seconds."
WRONG_PASSKEY = "That passkey couldn't be checked. Try again."
UNREADABLE = (
    "Your second factor can't be checked, because a key of this console was removed. Ask an administrator to remove "
    "your second factor, then set up a new one."
)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
def sign_in_factor(request: Request) -> HttpResponse:
    pending = pending_read(request=request)
    if pending is None:
        return redirect("sign-in")
    if request.method != "POST":
        return _page(request, pending)
    if not AxesProxyHandler.is_allowed(request, _credentials(pending.person)):
        return _page(request, pending, refusal=LOCKED, status=429)
    try:
        attempt = attempt_begin(user=pending.person, purpose="factor")
        accepted = _accepted(request, pending.person)
    except TooManyAttempts as error:
        return _page(request, pending, refusal=str(error), status=429)
    except VaultLocked:
        return _page(request, pending, refusal=UNREADABLE, status=503)
    if not accepted:
        # Counted as a failed sign-in: django-axes locks the name for this address after five.
        user_login_failed.send(__name__, credentials=_credentials(pending.person), request=request)
        return _page(
            request, pending, refusal=WRONG_PASSKEY if "passkey" in request.POST else WRONG, status=422
        )
    attempt.delete()
    return sign_in_finish(request, pending)


def sign_in_finish(request: Request, pending: Pending) -> HttpResponse:
    """Session with a new ID, and vault cookie, as after any sign-in."""
    target = sign_in_target(request, pending.target)
    pending_end(request=request)
    login(request, pending.person, backend=LOCAL)
    request.session[USED] = True
    return redirect(target)


def _accepted(request: Request, person: User) -> bool:
    if "passkey" in request.POST:
        return passkey_accept(person=person, response=request.POST["passkey"])
    return code_accept(person=person, code=request.POST.get("code", ""))


def _credentials(person: User) -> dict[str, str]:
    return {"username": person.get_username()}


def _page(request: Request, pending: Pending, *, refusal: str = "", status: int = 200) -> HttpResponse:
    context = {
        "refusal": refusal,
        "options": authentication_begin(person=pending.person),
        "has_app": has_app(person=pending.person),
    }
    return render(request, "registration/sign_in_factor.html", context, status=status)
