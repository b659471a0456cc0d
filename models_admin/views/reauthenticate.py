"""Signing in again, if the last proof is old, before the actions that `access/reauthentication.py` lists.

A page is opened afterwards. A form is sent again with all that was typed, except passwords. A form in a dialog leads to
the page first, where a password, a passkey or the provider can be used.
"""

from typing import Any
from urllib.parse import urlencode

from axes.utils import reset as failed_sign_ins_reset
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, authenticate
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from models_admin.access.backends import SINGLE_SIGN_ON
from models_admin.access.reauthentication import authentication_is_recent, authentication_note
from models_admin.http import Request
from models_admin.middleware.request_id import client_address
from models_admin.oidc.provider import provider_get
from models_admin.services.passkeys import authentication_begin, passkey_accept
from models_admin.views.auth import LOCKED, sign_in_locked, sign_in_target
from models_admin.views.decorators import next_local, page_before, send_to_reauthenticate, signed_in

PASSWORD = "proof_password"  # noqa: S105  # the name of a field
PASSKEY = "proof_passkey"
BACK = "proof_back"
REFUSED_PASSKEY = "That passkey couldn't be checked. Try again, or type your password."
REFUSED = "That's not your current password."


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters(PASSWORD)
@signed_in
def reauthenticate(request: Request) -> HttpResponseBase:
    """The page for someone who is signed in; without `next`, it only says whether the last proof is recent."""
    target = sign_in_target(request) if "next" in request.GET or "next" in request.POST else ""
    if request.method == "POST" and (refusal := _refusal(request)):
        return reauthenticate_page(request, target=target, refusal=refusal, status=422)
    if target and authentication_is_recent(session=request.session):
        return redirect(target)
    return reauthenticate_page(request, target=target)


def reauthentication_required(request: Request) -> HttpResponse | None:
    """The response that asks to sign in again; None if the view may go on."""
    if authentication_is_recent(session=request.session):
        return None
    if request.method != "POST":
        return send_to_reauthenticate(request)
    if PASSWORD not in request.POST:
        return _page_for_form(request, refusal="", status=422)
    refusal = _refusal(request)
    return _page_for_form(request, refusal=refusal, status=422) if refusal else None


def locked(request: Request, *_args: Any) -> HttpResponse:
    """What django-axes answers to a name that failed too often, here and on the sign-in page."""
    if not request.user.is_authenticated or PASSWORD not in request.POST:
        return sign_in_locked(request)
    if request.resolver_match and request.resolver_match.url_name == "reauthenticate":
        return reauthenticate_page(request, target=sign_in_target(request), refusal=LOCKED, status=429)
    return _page_for_form(request, refusal=LOCKED, status=429)


def reauthenticate_page(
    request: Request, *, target: str, refusal: str = "", status: int = 200
) -> HttpResponse:
    done = not target and not refusal and authentication_is_recent(session=request.session)
    context = {
        "action": reverse("reauthenticate"),
        "fields": [("next", target)] if target else [],
        "done": done,
    }
    return _render(request, context | _ways(request, target), refusal=refusal, status=status)


def _page_for_form(request: Request, *, refusal: str, status: int) -> HttpResponse:
    """Carries what was sent, to be sent again to the same address. For htmx, a dialog that leads to this page."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", PASSKEY, BACK) and "password" not in name
        for value in values
    ]
    context = {
        "action": request.get_full_path(),
        "fields": fields,
        "without_passwords": any("password" in name and name != PASSWORD for name in request.POST),
        "form": True,
    }
    if request.htmx:
        context |= {"cancel_url": _page_before(request), "minutes": settings.REAUTHENTICATE}
        response = render(request, "registration/_reauthenticate_dialog.html", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#dialog", "innerHTML"
        return response
    return _render(request, context | _ways(request, ""), refusal=refusal, status=status)


def _ways(request: Request, target: str) -> dict[str, Any]:
    """How this person proves who they are: at the provider, or with their password or a passkey."""
    by_provider = bool(settings.OIDC) and request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON
    back = urlencode({"again": "1", "next": target or reverse("reauthenticate")}, safe="/")
    return {
        "provider_url": f"{reverse('sign-in-oidc')}?{back}" if by_provider else "",
        "provider_name": provider_get().name if by_provider else "",
        "options": "" if by_provider else authentication_begin(person=request.user, alone=True),
        "cancel_url": _page_before(request),
        "minutes": settings.REAUTHENTICATE,
    }


def _page_before(request: Request) -> str:
    """The page of the form or link that needs a new sign-in, also after a wrong password."""
    return next_local(request.POST.get(BACK), default=page_before(request))


def _render(request: Request, context: dict[str, Any], *, refusal: str, status: int) -> HttpResponse:
    context |= {"refusal": refusal}
    return render(request, "registration/reauthenticate.html", context, status=status)


def _refusal(request: Request) -> str:
    """Why the password or the passkey proves nothing, "" where it does."""
    response = request.POST.get(PASSKEY, "")
    if not response:
        return "" if _password_accepted(request) else REFUSED
    if request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON:
        return REFUSED_PASSKEY
    if not passkey_accept(person=request.user, response=response):
        return REFUSED_PASSKEY
    authentication_note(request=request)
    return ""


def _password_accepted(request: Request) -> bool:
    """Check the password as at sign-in, where failures lock the name for the same address."""
    found = authenticate(request, username=request.user.username, password=request.POST.get(PASSWORD, ""))
    if found is None or found.pk != request.user.pk:
        return False
    failed_sign_ins_reset(username=request.user.username, ip=client_address(request))
    authentication_note(request=request)
    return True
