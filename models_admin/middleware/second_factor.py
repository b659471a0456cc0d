"""Sends people whose role must have a second factor to set one up, whatever page they open."""

from typing import Any, cast

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from models_admin.access.backends import SINGLE_SIGN_ON
from models_admin.http import Request
from models_admin.middleware.base import Middleware
from models_admin.services.second_factor import factor_required, has_factor

USED = "second_factor"  # session entry: true once a second factor was used or set up in this session
# What is needed to set one up, to leave, and for machines.
ALLOWED = {
    "factor", "factor-app", "factor-codes", "factor-passkeys", "reauthenticate", "sign-in", "sign-in-factor",
    "sign-in-oidc", "sign-in-oidc-callback", "sign-out", "session", "healthz", "readyz", "metrics", "favicon", "robots",
}  # fmt: skip


class SecondFactorMiddleware(Middleware):
    """Asks nothing of the database unless SECOND_FACTOR_REQUIRED names a role."""

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.SECOND_FACTOR_REQUIRED or (match and match.url_name in ALLOWED):
            return None
        return _to_setup(cast(Request, request)) if factor_missing(cast(Request, request)) else None


def factor_missing(request: Request) -> bool:
    """Whether this person has to set one up first."""
    if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated or request.session.get(USED):
        return False
    by_provider = request.session.get(BACKEND_SESSION_KEY) == SINGLE_SIGN_ON
    return not by_provider and factor_required(request.user) and not has_factor(request.user)


def _to_setup(request: Request) -> HttpResponse:
    address = reverse("factor")
    if request.htmx:
        return HttpResponse(status=403, headers={"HX-Redirect": address})
    return redirect(address)
