"""Decorators `signed_in` and `connected`, and the reader of `next`, the address to return to."""

import unicodedata
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from models_admin.access.connections import NoConnection, access_open
from models_admin.access.permissions import permission_require, read_any_require
from models_admin.access.vault import VaultLocked
from models_admin.http import Request, htmx_page

View = Callable[..., HttpResponseBase]
NEXT_LENGTH = 1500  # characters; a longer address does not fit well into a header
ENDED = "Your session has ended, and your keys have been deleted. Sign in to continue where you were."
UNAUTHORISED = 401
LOCKED = 423


def signed_in(view: View) -> View:
    """Allow only people who are signed in. Others sign in first and return to the same page."""

    @wraps(view)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            # This browser had a session once, unless what it has is the beginning of a sign-in at the provider.
            if settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.is_empty():
                messages.info(request, ENDED, fail_silently=True)
            return _send(request, reverse("sign-in"), status=UNAUTHORISED)
        try:
            return view(request, *args, **kwargs)
        except SessionInterrupted:  # ended in another tab while this request waited
            return _send(request, reverse("sign-in"), status=UNAUTHORISED)

    return wrapper


def connected(view: View) -> View:
    """`signed_in`, with the role to read and the address's project opened: `view(request, access, ...)`.

    Without a usable key for the project, whatever the reason, the person connects it first and returns.
    """

    @wraps(view)
    def wrapper(request: Request, *args: Any, project: str, **kwargs: Any) -> HttpResponseBase:
        if project:
            permission_require(user=request.user, act="read", project=project)
        else:
            read_any_require(request.user)
        try:
            access = access_open(request=request, project=project)
        except (NoConnection, VaultLocked):
            return send_to_connect(request, project)
        return view(request, access, *args, **kwargs)

    return signed_in(wrapper)


def send_to_connect(request: Request, project: str = "") -> HttpResponse:
    """To the connect form, with the project filled in where it is known, and back to this address afterwards."""
    return _send(request, reverse("connect"), status=LOCKED, project=project)


def send_to_reauthenticate(request: Request, target: str = "") -> HttpResponse:
    """To the page that asks to sign in again, and afterwards to `target`, else to the address of this GET request."""
    target = target or request.get_full_path()
    return _send(request, reverse("reauthenticate"), status=UNAUTHORISED, next=target)


def page_before(request: Request) -> str:
    """The page that a link or form was on, else the start page."""
    page = htmx_page(request) if request.htmx else _own_path(request, _referer(request))
    return next_local(page, default=reverse("home"))


def next_local(value: str | None, *, default: str) -> str:
    """`value` where it is a path of this console, else `default`."""
    if not value or not value.startswith("/") or len(value) > NEXT_LENGTH:
        return default
    if any(unicodedata.category(char)[0] == "C" for char in value):
        return default
    return value if url_has_allowed_host_and_scheme(value, allowed_hosts=None) else default


def _send(request: Request, address: str, *, status: int, **query: str) -> HttpResponse:
    """A whole-page move: a redirect, or for htmx a header, so that no cell receives a sign-in page."""
    query["next"] = next_local(query.get("next") or _page(request), default=reverse("home"))
    target = f"{address}?{urlencode({name: value for name, value in query.items() if value}, safe='/')}"
    if request.htmx:
        return HttpResponse(status=status, headers={"HX-Redirect": target})
    return HttpResponseRedirect(target)


def _page(request: Request) -> str | None:
    """The page the person was on: for a fragment or a form, the page that holds it."""
    if request.htmx:
        return htmx_page(request)
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return _own_path(request, _referer(request))


def _referer(request: Request) -> str:
    return request.headers.get("Referer", "")


def _own_path(request: Request, address: str) -> str | None:
    """Path and query of an address on this very host, else None."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.netloc != request.get_host():
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
