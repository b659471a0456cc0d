"""Signing in at the provider: the way there, and the way back."""

import structlog
from allauth.socialaccount.internal.statekit import STATES_SESSION_KEY
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from models_admin.access.backends import SINGLE_SIGN_ON
from models_admin.access.reauthentication import authentication_note
from models_admin.http import Request
from models_admin.oidc.errors import SignInFailed
from models_admin.oidc.flow import sign_in_begin, sign_in_complete
from models_admin.oidc.provider import provider_get
from models_admin.services.single_sign_on import person_confirm, person_find, person_sign_in
from models_admin.views.auth import END_SESSION, sign_in_page, sign_in_target
from models_admin.views.reauthenticate import reauthenticate_page

log = structlog.get_logger("console.single_sign_on")


@require_GET
def begin(request: Request) -> HttpResponse:
    """A link, not a form: the policy for forms allows no other site, not even by a redirect."""
    if settings.OIDC is None:
        raise Http404
    target = sign_in_target(request)
    again = "again" in request.GET and request.user.is_authenticated
    if request.user.is_authenticated and not again:
        return redirect(target)
    try:
        return sign_in_begin(request, target=target, again=again)
    except SignInFailed as failure:
        return _failed(request, failure, target)


@require_GET
def callback(request: Request) -> HttpResponse:
    """Sign in whom the provider sent back, and go where they wanted to be."""
    if settings.OIDC is None:
        raise Http404
    target, session = "", request.session.session_key
    try:
        completed = sign_in_complete(request)
        target = sign_in_target(request, completed.target)
        if completed.again and request.user.is_authenticated:
            person_confirm(person=request.user, identity=completed.identity, current=session)
            authentication_note(request=request)
            return redirect(target)
        person = person_sign_in(identity=completed.identity, current=session)
    except SignInFailed as failure:
        if failure.cause == "no_role" and person_find(identity=completed.identity) == request.user:
            logout(request)  # the person's other sessions have ended
        return _failed(request, failure, target or sign_in_target(request))
    login(request, person, backend=SINGLE_SIGN_ON)
    request.session.pop(STATES_SESSION_KEY, None)
    request.session[END_SESSION] = completed.end_session_endpoint
    return redirect(target)


def _failed(request: Request, failure: SignInFailed, target: str) -> HttpResponse:
    """The sign-in page with the reason: the local form on it still works."""
    log.warning("sign-in at the provider failed", cause=failure.cause, reason=failure.reason)
    refusal = failure.text(provider_get().name)
    if request.user.is_authenticated:
        return reauthenticate_page(request, target=target, refusal=refusal, status=failure.status)
    return sign_in_page(request, target, refusal=refusal, status=failure.status)
