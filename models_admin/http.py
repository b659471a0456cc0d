"""The request as the middleware hands it to a view, addresses, and a request that is refused before a view sees it."""

from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django_htmx.middleware import HtmxDetails


class Request(HttpRequest):
    """For annotations: nothing is ever made of this class.

    `user` is a User behind `signed_in`; before it, ask `is_authenticated`.
    """

    user: User
    htmx: HtmxDetails
    request_id: str
    # What VaultCookieMiddleware sends with the answer; "" clears the cookie, absent leaves it.
    vault_cookie: str


def htmx_page(request: Request) -> str | None:
    """Path and query of the page that an htmx request came from; None where it has no address on this host."""
    try:
        return request.htmx.current_url_abs_path if request.htmx else None
    except ValueError:  # such as "http://[", which no browser sends
        return None


def address_of(name: str, *parts: str) -> str:
    """The address with this name, "" if one of its parts can't be in an address."""
    try:
        return reverse(name, args=parts)
    except NoReverseMatch:
        return ""


class CompressedRequest(BadRequest):
    """The body of the request is compressed, which no browser does with a form."""
